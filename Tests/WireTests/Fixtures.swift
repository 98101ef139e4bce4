// Fixed names and times, so that the golden bytes are the same on every machine and in every year.

import Cryptography
import Replication
import SyncProtocol

let space = id(0x11, SpaceID.self)
let otherSpace = id(0x12, SpaceID.self)
let record = id(0x22, RecordID.self)
let otherRecord = id(0x23, RecordID.self)
/// The key of the device that writes, the salt of its replica id, and that id, which follows from both: aa88…700c.
let deviceKey = SigningKey(seed: (1...32).reversed().map { UInt8($0) })!
let salt = id(0xc9, ReplicaSalt.self)
let replica = ReplicaID(of: deviceKey.publicKey, salt: salt)
let otherReplica = id(0xbb, ReplicaID.self)
let author = id(0xcc, MemberID.self)
let hub = id(0xd0, HubID.self)
let otherHub = id(0xd1, HubID.self)
let epoch = id(0xe0, EpochID.self)
let otherEpoch = id(0xe1, EpochID.self)
let time = Timestamp(milliseconds: 1_700_000_000_000)

/// A name that is one byte, sixteen times.
func id<Role>(_ byte: UInt8, _: Identifier<Role>.Type = Identifier<Role>.self) -> Identifier<Role> {
  Identifier<Role>(bytes: [UInt8](repeating: byte, count: 16))!
}

/// A digest that is one byte, thirty-two times.
func digest(_ byte: UInt8) -> Digest { Digest(bytes: [UInt8](repeating: byte, count: 32))! }

/// The first change of `replica`: an event is made and gets its title.
let firstChange = Change(
  edits: [
    Edit(record: record, kind: "event", operation: .makePresent(supersedes: [])),
    Edit(
      record: record, kind: "event",
      operation: .assign(field: "title", value: .text("Open day"), supersedes: [])),
  ],
  space: space, replica: replica, previous: nil, lamport: 1, author: author, time: time, modelVersion: 1)

/// The second: another title, in the place of the first.
let nextChange = Change(
  edits: [
    Edit(
      record: record, kind: "event",
      operation: .assign(field: "title", value: .text("Open evening"), supersedes: [firstChange.dot]))
  ],
  space: space, replica: replica, previous: Tip(sequence: 1, digest: firstChange.digest, lamport: 1), lamport: 2,
  author: author, time: Timestamp(milliseconds: time.milliseconds + 60_000), modelVersion: 1)

let firstEntry = RawEntry(.change(firstChange))
let nextEntry = RawEntry(.change(nextChange))
let nextVoid = RawEntry(headerBytes: nextChange.headerBytes, content: .void(.unknownField))

/// A hub's key that everybody knows.
let knownKey = SigningKey(seed: (1...32).map { UInt8($0) })!
let nextHead = SignedHead(of: .change(nextChange), for: hub, by: deviceKey, salt: salt)

/// The places of `firstChange` and `nextChange` at positions 4 and 5 of the hub's log.
func places(nextRefusedFor refusal: RefusalReason? = nil) -> [LogPlace] {
  let first = LogPlace(after: 3, digest(0x30), of: firstChange.digest, refusedFor: nil, at: time)
  return [first, LogPlace(after: 4, first.digest, of: nextChange.digest, refusedFor: refusal, at: time)]
}

/// The hub's signature of its checkpoint at a place.
func signature(at place: LogPlace) -> [UInt8] {
  Checkpoint(hub: hub, epoch: epoch, space: space, position: place.position, digest: place.digest)
    .signature(by: knownKey)
}

/// A page that leads from position 3 to 5, where the hub's log has `firstChange` and `nextChange`.
///
/// - Parameter isSignedWithin: True if the page has a checkpoint at position 4, too.
func page(_ entries: RawEntry..., held: [Page.HeldRun] = [], isSignedWithin: Bool = false) -> Page {
  let places = places(nextRefusedFor: entries.last?.refusal)
  return Page(
    space: space, epoch: epoch, from: 3, to: 5, lastPosition: 12, digest: places[1].digest,
    rows: zip(places, entries).map { Page.Row(position: $0.position, time: $0.time, entry: $1) }, held: held,
    checkpoints: (isSignedWithin ? places : [places[1]]).map {
      Page.SignedPosition(position: $0.position, signature: signature(at: $0))
    })
}

/// A segment that leads from position 3 to 5, where the hub's log has `firstChange` and `nextChange`.
func segment(_ contents: LogSegment.Row.Content...) -> LogSegment {
  LogSegment(
    space: space, epoch: epoch, from: 3, start: digest(0x30),
    rows: contents.map { LogSegment.Row(time: time, content: $0) },
    signature: signature(at: places(nextRefusedFor: contents.last?.refusal)[1]))
}

extension RawEntry {
  var refusal: RefusalReason? { if case .void(let reason) = content { reason } else { nil } }
}

extension LogSegment.Row.Content {
  var refusal: RefusalReason? {
    switch self {
    case .entry(let entry): entry.refusal
    case .stub(_, let refusal): refusal
    }
  }
}

/// What is left of a change whose words were erased: nothing, and an edit of another record.
let nothingLeft = RawEntry(headerBytes: firstChange.headerBytes, content: .redactedBody([0x80]))
let oneEditLeft = RawEntry(
  headerBytes: nextChange.headerBytes,
  content: .redactedBody(
    cbor { writer in
      writer.array(1)
      Edit(record: otherRecord, kind: "event", operation: .count(field: "places", amount: 1)).encode(into: &writer)
    }))

/// The state after changes, by the merge itself.
func merged(kind: String, after changes: [(edits: [Operation], stamp: Stamp)]) -> RecordState {
  var state = RecordState(kind: kind)
  for (operations, stamp) in changes {
    for operation in operations {
      state.merge(Edit(record: record, kind: kind, operation: operation), by: stamp)
    }
  }
  return state
}

func stamp(_ replica: ReplicaID, _ sequence: UInt64, lamport: UInt64) -> Stamp {
  Stamp(dot: Dot(replica, sequence), lamport: lamport, author: author, time: time)
}

/// Bytes written item by item.
func cbor(_ write: (inout CBORWriter) -> Void) -> [UInt8] {
  var writer = CBORWriter()
  write(&writer)
  return writer.bytes
}
