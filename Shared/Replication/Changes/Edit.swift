// One edit of one record. Merging looks only at the operation, so programs with different models still converge on the
// same state.
//
//   map { 1: record, 2: kind, 3: operation code, 4: field, 5: value, 6: superseded dots, 7: dots a delete had seen }
//   operation codes: 0 assign  1 add  2 remove  3 count  4 append  5 exist (value true present, false deleted)
//                    6 erase (no field, no value, no dots)
//   dots: an array of runs, ascending and as few as possible: [replica, sequence], or [replica, first, last] for
//   successive ones; keys 6 and 7 are absent where there are none

/// The operation an edit performs on its record.
package enum Operation: Equatable, Sendable {
  /// Writes a register (a field, or a whole group as a map).
  case assign(field: String, value: Value, supersedes: DotSet)
  /// Adds an element to a set. `supersedes`: the dots of the same element that the author saw.
  case add(field: String, element: Value, supersedes: DotSet)
  /// Removes an element from a set. Only the dots the author saw are removed, so an unseen addition survives.
  case remove(field: String, element: Value, supersedes: DotSet)
  /// Adds a signed amount to a counter.
  case count(field: String, amount: Int64)
  /// Appends an entry to an append-only list.
  case append(field: String, entry: Value)
  /// Creates or restores the record. `supersedes`: the existence dots the author saw.
  case makePresent(supersedes: DotSet)
  /// Deletes the record. `seen`: every dot of its fields, elements, counts and entries that the author saw.
  case delete(supersedes: DotSet, seen: DotSet)
  /// Erases the record's content from every copy, permanently, whether written before, after or concurrently.
  case erase

  /// The field written; `nil` for existence and erasure.
  package var field: String? {
    switch self {
    case .assign(let field, _, _), .add(let field, _, _), .remove(let field, _, _), .count(let field, _),
      .append(let field, _):
      field
    case .makePresent, .delete, .erase: nil
    }
  }

  /// The dots that the author saw at the place written.
  package var supersedes: DotSet {
    switch self {
    case .assign(_, _, let dots), .add(_, _, let dots), .remove(_, _, let dots), .makePresent(let dots),
      .delete(let dots, _):
      dots
    case .count, .append, .erase: []
    }
  }

  /// The dots that a receiver must have applied first. It has applied everything named then (``DotSet/ends``).
  package var dependencies: [Dot] {
    if case .delete(let supersedes, let seen) = self { supersedes.ends + seen.ends } else { supersedes.ends }
  }

  /// The same operation, with the dots it supersedes and those a delete had seen transformed.
  func mapDots(_ superseded: (DotSet) throws -> DotSet, seen: (DotSet) throws -> DotSet) rethrows -> Operation {
    switch self {
    case .assign(let field, let value, let dots):
      .assign(field: field, value: value, supersedes: try superseded(dots))
    case .add(let field, let element, let dots): .add(field: field, element: element, supersedes: try superseded(dots))
    case .remove(let field, let element, let dots):
      .remove(field: field, element: element, supersedes: try superseded(dots))
    case .makePresent(let dots): .makePresent(supersedes: try superseded(dots))
    case .delete(let dots, let seenDots): .delete(supersedes: try superseded(dots), seen: try seen(seenDots))
    case .count, .append, .erase: self
    }
  }
}

