// A change is its bytes: made once, read back to the same, and refused where a single bit is another (guarantee G10).

import Cryptography
import Replication
import Testing

@Suite struct ChangeTests {
  private static let dots: DotSet = [Dot(id(1), 4), Dot(id(2), 300), Dot(id(2), 301)]

  private static func edit(_ operation: Operation, on record: RecordID = note) -> Edit {
    Edit(record: record, kind: "note", operation: operation)
  }

  private static func change(_ edits: [Edit], previous: Tip? = nil) -> Change {
    Change(
      edits: edits, space: board, replica: id(3), previous: previous, lamport: 7, author: carer,
      time: Timestamp(milliseconds: -1), modelVersion: 2)
  }

  private static let everyOperation: [Operation] = [
    .assign(field: "title", value: .text("é"), supersedes: dots), .assign(field: "size", value: .null, supersedes: []),
    .assign(
      field: "place", value: .map(["place": .text("Leeds"), "floor": .unknown([0xf9, 0x3c, 0])]), supersedes: []),
    .add(field: "tags", element: .link(note), supersedes: dots),
    .add(field: "tags", element: .bytes([1]), supersedes: []),
    .remove(field: "tags", element: .text("x"), supersedes: dots),
    .remove(field: "tags", element: .text("y"), supersedes: []),
    .count(field: "hours", amount: .min), .append(field: "comments", entry: .list([.integer(1)])),
    .makePresent(supersedes: []), .makePresent(supersedes: dots), .delete(supersedes: [], seen: []),
    .delete(supersedes: dots, seen: []), .delete(supersedes: [], seen: dots), .delete(supersedes: dots, seen: dots),
  ]

  @Test("every operation comes back from its bytes", arguments: everyOperation)
  func operations(operation: Operation) throws {
    let change = Self.change([Self.edit(operation)])
    #expect(try Change(headerBytes: change.headerBytes, bodyBytes: change.bodyBytes) == change)
  }

  @Test("a header comes back from its bytes, first of its chain or not", arguments: [false, true])
  func headers(hasPrevious: Bool) throws {
    let tip = Tip(sequence: 9, digest: Digest(tag: "test", [1]), lamport: 5)
    let header = Self.change([Self.edit(.makePresent(supersedes: []))], previous: hasPrevious ? tip : nil).header
    #expect(try Header(decoding: header.encoded) == header)
    #expect(header.sequence == (hasPrevious ? 10 : 1))
    #expect(header.previous == (hasPrevious ? tip.digest : nil))
  }

  @Test("dots are written in ascending order, each once, however they were listed")
  func dotOrder() {
    let dots = Self.dots.runs.flatMap(\.dots)
    let listed = Self.change([Self.edit(.makePresent(supersedes: DotSet(dots.reversed() + dots)))])
    #expect(listed.bodyBytes == Self.change([Self.edit(.makePresent(supersedes: Self.dots))]).bodyBytes)
  }

  @Test("a body that is not the one the header names is refused")
  func bodyDigest() {
    let change = Self.change([Self.edit(.append(field: "comments", entry: .text("yes")))])
    for place in change.bodyBytes.indices {
      var body = change.bodyBytes
      body[place] ^= 1
      #expect(throws: Change.DecodingError.bodyDigest) { try Change(headerBytes: change.headerBytes, bodyBytes: body) }
    }
  }

  @Test("headers form one chain per replica, over which every byte of a header counts")
  func chain() throws {
    let copy = try Copy(3)
    let changes = try (1...5).map {
      try #require(try copy.commit([.create(id($0), kind: "revive")], at: Timestamp(milliseconds: Int64($0))))
    }
    for (previous, next) in zip(changes, changes.dropFirst()) {
      #expect(next.header.previous == previous.digest)
      #expect(Header.digest(of: previous.headerBytes) == previous.digest)
    }
    #expect(changes[0].header.previous == nil)
    #expect(Set(changes.map(\.digest)).count == 5)
  }

