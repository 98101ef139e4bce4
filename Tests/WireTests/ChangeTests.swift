// Changes from outside: a header that could not be part of a chain, a body that is not the header's, edits that make
// no sense. The home hub tells these apart, because only a readable header can be refused by name.

import Cryptography
import Replication
import SyncProtocol
import Testing

@Suite("Changes from outside")
struct ChangeTests {
  @Test(
    "a header that no chain could hold is refused by name",
    arguments: [
      Malformed("sequence 0", .value, header(sequence: 0)),
      Malformed(
        "a sequence beyond every counter", .value, header(sequence: Limits.counterMax + 1, previous: digest(1))),
      Malformed("Lamport time 0", .value, header(lamport: 0)),
      Malformed("a Lamport time beyond every counter", .value, header(lamport: Limits.counterMax + 1)),
      Malformed("a model beyond every counter", .value, header(model: .max)),
      Malformed("a first change with a predecessor", .value, header(previous: digest(1))),
      Malformed("a later change without one", .value, header(sequence: 2)),
      Malformed("bytes behind it", .trailing, header() + [0x00]),
      Malformed("a cut", .truncated, Array(header().dropLast())),
      Malformed("nothing", .truncated, []),
      Malformed("no keys", .mapKeys, [0xa0]),
      Malformed("another type", .type, [0x80]),
    ])
  func headers(_ case: Malformed) {
    #expect(throws: `case`.error) { try Header(decoding: `case`.bytes) }
    #expect(throws: Change.DecodingError.header(`case`.error)) {
      try Change(headerBytes: `case`.bytes, bodyBytes: [0x80])
    }
  }

  @Test("a body that is not the one its header names is refused as such")
  func strangeBody() {
    #expect(throws: Change.DecodingError.bodyDigest) {
      try Change(headerBytes: firstChange.headerBytes, bodyBytes: nextChange.bodyBytes)
    }
  }

  @Test(
    "a body that makes no sense is refused by name, with the header that can be answered",
    arguments: [
      Malformed("no edits", .value, [0x80]),
      Malformed(
        "more edits than a change may have", .value,
        cbor { writer in
          writer.array(Limits.editsPerChangeMax + 1)
          for number in 0...Limits.editsPerChangeMax {
            writer.edit(3, field: "f\(number)") { $0.integer(1) }
          }
        }
      ),
      Malformed("a register written twice", .value, body(2) { $0.edit(0, field: "title") { $0.text("a") } }),
      Malformed(
        "an element added and removed", .value,
        cbor { writer in
          writer.array(2)
          for code: UInt64 in [1, 2] { writer.edit(code, field: "topics") { $0.text("a") } }
        }
      ),
      Malformed("the reserved operation", .value, body { $0.edit(6, field: "title") { $0.text("a") } }),
      Malformed("an assignment to nothing", .value, body { $0.edit(0, field: nil) { $0.text("a") } }),
      Malformed("a count of words", .value, body { $0.edit(3, field: "places") { $0.text("a") } }),
      Malformed("an existence that is neither", .value, body { $0.edit(5, field: nil) { $0.null() } }),
      Malformed("an existence of a field", .value, body { $0.edit(5, field: "title") { $0.bool(true) } }),
      Malformed("a field in capitals", .value, body { $0.edit(0, field: "Title") { $0.text("a") } }),
      Malformed("a field without a name", .value, body { $0.edit(0, field: "") { $0.text("a") } }),
      Malformed(
        "a value with a key twice", .mapKeys,
        body {
          $0.edit(0, field: "title") { $0.raw([0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02]) }
        }
      ),
      Malformed(
        "two spellings of one key", .mapKeys,
        body {
          $0.edit(0, field: "title") { $0.raw([0xa2, 0x62, 0xc3, 0xa9, 0x01, 0x63, 0x65, 0xcc, 0x81, 0x02]) }
        }
      ),
      Malformed(
        "a value nested without end", .tooDeep,
        body {
          $0.edit(0, field: "title") { $0.raw([UInt8](repeating: 0x81, count: 100_000) + [0x01]) }
        }
      ),
      Malformed(
        "tags nested without end", .tooDeep,
        body {
          $0.edit(0, field: "title") { $0.raw([UInt8](repeating: 0xc1, count: 100_000) + [0x01]) }
        }
      ),
      Malformed(
        "a text of indefinite length", .notDeterministic,
        body {
          $0.edit(0, field: "title") { $0.raw([0x7f, 0x61, 0x61, 0xff]) }
        }
      ),
      Malformed("bytes behind the edits", .trailing, firstChange.bodyBytes + [0x00]),
    ])
  func bodies(_ case: Malformed) throws {
    let header = header(body: Digest(tag: "board.body", `case`.bytes))
    #expect(throws: Change.DecodingError.body(try Header(decoding: header), `case`.error)) {
      try Change(headerBytes: header, bodyBytes: `case`.bytes)
    }
  }
}

private func header(
  sequence: UInt64 = 1, lamport: UInt64 = 1, model: UInt64 = 1, previous: Digest? = nil, body: Digest = digest(9)
) -> [UInt8] {
  Header(
    space: space, replica: replica, sequence: sequence, lamport: lamport, author: author, time: time,
    modelVersion: model, previous: previous, bodyDigest: body
  ).encoded
}

/// A body of the same edit, some times over.
private func body(_ count: Int = 1, _ write: (inout CBORWriter) -> Void) -> [UInt8] {
  cbor { writer in
    writer.array(count)
    for _ in 0..<count { write(&writer) }
  }
}

extension CBORWriter {
  fileprivate mutating func edit(_ code: UInt64, field: String?, _ value: (inout CBORWriter) -> Void) {
    map(field == nil ? 4 : 5)
    unsigned(1)
    id(record)
    unsigned(2)
    text("event")
    unsigned(3)
    unsigned(code)
    if let field {
      unsigned(4)
      text(field)
    }
    unsigned(5)
    value(&self)
  }
}
