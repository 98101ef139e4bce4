// What Docs/wire.md once left open or said wrongly, each by the number of its row in the review that found it. The page
// now says it, and this holds the code to the page. P1 is in PageExampleTests, P10 in BoardModelTests/ModelPageTests, and
// P17 in DocsTests/PageTests.

import ClientCore
import Cryptography
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Faults of the wire page")
struct PageFaultTests {
  private let served: TestHub
  private let room: SpaceID
  private let member: MemberID
  private let signer: Signer

  init() async throws {
    served = try TestHub()
    let device = try await served.joined("carer")
    (room, member, signer) = (try served.space("cab"), try served.member("carer"), try device.signer)
  }

  /// The next change of a chain.
  private func change(
    _ edits: [Edit], of replica: ReplicaID, after previous: Change? = nil, in space: SpaceID? = nil,
    at time: Timestamp = time
  ) throws -> Change {
    let space = space ?? room
    let reached = try served.store.read { try $0.space(space)!.lamport }
    return Change(
      edits: edits, space: space, replica: replica,
      previous: previous.map { Tip(sequence: $0.dot.sequence, digest: $0.digest, lamport: $0.header.lamport) },
      lamport: max(reached, previous?.header.lamport ?? 0) + 1, author: member, time: time, modelVersion: 1)
  }

  private func edit(_ operation: Operation, of record: RecordID, kind: String = "agenda_item") -> Edit {
    Edit(record: record, kind: kind, operation: operation)
  }

  private func outcome(of change: Change) async throws -> [Judgement] {
    try await served.offer([change], signedBy: signer.key, attestedBy: signer)
  }

  // MARK: Changes

  @Test("P2: two entries for one list, or two counts of one counter, are no change; of two lists they are")
  func twoInOnePlace() async throws {
    let item = RecordID.random()
    let made = edit(.makePresent(supersedes: []), of: item)
    func entries(_ operations: Operation...) throws -> Change {
      try change([made] + operations.map { edit($0, of: item) }, of: signer.newName())
    }
    let appends = try entries(
      .append(field: "questions", entry: .text("one")), .append(field: "questions", entry: .text("two")))
    #expect(try await outcome(of: appends) == [.refused(.malformed)])
    let counts = try entries(.count(field: "votes", amount: 1), .count(field: "votes", amount: 1))
    #expect(try await outcome(of: counts) == [.refused(.malformed)])
    let one = try entries(.append(field: "questions", entry: .text("one")))
    #expect(try await outcome(of: one) == [.taken])
  }

  @Test("P3: an unknown record is dependsOnRefused as soon as any change of the replica was refused in the space")
  func dependsOnRefused() async throws {
    let (honest, refused) = (signer.newName(), signer.newName())
    func write(to record: RecordID) -> [Edit] {
      [edit(.assign(field: "title", value: .text("A"), supersedes: []), of: record)]
    }
    #expect(try await outcome(of: change(write(to: .random()), of: honest)) == [.refused(.unknownRecord)])
    let first = try change([edit(.makePresent(supersedes: []), of: .random(), kind: "nothing")], of: refused)
    #expect(try await outcome(of: first) == [.refused(.unknownKind)])
    let second = try change(write(to: .random()), of: refused, after: first)
    #expect(try await outcome(of: second) == [.refused(.dependsOnRefused)])
  }

  @Test("P4: a time in a header is within 2^53; another is no header, and the whole request is refused")
  func times() async throws {
    let most = Int64(Limits.counterMax)
    for milliseconds in [most, -most] {
      let made = try change(
        [edit(.makePresent(supersedes: []), of: .random())], of: signer.newName(),
        at: Timestamp(milliseconds: milliseconds))
      #expect(try await outcome(of: made) == [.taken])
    }
    for milliseconds in [most + 1, -most - 1] {
      let made = try change(
        [edit(.makePresent(supersedes: []), of: .random())], of: signer.newName(),
        at: Timestamp(milliseconds: milliseconds))
      await #expect(throws: RequestError.self) { try await outcome(of: made) }
    }
  }

  @Test("P8: a change of more than 1000 edits is malformed; one over another limit is too large")
  func tooManyEdits() async throws {
    let edits = (0...Limits.editsPerChangeMax).map { _ in edit(.makePresent(supersedes: []), of: .random()) }
    #expect(try await outcome(of: change(edits, of: signer.newName())) == [.refused(.malformed)])
    #expect(try await outcome(of: change(edits.dropLast(), of: signer.newName())) == [.taken])
    let item = RecordID.random()
    let words = Value.text(String(repeating: "a", count: Limits.textBytesMax + 1))
    let long = [
      edit(.makePresent(supersedes: []), of: item),
      edit(.assign(field: "title", value: words, supersedes: []), of: item),
    ]
    #expect(try await outcome(of: change(long, of: signer.newName())) == [.refused(.tooLarge)])
  }

