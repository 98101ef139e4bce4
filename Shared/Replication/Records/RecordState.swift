// The state of one record: the values of each field that nobody has superseded, and the existence claims. This file
// holds data only; `RecordState+Reading` interprets it, and `RecordState+Merge` holds the one merge.

/// One assignment of a register that nobody has superseded.
package struct Sibling: Equatable, Sendable {
  package let stamp: Stamp
  package let value: Value

  package init(stamp: Stamp, value: Value) {
    self.stamp = stamp
    self.value = value
  }
}

/// An element of a set, with the stamp of every addition that no removal has seen.
package struct Element: Equatable, Sendable {
  package let value: Value
  /// Never empty; ascending by dot.
  package internal(set) var stamps: [Stamp]
}

/// A current claim that the record is present or deleted.
package struct ExistenceClaim: Equatable, Sendable {
  package let stamp: Stamp
  /// True for a delete, false for a creation or restore.
  package let isDeleted: Bool
  /// For a delete: the dots of all the record's values that its author saw. Otherwise empty.
  package let seen: DotSet
}

/// The state of one field. The operations applied determine which parts are in use, never the model.
package struct FieldState: Equatable, Sendable {
  /// The register's current assignments, ascending by dot.
  package internal(set) var siblings: [Sibling] = []
  /// The set's elements, ascending by the canonical bytes of their values.
  package internal(set) var elements: [Element] = []
  /// The counter's amounts, ascending by dot. All values are integers.
  package internal(set) var counts: [Sibling] = []
  /// The entries of the append-only list, ascending by dot.
  package internal(set) var entries: [Sibling] = []

  package init() {}

  /// The dots of all current values, in the order of the parts above. A dot may repeat across parts and elements.
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
/// Invariants: every list is in its documented order, no dot occurs twice in one list, no field is empty. They make the
/// encoding canonical, so that equal states have equal bytes (guarantee G1). An erased record holds only its kind and
/// the stamps of its erasures.
package struct RecordState: Equatable, Sendable {
  /// The record's kind: the minimum of the kinds named by its edits, or by its erasing edits once it is erased. Hubs
  /// refuse an edit that names a kind other than the record's.
  package internal(set) var kind: String
  /// The current existence claims, ascending by dot.
  package internal(set) var existence: [ExistenceClaim] = []
  /// Field or group name → state.
  package internal(set) var fields: [String: FieldState] = [:]
  /// The stamps of all changes that erased the record, ascending by dot.
  package internal(set) var erasures: [Stamp] = []

  /// Creates the state of a record before its first edit.
  package init(kind: String) {
    self.kind = kind
  }

  /// True once any change has erased the record. Never becomes false again.
  package var isErased: Bool { !erasures.isEmpty }

  /// The dots of all current values, in no particular order. Existence claims are not included.
  package var valueDots: [Dot] {
    fields.values.flatMap(\.dots)
  }

  /// True if a register holds values with different bytes, or the record has a current delete. Independent of the
  /// model, so that it can be stored with the record and outlast any change of the model.
  package var hasRivals: Bool {
    existence.contains(where: \.isDeleted)
      || fields.values.contains { field in
        field.siblings.count > 1 && field.siblings.contains { !$0.value.hasSameBytes(as: field.siblings[0].value) }
      }
  }
}

extension Value {
  /// Tests whether two values have equal canonical bytes. Swift's `==` on text is looser (canonical equivalence). Costs
  /// an encoding of both.
  package func hasSameBytes(as other: Value) -> Bool {
    canonicalBytes == other.canonicalBytes
  }
}