/// One operation on one record. A change holds one or more edits, at most one for each ``EditTarget``.
package struct Edit: Equatable, Sendable {
  package let record: RecordID
  package let kind: String
  package let operation: Operation

  package init(record: RecordID, kind: String, operation: Operation) {
    self.record = record
    self.kind = kind
    self.operation = operation
  }

  package func encode(into writer: inout CBORWriter) {
    let parts = wireParts
    writer.map {
      $0.write(1, record)
      $0.write(2, kind)
      $0.write(3, parts.code)
      $0.write(4, parts.field)
      $0.write(5, parts.value)
      for (key, dots) in [(UInt64(6), parts.supersedes), (7, parts.seen)] where !dots.isEmpty {
        $0.field(key) { dots.encode(into: &$0) }
      }
    }
  }

  private var wireParts: (code: UInt64, field: String?, value: Value?, supersedes: DotSet, seen: DotSet) {
    switch operation {
    case .assign(let field, let value, let dots): (0, field, value, dots, [])
    case .add(let field, let element, let dots): (1, field, element, dots, [])
    case .remove(let field, let element, let dots): (2, field, element, dots, [])
    case .count(let field, let amount): (3, field, .integer(amount), [], [])
    case .append(let field, let entry): (4, field, entry, [], [])
    case .makePresent(let dots): (5, nil, .bool(true), dots, [])
    case .delete(let dots, let seen): (5, nil, .bool(false), dots, seen)
    case .erase: (6, nil, nil, [], [])
    }
  }

  /// - Throws: ``CBORError``; ``CBORError/value`` if the parts do not form an operation; ``CBORError/reserved`` for an
  ///   operation or a part of a later version.
  package init(from reader: inout CBORReader) throws(CBORError) {
    var record: RecordID?
    var kind: String?
    var code: UInt64?
    var field: String?
    var value: Value?
    var (supersedes, seen): (DotSet?, DotSet?)
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: record = try reader.id()
      case 2: kind = try reader.name()
      case 3: code = try reader.unsigned()
      case 4: field = try reader.name()
      case 5: value = try Value(from: &reader)
      case 6: supersedes = try DotSet(from: &reader)
      case 7: seen = try DotSet(from: &reader)
      default: throw key < CBORReader.firstReservedKey ? .mapKeys : .reserved
      }
    }
    guard let record, let kind, let code else { throw .mapKeys }
    guard code <= Self.codeMax else { throw .reserved }
    guard let operation = Self.operation(code, field, value, supersedes ?? [], seen) else { throw .value }
    self.init(record: record, kind: kind, operation: operation)
  }

  /// The last code of an operation.
  private static let codeMax: UInt64 = 6

  private static func operation(
    _ code: UInt64, _ field: String?, _ value: Value?, _ supersedes: DotSet, _ seen: DotSet?
  ) -> Operation? {
    switch (code, field, value, seen) {
    case (0, let field?, let value?, nil): .assign(field: field, value: value, supersedes: supersedes)
    case (1, let field?, let value?, nil): .add(field: field, element: value, supersedes: supersedes)
    case (2, let field?, let value?, nil): .remove(field: field, element: value, supersedes: supersedes)
    case (3, let field?, .integer(let amount)?, nil) where supersedes.isEmpty: .count(field: field, amount: amount)
    case (4, let field?, let value?, nil) where supersedes.isEmpty: .append(field: field, entry: value)
    case (5, nil, .bool(true)?, nil): .makePresent(supersedes: supersedes)
    case (5, nil, .bool(false)?, _): .delete(supersedes: supersedes, seen: seen ?? [])
    case (6, nil, nil, nil) where supersedes.isEmpty: .erase
    default: nil
    }
  }
}

extension Dot: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    writer.id(replica)
    writer.unsigned(sequence)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    self.init(try reader.id(), try reader.unsigned())
    guard (1...Limits.counterMax).contains(sequence) else { throw .value }
  }
}

extension CBORWriter {
  /// Writes dots in ascending order, without duplicates.
  package mutating func dots(_ dots: [Dot]) { list(Set(dots).sorted()) }
}

extension CBORReader {
  /// Reads one or more dots, in strictly ascending order.
  package mutating func dots() throws(CBORError) -> [Dot] { try list(1..., ascendingBy: \.self) }

  /// Reads the name of a kind or field: ASCII lower-case letters, digits and `_`, so that each name has one spelling.
  ///
  /// - Throws: ``CBORError/value`` for other characters, and for a name that is empty or over `Limits.nameBytesMax`.
  package mutating func name() throws(CBORError) -> String {
    let name = try text()
    let allowed = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_")
    }
    guard allowed, (1...Limits.nameBytesMax).contains(name.utf8.count) else { throw .value }
    return name
  }
}