  @Test("P16: records are made only in the spaces that the model gives their kind")
  func spacesOfKinds() async throws {
    let made = try change(
      [edit(.makePresent(supersedes: []), of: .random(), kind: "action")], of: signer.newName(),
      in: served.space("public"))
    #expect(try await outcome(of: made) == [.refused(.wrongSpace)])
  }

  // MARK: Answers

  @Test("P7: an answer is at most as long as the page says, though its rows are nothing but headers")
  func longestAnswer() async throws {
    let most = 32 * 1024
    let small = try TestHub(in: TemporaryFolder(), responseBytesMax: most)
    let device = try await small.joined("carer")
    let (space, author, signer) = (try small.space("cab"), try small.member("carer"), try device.signer)
    let refused = (0..<500).map { _ in
      Change(
        edits: [edit(.makePresent(supersedes: []), of: .random(), kind: "a")], space: space, replica: signer.newName(),
        previous: nil, lamport: 1, author: author, time: time, modelVersion: 1)
    }
    try small.store.write { transaction in
      let replica = Replica(rules: small.model.rules, in: transaction)
      for change in refused { try replica.take(.void(VoidEntry(of: change, reason: .unknownKind)), at: time) }
    }
    let hello = Hello(
      replica: .random(), modelVersion: small.model.version, hub: nil,
      spaces: [SpaceRequest(space: space, position: nil)])
    let answer = try await small.hub.answer(Message.encode([.hello(hello)]), signedBy: signer.key.publicKey)
    let longest = most * Limits.answerBytesMax / Limits.responseBytesMax
    #expect(answer.count <= longest && answer.count > most / 2, "\(answer.count)")
  }

  @Test("P11: header, body and remainder of a row are byte strings")
  func rowsAreByteStrings() throws {
    for name in ["page", "page-erased"] {
      var reader = CBORReader(try GoldenFolder.read(name))
      _ = try (reader.array(), reader.unsigned())
      var majors: [[UInt8]] = []
      try reader.fields { (key, reader) throws(CBORError) in
        guard key == 7 else {
          _ = try reader.item()
          return
        }
        for _ in 0..<(try reader.array()) {
          let count = try reader.array()
          var row: [UInt8] = []
          for _ in 0..<count {
            row.append(try reader.nextMajor())
            _ = try reader.item()
          }
          majors.append(row)
        }
      }
      #expect(majors == (name == "page" ? [[0, 0, 2, 2], [0, 0, 2, 7, 3]] : [[0, 0, 2, 7, 2], [0, 0, 2, 7, 2]]))
    }
  }

  @Test("P12: what a held notice carries is the plaintext, as a byte string that contains the array")
  func heldIsOpened() throws {
    var reader = CBORReader(try GoldenFolder.read("notice-held"))
    _ = try (reader.array(), reader.unsigned())
    var plaintext: [UInt8] = []
    try reader.fields { (key, reader) throws(CBORError) in
      if key == 7 { plaintext = try reader.bytes() } else { _ = try reader.item() }
    }
    var inner = CBORReader(plaintext)
    #expect(try inner.array() == 4 && inner.unsigned() == 1 && inner.text() == "left")
    #expect(try inner.bytes() == nextChange.headerBytes && inner.bytes() == nextChange.bodyBytes)
  }

  // MARK: Leaving

