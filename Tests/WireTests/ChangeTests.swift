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
      ("sequence 0", CBORError.value, header(sequence: 0)),
      ("a sequence beyond every counter", .value, header(sequence: Limits.counterMax + 1, previous: digest(1))),
      ("Lamport time 0", .value, header(lamport: 0)),
      ("a Lamport time beyond every counter", .value, header(lamport: Limits.counterMax + 1)),
      ("a model beyond every counter", .value, header(model: .max)),
      ("a first change with a predecessor", .value, header(previous: digest(1))),
      ("a later change without one", .value, header(sequence: 2)),
      ("bytes behind it", .trailing, header() + [0x00]),
      ("a cut", .truncated, Array(header().dropLast())),
      ("nothing", .truncated, []),
      ("no keys", .mapKeys, [0xa0]),
      ("another type", .type, [0x80]),
    ])
  func headers(_ what: String, _ error: CBORError, _ bytes: [UInt8]) {
    #expect(throws: error, "\(what)") { try Header(decoding: bytes) }
    #expect(throws: Change.DecodingError.header(error), "\(what)") {
      try Change(headerBytes: bytes, bodyBytes: [0x80])
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
      ("no edits", CBORError.value, [0x80]),
      (
        "more edits than a change may have", .value,
        cbor { writer in
          writer.array(Limits.editsPerChangeMax + 1)
          for number in 0...Limits.editsPerChangeMax {
            writer.edit(3, field: "f\(number)") { $0.integer(1) }
          }
        }
      ),
      ("a register written twice", .value, body(2) { $0.edit(0, field: "title") { $0.text("a") } }),
      (
        "an element added and removed", .value,
        cbor { writer in
          writer.array(2)
          for code: UInt64 in [1, 2] { writer.edit(code, field: "topics") { $0.text("a") } }
        }
      ),
      ("the reserved operation", .value, body { $0.edit(6, field: "title") { $0.text("a") } }),
      ("an assignment to nothing", .value, body { $0.edit(0, field: nil) { $0.text("a") } }),
      ("a count of words", .value, body { $0.edit(3, field: "places") { $0.text("a") } }),
      ("an existence that is neither", .value, body { $0.edit(5, field: nil) { $0.null() } }),
      ("an existence of a field", .value, body { $0.edit(5, field: "title") { $0.bool(true) } }),
      ("a field in capitals", .value, body { $0.edit(0, field: "Title") { $0.text("a") } }),
      ("a field without a name", .value, body { $0.edit(0, field: "") { $0.text("a") } }),
      (
        "a value with a key twice", .mapKeys,
        body {
          $0.edit(0, field: "title") { $0.raw([0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02]) }
        }
      ),
      (
        "two spellings of one key", .mapKeys,
        body {
          $0.edit(0, field: "title") { $0.raw([0xa2, 0x62, 0xc3, 0xa9, 0x01, 0x63, 0x65, 0xcc, 0x81, 0x02]) }
        }
      ),
      (
        "a value nested without end", .tooDeep,
        body {
          $0.edit(0, field: "title") { $0.raw([UInt8](repeating: 0x81, count: 100_000) + [0x01]) }
        }
      ),
      (
        "tags nested without end", .tooDeep,
        body {
          $0.edit(0, field: "title") { $0.raw([UInt8](repeating: 0xc1, count: 100_000) + [0x01]) }
        }
      ),
      (
        "a text of indefinite length", .notDeterministic,
        body {
          $0.edit(0, field: "title") { $0.raw([0x7f, 0x61, 0x61, 0xff]) }
        }
      ),
      ("bytes behind the edits", .trailing, firstChange.bodyBytes + [0x00]),
    ])
  func bodies(_ what: String, _ error: CBORError, _ body: [UInt8]) throws {
    let header = header(body: Digest(tag: "board.body", body))
    #expect(throws: Change.DecodingError.body(try Header(decoding: header), error), "\(what)") {
      try Change(headerBytes: header, bodyBytes: body)
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
