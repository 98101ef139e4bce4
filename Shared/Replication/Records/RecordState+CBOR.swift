// A record's state as bytes: what the store keeps, and what the digest of a space runs over. Equal states are equal
// bytes, because every list has one order.
//
//   state:    map { 1: kind, 2: [standing], 3: map { field name: field }, 4: [stamp] }
//             (4: the changes that erased the record; absent where there are none, and else 2 and 3 are empty)
//   standing: [stamp, deleted?, [dot]]
//   field:    map { 1: [[stamp, value]], 2: [[value, [stamp]]], 3: [[stamp, integer]], 4: [[stamp, value]] }
//             (siblings, elements, counts, entries; empty parts are absent)
//   stamp:    [replica, sequence, Lamport time, author, wall time in ms]

extension RecordState {
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    writer.map(isErased ? 4 : 3)
    writer.unsigned(1)
    writer.text(kind)
    writer.unsigned(2)
    writer.array(existence.count)
    for standing in existence {
      writer.array(3)
      writer.stamp(standing.stamp)
      writer.bool(standing.isDeleted)
      writer.dots(standing.seen)
    }
    writer.unsigned(3)
    writer.map(fields.count)
    for (name, field) in fields.sortedByCanonicalKey() {
      writer.text(name)
      field.encode(into: &writer)
    }
    if isErased {
      writer.unsigned(4)
      writer.array(erasures.count)
      for erasure in erasures { writer.stamp(erasure) }
    }
    return writer.bytes
  }

  /// - Throws: ``CBORError`` where the bytes are not a state this program or an older one wrote.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    var state = RecordState(kind: "")
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: state.kind = try reader.text()
      case 2:
        for _ in 0..<(try reader.array()) {
          guard try reader.array() == 3 else { throw .type }
          state.existence.append(
            ExistenceClaim(stamp: try reader.stamp(), isDeleted: try reader.bool(), seen: try reader.seenDots()))
        }
      case 3:
        for _ in 0..<(try reader.map()) {
          let name = try reader.text()
          state.fields[name] = try FieldState(from: &reader)
        }
      case 4: for _ in 0..<(try reader.array()) { state.erasures.append(try reader.stamp()) }
      default: throw .mapKeys
      }
    }
    try reader.finish()
    self = state
  }
}

extension FieldState {
  fileprivate func encode(into writer: inout CBORWriter) {
    writer.map([siblings.isEmpty, elements.isEmpty, counts.isEmpty, entries.isEmpty].count { !$0 })
    writer.siblings(siblings, key: 1)
    if !elements.isEmpty {
      writer.unsigned(2)
      writer.array(elements.count)
      for element in elements {
        writer.array(2)
        element.value.encode(into: &writer)
        writer.array(element.stamps.count)
        for stamp in element.stamps { writer.stamp(stamp) }
      }
    }
    writer.siblings(counts, key: 3)
    writer.siblings(entries, key: 4)
  }

  fileprivate init(from reader: inout CBORReader) throws(CBORError) {
    var field = FieldState()
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: field.siblings = try reader.siblings()
      case 2: field.elements = try reader.elements()
      case 3: field.counts = try reader.siblings()
      case 4: field.entries = try reader.siblings()
      default: throw .mapKeys
      }
    }
    self = field
  }
}

extension CBORWriter {
  fileprivate mutating func stamp(_ stamp: Stamp) {
    array(5)
    id(stamp.dot.replica)
    unsigned(stamp.dot.sequence)
    unsigned(stamp.lamport)
    id(stamp.author)
    integer(stamp.time.milliseconds)
  }

  fileprivate mutating func siblings(_ siblings: [Sibling], key: UInt64) {
    guard !siblings.isEmpty else { return }
    unsigned(key)
    array(siblings.count)
    for sibling in siblings {
      array(2)
      stamp(sibling.stamp)
      sibling.value.encode(into: &self)
    }
  }
}

extension CBORReader {
  fileprivate mutating func stamp() throws(CBORError) -> Stamp {
    guard try array() == 5 else { throw .type }
    return Stamp(
      dot: Dot(try id(), try unsigned()), lamport: try unsigned(), author: try id(),
      time: Timestamp(milliseconds: try integer()))
  }

  fileprivate mutating func siblings() throws(CBORError) -> [Sibling] {
    var siblings: [Sibling] = []
    for _ in 0..<(try array()) {
      guard try array() == 2 else { throw .type }
      siblings.append(Sibling(stamp: try stamp(), value: try Value(from: &self)))
    }
    return siblings
  }

  fileprivate mutating func elements() throws(CBORError) -> [Element] {
    var elements: [Element] = []
    for _ in 0..<(try array()) {
      guard try array() == 2 else { throw .type }
      let value = try Value(from: &self)
      var stamps: [Stamp] = []
      for _ in 0..<(try array()) { stamps.append(try stamp()) }
      elements.append(Element(value: value, stamps: stamps))
    }
    return elements
  }

  /// Like `dots()`, but there may be none: a delete of an empty record saw nothing.
  fileprivate mutating func seenDots() throws(CBORError) -> [Dot] {
    var copy = self
    if try copy.array() == 0 {
      self = copy
      return []
    }
    return try dots()
  }
}
