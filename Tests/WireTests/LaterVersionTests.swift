// What later versions of the protocol add reaches programs of this one, and must stop none of them.

import Cryptography
import Replication
import SyncProtocol
import Testing

@Suite("Messages of a later version")
struct LaterVersionTests {
  private func encoded(_ key: UInt64, _ value: [UInt8]) -> [UInt8] { cbor { $0.unsigned(key) } + value }

  @Test("a message of a type that this version does not know is passed over", arguments: [64, 1_000, UInt64.max])
  func message(type: UInt64) throws {
    let known = Message.encode([.proposalAnswer(record, true)])
    let later = [0x82] + cbor { $0.unsigned(type) } + [0xa1, 0x01, 0x80]
    #expect(try Message.decode(later + known + later) == [.proposalAnswer(record, true)])
    #expect(throws: CBORError.truncated) { try Message.decode(known + later.dropLast()) }
  }

  @Test("a verdict that this version does not know means later, so the change stays in the outbox", arguments: 4..<24)
  func verdict(code: UInt8) throws {
    var bytes = Message.encode([.verdict(Verdict(space: space, dot: Dot(replica, 2), outcome: .later))])
    bytes[bytes.count - 1] = code
    #expect(
      try Message.decode(bytes) == [.verdict(Verdict(space: space, dot: Dot(replica, 2), outcome: .later))])
    // With dots, as for a change that the hub cannot take before others.
    bytes[2] += 1
    bytes += encoded(5, cbor { $0.dots([Dot(replica, 1)]) })
    #expect(
      try Message.decode(bytes) == [.verdict(Verdict(space: space, dot: Dot(replica, 2), outcome: .later))])
  }

  @Test("a header with a field of a later version is read, and its digest is of all its bytes")
  func header() throws {
    var bytes = firstChange.headerBytes
    bytes[0] += 1
    bytes += encoded(16, [0x01])
    let change = try Change(headerBytes: bytes, bodyBytes: firstChange.bodyBytes)
    #expect(change.header == firstChange.header && change.digest == Header.digest(of: bytes))
    #expect(change.headerBytes == bytes)
  }

  @Test("an operation or a part of a later version is told apart from a malformed one")
  func edit() throws {
    func body(_ code: UInt64, extra: [UInt8] = []) -> [UInt8] {
      [0x81, extra.isEmpty ? 0xa3 : 0xa4] + encoded(1, cbor { $0.id(record) }) + encoded(2, cbor { $0.text("event") })
        + encoded(3, cbor { $0.unsigned(code) }) + extra
    }
    func error(_ body: [UInt8]) -> CBORError? {
      var reader = CBORReader(body)
      do throws(CBORError) {
        _ = try Change.edits(from: &reader, fewest: 1)
        return nil
      } catch { return error }
    }
    #expect(error(body(6)) == nil)
    #expect(error(body(7)) == .reserved && error(body(.max)) == .reserved)
    #expect(error(body(6, extra: encoded(16, [0x01]))) == .reserved)
    #expect(error(body(6, extra: encoded(8, [0x01]))) == .mapKeys)
    #expect(error(body(0)) == .value)
  }

  @Test("capabilities are told in order, and no name twice")
  func capabilities() throws {
    let welcome = Welcome(hub: hub, epoch: epoch, time: time, modelVersion: 1, capabilities: ["b", "a"])
    #expect(try Message.decode(Message.encode([.welcome(welcome)])) == [.welcome(welcome)])
    let plain = Message.encode([.welcome(Welcome(hub: hub, epoch: epoch, time: time, modelVersion: 1))])
    for names in [[], ["b", "a"], ["a", "a"], ["A"], (0...Limits.capabilitiesMax).map { "n\(1_000 + $0)" }] {
      var bytes = plain
      bytes[2] += 1
      bytes += encoded(
        6,
        cbor { writer in
          writer.array(names.count)
          for name in names { writer.text(name) }
        })
      #expect(throws: CBORError.value, "\(names.prefix(2))") { try Message.decode(bytes) }
    }
  }
}