  /// Sends rescues with one offer, and says which the hub keeps and what became of the offer.
  private func rescue(_ sealed: [SealedChange]) async throws -> (kept: [Bool], offered: Judgement?) {
    let (id, key) = try served.store.read {
      (try HubIdentity.identity(in: $0).hub, try HubIdentity.publicKeys(in: $0).sealing)
    }
    let rescues = try sealed.map { try #require(key.seal($0.encoded)) }
    let made = try change([edit(.makePresent(supersedes: []), of: .random())], of: signer.newName())
    let hello = Hello(replica: .random(), modelVersion: served.model.version, hub: nil, spaces: [])
    let request = Message.encode(
      [.hello(hello), .offer(header: made.headerBytes, body: made.bodyBytes), .head(signer.head(of: made, for: id))]
        + rescues.map { .sealedChange($0) })
    let answer = try SignedAnswer(await served.hub.answer(request, signedBy: signer.key.publicKey)).messages
    let offered = try served.store.read { reader in try reader.row(of: made.dot, in: room) }
    return (
      rescues.map { answer.contains(.sealedChangeStored(SealedChange.digest(of: $0))) },
      offered.map { $0.entry.refusal.map { .refused($0) } ?? .taken }
    )
  }

  @Test("P5: words too long for a hub are not kept, and the rest of the request is not affected")
  func longWords() async throws {
    // A hub keeps sealed work of those who left a space.
    try served.leave("carer", "public")
    let limit = Limits.textBytesMax
    let found = try await rescue([
      .words(String(repeating: "a", count: 200_000)), .words(String(repeating: "b", count: limit)),
      .words(String(repeating: "c", count: limit + 1)), .words("d"),
    ])
    #expect(found.kept == [false, true, false, true])
    #expect(found.offered == .taken)
  }

  @Test("P6: of a redacted change, the remainder is sealed under a header with the remainder's digest")
  func sealedRemainder() async throws {
    try served.leave("carer", "public")
    let (kept, gone) = (RecordID.random(), RecordID.random())
    let whole = try change(
      [kept, gone].map { edit(.makePresent(supersedes: []), of: $0) }, of: signer.newName())
    let remainder = try #require(LogEntry.change(whole).redacting([gone]).remainder)
    #expect(remainder.records == [kept] && remainder.dot == whole.dot && remainder.digest != whole.digest)
    #expect(try await rescue([SealedChange(remainder, .left)]).kept == [true])
    #expect(try served.store.read { try Directory($0).proposals().map(\.content) } == [.change(remainder)])
  }

  @Test("P13: after revoke, the session ends by itself once everything is kept and cleared, and so does the next")
  func stopsAfterRevoke() async throws {
    let lost = try await served.joined("chair")
    for number in 1...3 { try lost.add("Never sent \(number)", space: "cab") }
    try served.revoke(lost)
    let before = lost.transport.sent.count
    #expect(try await lost.send().outcome.counts.sealedStored == 3)
    #expect(lost.transport.sent.count - before <= 3)
    #expect(try served.summary(of: lost).cleared != nil)
  }

  // MARK: What a change names

  /// The last change of a device's own log.
  private func last(of device: TestDevice) throws -> Change {
    let space = try device.space("cab")
    let rows = try device.store.read { try $0.rows(after: 0, in: space, bytesMax: .max) }
    guard case .change(let change)? = rows.last?.entry else { throw SyncFailure.nonsense("no change") }
    return change
  }

  @Test("P14: a delete has seen what unsent changes superseded, and an exist supersedes what an unsent exist did")
  func extendedDots() async throws {
    let device = try await served.joined("note taker")
    let id = try device.copy.add(kind: "agenda_item", [.text(field: "title", "A")], space: "cab").id
    let made = try last(of: device).dot
    try await device.send()
    try device.set(id, "title", "B")
    let second = try last(of: device).dot
    _ = try device.copy.remove(id.description)
    let delete = try last(of: device)
    guard case .delete(let superseded, let seen)? = delete.edits.first?.operation else { return #expect(Bool(false)) }
    #expect(superseded == DotSet([made]))
    #expect(seen == DotSet([made, second]), "the title that B superseded has left no dot")
    _ = try device.copy.restore(id.description)
    guard case .makePresent(let restored)? = try last(of: device).edits.first?.operation else {
      return #expect(Bool(false))
    }
    #expect(restored.contains(delete.dot) && restored.contains(made))
  }

  // MARK: Reading

  @Test("P9: of two kinds, the lesser is that whose bytes come first, in either order")
  func lesserKind() throws {
    for kinds in [["b", "aa"], ["aa", "b"]] {
      var state = RecordState(kind: kinds[0])
      for (number, kind) in kinds.enumerated() {
        state.merge(
          Edit(record: record, kind: kind, operation: .makePresent(supersedes: [])),
          by: stamp(replica, UInt64(number + 1), lamport: 1))
      }
      #expect(state.kind == "aa")
    }
  }

  @Test(
    "P15: the sum of a counter is exact whatever it passes on the way, and the nearest integer beyond the range",
    arguments: [
      ([.max, .max, .min, .min], -2), ([.min, .max, .min, .max], -2), ([.max, 1], .max), ([.min, -1], .min),
      ([.max, 1, -1], .max),
    ] as [([Int64], Int64)])
  func sums(amounts: [Int64], total: Int64) {
    let state = merged(
      kind: "event",
      after: amounts.enumerated().map { number, amount in
        ([.count(field: "places", amount: amount)], stamp(replica, UInt64(number + 1), lamport: UInt64(number + 1)))
      })
    #expect(state.shown("places", by: FieldRules(.counter, type: .integer)) == .integer(total))
  }
}
