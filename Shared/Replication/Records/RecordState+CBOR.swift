// The encoding of a record's state, which the store keeps and the digest of a space covers. Equal states have equal
// bytes, because every list has exactly one order.
//
//   state:    map { 1: kind, 2: [stamp], 3: [claim], 4: map { field name: field }, 5: [place] }
//             (2: the stamp of each change that something of the state is from, once, ascending by dot; a place is an
//             index into it. 5: the changes that erased the record; absent if there are none, otherwise 3 and 4 are empty)
//   claim:    [place, deleted?, dots as in an edit]
//   field:    map { 1: [[place, value]], 2: [[value, [place]]], 3: [[place, integer]], 4: [[place, value]] }
//             (siblings, elements, counts, entries; empty parts are absent)
//   stamp:    [replica, sequence, Lamport time, author, wall time in ms]

extension RecordState {
  /// The state's one encoding, freshly written at each call.
  package var encoded: [UInt8] {
    let stamps = Stamps(of: self)
    var writer = CBORWriter()
    writer.map {
      $0.write(1, kind)
      $0.write(2, stamps.ascending)
      $0.field(3) { writer in
        writer.array(existence.count)
        for claim in existence {
          writer.array(3)
          writer.place(claim.stamp, stamps)
          writer.bool(claim.isDeleted)
          claim.seen.encode(into: &writer)
        }
      }
      $0.field(4) { writer in
        writer.map(fields.count)
        for (name, field) in fields.sortedByCanonicalKey() {
          writer.text(name)
          field.encode(into: &writer, stamps)
        }
      }
      if isErased { $0.field(5) { $0.places(erasures, stamps) } }
    }
    return writer.bytes
  }

  /// Reads a state from its encoding.
  ///
  /// - Throws: ``CBORError`` if the bytes are not a state written by this program.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    var state = RecordState(kind: "")
    var stamps: [Stamp] = []
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: state.kind = try reader.text()
      case 2: stamps = try reader.list()
      case 3:
        for _ in 0..<(try reader.array()) {
          guard try reader.array() == 3 else { throw .type }
          // Unlike in an edit, the set may be empty: a delete of an empty record saw no dots.
          state.existence.append(
            ExistenceClaim(
              stamp: try reader.stamp(stamps), isDeleted: try reader.bool(), seen: try DotSet(from: &reader, fewest: 0))
          )
        }
      case 4:
        for _ in 0..<(try reader.map()) {
          let name = try reader.text()
          state.fields[name] = try FieldState(from: &reader, stamps)
        }
      case 5: state.erasures = try reader.stamps(stamps)
      default: throw .mapKeys
      }
    }
    try reader.finish()
    self = state
  }
}

/// The stamps of a state, each once: most of a record's fields are from the same few changes.
private struct Stamps {
  /// Ascending by dot.
  let ascending: [Stamp]

  init(of state: RecordState) {
    var all = state.existence.map(\.stamp) + state.erasures
    for field in state.fields.values {
      for part in [field.siblings, field.counts, field.entries] { all += part.map(\.stamp) }
      for element in field.elements { all += element.stamps }
    }
    all.sort { $0.dot < $1.dot }
    var distinct: [Stamp] = []
    for stamp in all where distinct.last?.dot != stamp.dot { distinct.append(stamp) }
    ascending = distinct
  }

  /// The index of a stamp of the state.
  func place(of stamp: Stamp) -> UInt64 {
    var (low, high) = (0, ascending.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ascending[middle].dot < stamp.dot { low = middle + 1 } else { high = middle }
    }
    return UInt64(low)
  }
}

extension CBORWriter {
  fileprivate mutating func place(_ stamp: Stamp, _ stamps: Stamps) { unsigned(stamps.place(of: stamp)) }

  fileprivate mutating func places(_ all: [Stamp], _ stamps: Stamps) {
    array(all.count)
    for stamp in all { place(stamp, stamps) }
  }

  fileprivate mutating func siblings(_ all: [Sibling], _ stamps: Stamps) {
    array(all.count)
    for sibling in all {
      array(2)
      place(sibling.stamp, stamps)
      sibling.value.encode(into: &self)
    }
  }
}

extension CBORReader {
  fileprivate mutating func stamp(_ stamps: [Stamp]) throws(CBORError) -> Stamp {
    let place = try unsigned()
    guard place < UInt64(stamps.count) else { throw .value }
    return stamps[Int(place)]
  }

  fileprivate mutating func stamps(_ stamps: [Stamp]) throws(CBORError) -> [Stamp] {
    var all: [Stamp] = []
    for _ in 0..<(try array()) { all.append(try stamp(stamps)) }
    return all
  }

  fileprivate mutating func siblings(_ stamps: [Stamp]) throws(CBORError) -> [Sibling] {
    var all: [Sibling] = []
    for _ in 0..<(try array()) {
      guard try array() == 2 else { throw .type }
      all.append(Sibling(stamp: try stamp(stamps), value: try Value(from: &self)))
    }
    return all
  }
}

extension FieldState {
  fileprivate func encode(into writer: inout CBORWriter, _ stamps: Stamps) {
    writer.map {
      if !siblings.isEmpty { $0.field(1) { $0.siblings(siblings, stamps) } }
      if !elements.isEmpty {
        $0.field(2) { writer in
          writer.array(elements.count)
          for element in elements {
            writer.array(2)
            element.value.encode(into: &writer)
            writer.places(element.stamps, stamps)
          }
        }
      }
      if !counts.isEmpty { $0.field(3) { $0.siblings(counts, stamps) } }
      if !entries.isEmpty { $0.field(4) { $0.siblings(entries, stamps) } }
    }
  }

  fileprivate init(from reader: inout CBORReader, _ stamps: [Stamp]) throws(CBORError) {
    var field = FieldState()
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: field.siblings = try reader.siblings(stamps)
      case 2:
        for _ in 0..<(try reader.array()) {
          guard try reader.array() == 2 else { throw .type }
          field.elements.append(Element(value: try Value(from: &reader), stamps: try reader.stamps(stamps)))
        }
      case 3: field.counts = try reader.siblings(stamps)
      case 4: field.entries = try reader.siblings(stamps)
      default: throw .mapKeys
      }
    }
    self = field
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
