// The encoding of a record's state, which the store keeps and the digest of a space covers. Equal states have equal
// bytes, because every list has exactly one order.
//
//   state:    map { 1: kind, 2: [claim], 3: map { field name: field }, 4: [stamp] }
//             (4: the changes that erased the record; absent if there are none, otherwise 2 and 3 are empty)
//   claim:    [stamp, deleted?, dots as in an edit]
//   field:    map { 1: [[stamp, value]], 2: [[value, [stamp]]], 3: [[stamp, integer]], 4: [[stamp, value]] }
//             (siblings, elements, counts, entries; empty parts are absent)
//   stamp:    [replica, sequence, Lamport time, author, wall time in ms]

extension RecordState {
  /// The state's one encoding, freshly written at each call.
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    writer.map {
      $0.write(1, kind)
      $0.write(2, existence)
      $0.field(3) { writer in
        writer.map(fields.count)
        for (name, field) in fields.sortedByCanonicalKey() {
          writer.text(name)
          field.encode(into: &writer)
        }
      }
      $0.write(4, isErased ? erasures : nil)
    }
    return writer.bytes
  }

  /// Reads a state from its encoding.
  ///
  /// - Throws: ``CBORError`` if the bytes are not a state written by this program or an older one.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    var state = RecordState(kind: "")
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: state.kind = try reader.text()
      case 2: state.existence = try reader.list()
      case 3:
        for _ in 0..<(try reader.map()) {
          let name = try reader.text()
          state.fields[name] = try FieldState(from: &reader)
        }
      case 4: state.erasures = try reader.list()
      default: throw .mapKeys
      }
    }
    try reader.finish()
    self = state
  }
}

extension FieldState {
  fileprivate func encode(into writer: inout CBORWriter) {
    writer.map {
      $0.write(1, siblings.isEmpty ? nil : siblings)
      $0.write(2, elements.isEmpty ? nil : elements)
      $0.write(3, counts.isEmpty ? nil : counts)
      $0.write(4, entries.isEmpty ? nil : entries)
    }
  }

  fileprivate init(from reader: inout CBORReader) throws(CBORError) {
    var field = FieldState()
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: field.siblings = try reader.list()
      case 2: field.elements = try reader.list()
      case 3: field.counts = try reader.list()
      case 4: field.entries = try reader.list()
      default: throw .mapKeys
      }
    }
    self = field
  }
}

extension ExistenceClaim: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(3)
    stamp.encode(into: &writer)
    writer.bool(isDeleted)
    seen.encode(into: &writer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 3 else { throw .type }
    // Unlike in an edit, the set may be empty: a delete of an empty record saw no dots.
    self.init(
      stamp: try Stamp(from: &reader), isDeleted: try reader.bool(), seen: try DotSet(from: &reader, fewest: 0))
  }
}

extension Stamp: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(5)
    writer.id(dot.replica)
    writer.unsigned(dot.sequence)
    writer.unsigned(lamport)
    writer.id(author)
    writer.integer(time.milliseconds)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 5 else { throw .type }
    self.init(
      dot: Dot(try reader.id(), try reader.unsigned()), lamport: try reader.unsigned(), author: try reader.id(),
      time: try Timestamp(from: &reader))
  }
}

extension Sibling: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    stamp.encode(into: &writer)
    value.encode(into: &writer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    self.init(stamp: try Stamp(from: &reader), value: try Value(from: &reader))
  }
}

extension Element: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    value.encode(into: &writer)
    writer.list(stamps)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    self.init(value: try Value(from: &reader), stamps: try reader.list())
  }
}
