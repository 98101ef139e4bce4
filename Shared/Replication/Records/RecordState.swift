// The state of one record: for every field what nobody has superseded, and whether the record exists. Values only;
// the rules by which it is read are in `RecordState+Reading`, the one merge in `RecordState+Merge`.

/// One assignment of a register that nobody has superseded.
package struct Sibling: Equatable, Sendable {
  package let stamp: Stamp
  package let value: Value

  package init(stamp: Stamp, value: Value) {
    self.stamp = stamp
    self.value = value
  }
}

/// An element of a set, with the dot of every adding that no removing has seen.
package struct Element: Equatable, Sendable {
  package let value: Value
  /// Never empty; ascending by dot.
  package internal(set) var stamps: [Stamp]
}

/// One standing answer to "does the record exist?".
package struct ExistenceClaim: Equatable, Sendable {
  package let stamp: Stamp
  package let isDeleted: Bool
  /// For a delete: every dot of the record's values its author saw.
  package let seen: [Dot]
}

/// All of one field. Which part is in use follows from the operations applied, never from the model.
package struct FieldState: Equatable, Sendable {
  /// The register: ascending by dot.
  package internal(set) var siblings: [Sibling] = []
  /// The set: ascending by the values' canonical bytes.
  package internal(set) var elements: [Element] = []
  /// The counter's additions: ascending by dot; values are integers.
  package internal(set) var counts: [Sibling] = []
  /// The list that only grows: ascending by dot.
  package internal(set) var entries: [Sibling] = []

  package init() {}

  /// The dots of everything current here.
  package var dots: [Dot] {
    siblings.map(\.stamp.dot) + elements.flatMap { $0.stamps.map(\.dot) } + counts.map(\.stamp.dot)
      + entries.map(\.stamp.dot)
  }

  package var isEmpty: Bool {
    siblings.isEmpty && elements.isEmpty && counts.isEmpty && entries.isEmpty
  }
}

/// The whole state of one record.
///
/// Invariants: every list is in its stated order, no dot stands twice in one list, no field is empty. They make the
/// encoding canonical, so that equal states are equal bytes (guarantee G1). An erased record holds its kind and by whom
/// it was erased, and nothing else.
package struct RecordState: Equatable, Sendable {
  package internal(set) var kind: String
  /// Ascending by dot.
  package internal(set) var existence: [ExistenceClaim] = []
  /// Field or group name → state.
  package internal(set) var fields: [String: FieldState] = [:]
  /// Every change that erased the record: ascending by dot.
  package internal(set) var erasures: [Stamp] = []

  /// A record nothing has been said about yet.
  package init(kind: String) {
    self.kind = kind
  }

  package var isErased: Bool { !erasures.isEmpty }

  /// The dots of every current value; existence is not among them.
  package var valueDots: [Dot] {
    fields.values.flatMap(\.dots)
  }

  /// Whether some register holds values with different bytes, or present and deleted stand side by side. Needs no
  /// model, so that it can be kept beside the record and survive any change of the model.
  package var hasRivals: Bool {
    existence.contains(where: \.isDeleted)
      || fields.values.contains { field in
        field.siblings.count > 1 && field.siblings.contains { !$0.value.hasSameBytes(as: field.siblings[0].value) }
      }
  }
}

extension Value {
  /// Whether two values are one: equal canonical bytes. Swift's `==` on text is looser (canonical equivalence).
  package func hasSameBytes(as other: Value) -> Bool {
    canonicalBytes == other.canonicalBytes
  }
}