  @Test("a flipped bit never traps, and never makes other bytes of the same change", arguments: everyOperation)
  func bitFlips(operation: Operation) throws {
    let change = Self.change([Self.edit(operation), Self.edit(.makePresent(supersedes: []), on: id(9))])
    for place in change.headerBytes.indices {
      for bit in 0..<8 {
        var bytes = change.headerBytes
        bytes[place] ^= 1 << bit
        if let header = try? Header(decoding: bytes) { #expect(header.encoded == bytes) }
      }
    }
    for place in change.bodyBytes.indices {
      for bit in 0..<8 {
        var body = change.bodyBytes
        body[place] ^= 1 << bit
        // The header of a stranger's change may name any body.
        guard let read = try? Self.read(body) else { continue }
        #expect(Self.change(read.edits).bodyBytes == body)
      }
    }
  }

  @Test("a body cut short anywhere is refused as a body, with the header at hand")
  func truncated() {
    let change = Self.change(Self.everyOperation.prefix(3).map { Self.edit($0) })
    for count in 0..<change.bodyBytes.count {
      #expect(throws: Change.DecodingError.body(Self.header(of: Array(change.bodyBytes.prefix(count))), .truncated)) {
        try Self.read(Array(change.bodyBytes.prefix(count)))
      }
    }
    for count in 0..<change.headerBytes.count {
      #expect(throws: Change.DecodingError.header(.truncated)) {
        try Change(headerBytes: Array(change.headerBytes.prefix(count)), bodyBytes: change.bodyBytes)
      }
    }
  }

  @Test("what this program does not know inside a value is carried byte for byte")
  func unknownValues() throws {
    // Inside a map of a group: a float, an unknown tag, a map with other keys than text.
    let value = "a3" + "6161f93e00" + "6162c11a5f000000" + "6163a2010220f5"
    let edit = "a5" + "0150" + hex(note.bytes) + "02646e6f7465" + "0300" + "0465706c616365" + "05" + value
    let body = [UInt8](hexadecimal: "81" + edit)
    let change = try Self.read(body)
    #expect(Self.change(change.edits).bodyBytes == body)
    var state = RecordState(kind: "note")
    state.merge(change.edits[0], by: change.header.stamp)
    #expect(try RecordState(decoding: state.encoded).encoded == state.encoded)
    guard case .assign(_, let read, _) = change.edits[0].operation else { return #expect(Bool(false)) }
    #expect(read.canonicalBytes.hexadecimal == value)
  }

  @Test("a change writes a register, an element or a record's existence at most once")
  func oneEditEach() throws {
    let pairs: [(Operation, Operation, isRefused: Bool)] = [
      (.assign(field: "a", value: .null, supersedes: []), .assign(field: "a", value: .text("x"), supersedes: []), true),
      (.assign(field: "a", value: .null, supersedes: []), .assign(field: "b", value: .null, supersedes: []), false),
      (.count(field: "a", amount: 1), .count(field: "a", amount: 2), true),
      (.append(field: "a", entry: .text("x")), .append(field: "a", entry: .text("y")), true),
      (
        .add(field: "a", element: .text("x"), supersedes: []), .remove(field: "a", element: .text("x"), supersedes: []),
        true
      ),
      (
        .add(field: "a", element: .text("x"), supersedes: []), .add(field: "a", element: .text("y"), supersedes: []),
        false
      ),
      (.makePresent(supersedes: []), .delete(supersedes: [], seen: []), true),
    ]
    for (first, second, isRefused) in pairs {
      let body = Self.change([Self.edit(first), Self.edit(second)]).bodyBytes
      if isRefused {
        #expect(throws: Change.DecodingError.body(Self.header(of: body), .value)) { try Self.read(body) }
      } else {
        #expect(try Self.read(body).edits.count == 2)
      }
      let elsewhere = Self.change([Self.edit(first), Self.edit(second, on: id(9))]).bodyBytes
      #expect(try Self.read(elsewhere).edits.count == 2)
    }
  }

  @Test(
    "bodies that make no edits are refused by name",
    arguments: [
      ("80", .value), ("a0", .type), ("81a0", .mapKeys), ("8100", .type), ("f6", .type),
      // Operation codes: erase takes nothing else, 7 and beyond are unknown; the wrong parts for a code.
      (edits("0306", "05f5"), .value), (edits("0307"), .reserved), (edits("0300", "046161"), .value),
      (edits("0300", "0561" + "61"), .value), (edits("0303", "046161", "056161"), .value),
      (edits("0303", "046161", "0501", "0681" + "8250" + ids + "01"), .value), (edits("0305", "05f6"), .value),
      (edits("0305", "046161", "05f5"), .value), (edits("0305", "05f5", "0781" + "8250" + ids + "01"), .value),
      // Dots: none, twice the same, the sequence 0, not a pair.
      (edits("0305", "05f5", "0680"), .value),
      (edits("0305", "05f5", "0682" + "8250" + ids + "01" + "8250" + ids + "01"), .value),
      (edits("0305", "05f5", "0681" + "8250" + ids + "00"), .value),
      (edits("0305", "05f5", "0681" + "8150" + ids), .type),
      // Names are lower-case letters, digits and `_`; keys we do not know.
      (edits("0300", "046141", "05f6"), .value), (edits("0300", "0460", "05f6"), .value),
      (edits("0300", "0462c3a9", "05f6"), .value), (edits("0305", "05f5", "08f6"), .mapKeys),
    ] as [(String, CBORError)])
  func malformedBodies(text: String, expected: CBORError) {
    let body = [UInt8](hexadecimal: text)
    #expect(throws: Change.DecodingError.body(Self.header(of: body), expected)) { try Self.read(body) }
  }

  @Test("a change holds no more edits than the limit")
  func editLimit() throws {
    func body(_ count: Int) -> [UInt8] {
      Self.change((0..<count).map { Self.edit(.count(field: "f\($0)", amount: 1)) }).bodyBytes
    }
    #expect(try Self.read(body(Limits.editsPerChangeMax)).edits.count == Limits.editsPerChangeMax)
    #expect(throws: Change.DecodingError.self) { try Self.read(body(Limits.editsPerChangeMax + 1)) }
  }

  // MARK: Strangers' bytes

  private static let ids = String(repeating: "07", count: 16)

  /// A body of one edit of the note, with these parts after its record and kind.
  private static func edits(_ parts: String...) -> String {
    "81" + "a\(2 + parts.count)" + "0150" + ids + "02646e6f7465" + parts.joined()
  }

  /// A header that names a body, whatever it says.
  private static func header(of body: [UInt8]) -> Header {
    Header(
      space: board, replica: id(3), sequence: 1, lamport: 7, author: carer, time: Timestamp(milliseconds: -1),
      modelVersion: 2, previous: nil, bodyDigest: Digest(tag: "board.body", body))
  }

  @discardableResult
  private static func read(_ body: [UInt8]) throws -> Change {
    try Change(headerBytes: header(of: body).encoded, bodyBytes: body)
  }
}
