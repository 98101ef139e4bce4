// Docs/wire.md is what strangers write clients from, so its example must be what the code writes.

import Cryptography
import PartnerExchange
import Replication
import SyncProtocol
import Testing

@Suite("The wire page")
struct WirePageTests {
  @Test("the example in Docs/wire.md is, byte for byte, what the code writes")
  func example() throws {
    let state = merged(kind: "event", after: [(firstChange.edits.map(\.operation), firstChange.header.stamp)])
    let hello = Hello(
      replica: replica, modelVersion: 0, hub: nil, spaces: [SpaceRequest(space: space, position: nil)])
    let first = LogPlace(after: 0, LogPlace.start(of: space), of: firstChange.digest, refusedFor: nil, at: time)
    let checkpoint = Checkpoint(hub: hub, epoch: epoch, space: space, position: 1, digest: first.digest)
    let segment = LogSegment(
      space: space, epoch: epoch, from: 0, start: LogPlace.start(of: space),
      rows: [LogSegment.Row(time: time, content: .entry(firstEntry))], signature: checkpoint.signature(by: knownKey))
    let head = SignedHead(of: .change(firstChange), for: hub, by: deviceKey, salt: salt)
    let row = cbor { writer in
      writer.array(5)
      writer.bytes(LogPlace.start(of: space).bytes)
      writer.unsigned(1)
      writer.bytes(firstChange.digest.bytes)
      writer.integer(time.milliseconds)
      writer.null()
    }
    let expected: [String: [UInt8]] = [
      "device-key": deviceKey.publicKey.bytes,
      "replica": replica.bytes,
      "head-statement": head.statement(for: hub),
      "head-signature": head.signature,
      "log-start": LogPlace.start(of: space).bytes,
      "log-row": row,
      "log-first": first.digest.bytes,
      "checkpoint": checkpoint.statement,
      "checkpoint-signature": checkpoint.signature(by: knownKey),
      "body": firstChange.bodyBytes,
      "body-digest": firstChange.header.bodyDigest.bytes,
      "header": firstChange.headerBytes,
      "header-digest": firstChange.digest.bytes,
      "state": state.encoded,
      "space-digest": try spaceDigest(of: space, in: OneRecord(state: state)).bytes,
      "request": Message.encode([
        .hello(hello), .offer(header: firstChange.headerBytes, body: firstChange.bodyBytes), .head(head),
      ]),
      "segment": Message.encode([.segment(segment)]),
      "ending": cbor { knownEnding.encode(into: &$0) },
    ]
    #expect(try WirePage.examples().mapValues { hex($0) } == expected.mapValues { hex($0) })
  }

  @Test("the digest of a space runs over voids too, as the page says")
  func voids() throws {
    let state = merged(kind: "event", after: [(firstChange.edits.map(\.operation), firstChange.header.stamp)])
    let void = VoidEntry(of: nextChange, reason: .unknownField)
    let bytes: [UInt8] =
      [1] + record.bytes + [0, 0, 0, 0, 0, 0, 0, UInt8(state.encoded.count)] + state.encoded
      + [2] + nextChange.digest.bytes + [0, 0, 0, 0, 0, 0, 0, 12] + Array("unknownField".utf8)
    #expect(
      try spaceDigest(of: space, in: OneRecord(state: state, voids: [void])) == Digest(tag: "board.space", bytes))
  }
}

/// As much of a store as the digest of a space asks for: one record, and the voids given.
private struct OneRecord: StoredBytesReader, VoidReader {
  let state: RecordState
  var voids: [VoidEntry] = []

  func forEachStoredRecord(
    after record: RecordID?, in space: SpaceID, _ body: ([UInt8], [UInt8]) throws -> Bool
  ) throws {
    _ = try body(WireTests.record.bytes, state.encoded)
  }
  func forEachStoredRow(after position: UInt64, in space: SpaceID, _ body: (StoredRow) throws -> Bool) {}
  func voids(in space: SpaceID) -> [VoidEntry] { voids }
  func isIncomplete(_ run: DotSet.Run, in space: SpaceID) -> Bool { !voids.isEmpty }
  func hasVoid(of replica: ReplicaID, in space: SpaceID) -> Bool { !voids.isEmpty }
}
