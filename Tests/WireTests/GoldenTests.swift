// The bytes of every format, as files. From release 1.0 on, what was written once must be read, and written, for ever.
// Until then a golden changes with its format: remove the file, and UPDATE_GOLDEN=1 writes those that are not there.

import Cryptography
import PartnerExchange
import Replication
import SyncProtocol
import Testing

/// Anything that has bytes on the wire or in a digest.
enum Golden: Equatable {
  case request([Message])
  /// The hub's, to the request that is a first hello.
  case answer([Message])
  case message(Message)
  case edit(Edit)
  case value(Value)
  case header(Header)
  /// Header and body, one after the other.
  case change(Change)
  case state(RecordState)
  case turn(Turn)
  /// The hub's, to `knownTurn`.
  case turnReply(TurnReply)
  case agreement(Agreement)
  case ending(Ending)
  case certificate(Certificate)

  var encoded: [UInt8] {
    switch self {
    case .request(let messages): Message.encode(messages)
    case .answer(let messages):
      SignedAnswer.encode(
        messages, by: knownKey, of: hub, to: Message.encode([Self.firstHello]), from: deviceKey.publicKey)
    case .message(let message): Message.encode([message])
    case .edit(let edit): cbor { edit.encode(into: &$0) }
    case .value(let value): value.canonicalBytes
    case .header(let header): header.encoded
    case .change(let change): change.headerBytes + change.bodyBytes
    case .state(let state): state.encoded
    case .turn(let turn): turn.encoded
    case .turnReply(let reply): reply.encoded(by: knownKey, to: knownTurn, from: deviceKey.publicKey)
    case .agreement(let agreement): agreement.encoded
    case .ending(let ending): cbor { ending.encode(into: &$0) }
    case .certificate(let certificate): cbor { certificate.encode(into: &$0) }
    }
  }

  /// Reads bytes as the same kind of thing.
  func decode(_ bytes: [UInt8]) throws -> Golden {
    var reader = CBORReader(bytes)
    defer { #expect(reader.isAtEnd) }
    switch self {
    case .request:
      reader = CBORReader([])
      return .request(try Message.decode(bytes))
    case .answer:
      reader = CBORReader([])
      return .answer(try SignedAnswer(bytes).messages)
    case .message:
      reader = CBORReader([])
      let messages = try Message.decode(bytes)
      try #require(messages.count == 1)
      return .message(messages[0])
    case .edit: return .edit(try Edit(from: &reader))
    case .value: return .value(try Value(from: &reader))
    case .header: return .header(try Header(decoding: try reader.item()))
    case .change:
      return .change(try Change(headerBytes: try reader.item(), bodyBytes: try reader.item()))
    case .state: return .state(try RecordState(decoding: try reader.item()))
    case .turn: return .turn(try Turn(decoding: try reader.item()))
    case .turnReply:
      let reply = TurnReply(
        decoding: try reader.item(), signedBy: knownKey.publicKey, to: knownTurn, from: deviceKey.publicKey)
      return .turnReply(try #require(reply))
    case .agreement: return .agreement(try Agreement(decoding: try reader.item()))
    case .ending: return .ending(try Ending(from: &reader))
    case .certificate: return .certificate(try Certificate(from: &reader))
    }
  }

  /// File name → what its bytes mean.
  static let all: [String: Golden] = {
    let parts: [[String: Golden]] = [messages, verdicts, notices, edits, values, changes, partners]
    return parts.reduce(into: [:]) { all, part in all.merge(part) { _, _ in preconditionFailure("one name twice") } }
  }()

  private static let hello = Message.hello(
    Hello(
      replica: replica, modelVersion: 1, hub: hub,
      spaces: [
        SpaceRequest(space: space, position: ReadPosition(300, digest(0x30))),
        SpaceRequest(space: otherSpace, position: ReadPosition(0, LogPlace.start(of: otherSpace))),
      ]))

  static let firstHello = Message.hello(
    Hello(replica: replica, modelVersion: 0, hub: nil, spaces: [SpaceRequest(space: space, position: nil)]))

  private static let offer = Message.offer(header: firstChange.headerBytes, body: firstChange.bodyBytes)

  private static let partners: [String: Golden] = [
    "turn-begin": .turn(.begin(introduction, to: otherHub, nonce: (1...16).map { $0 })),
    "turn-answer": .turn(.answer([0x00, 0xff])),
    "turn-reply": .turnReply(TurnReply(request: [0x00, 0xff], introduction: introduction)),
    "turn-reply-last": .turnReply(TurnReply(request: nil, introduction: introduction)),
    "turn-reply-failed": .turnReply(TurnReply(request: nil, introduction: introduction, isFailed: true)),
    "agreement": .agreement(knownAgreement),
    "agreement-ending": .ending(knownEnding),
    "agreement-certificate": .certificate(
      Certificate(
        of: knownAgreement.digest, by: hub, at: time, done: .delete, records: 140, held: digest(0x30), waiting: 3,
        signedWith: knownKey)),
  ]

  private static let messages: [String: Golden] = [
    "request": .request([hello, offer, .offer(header: nextChange.headerBytes, body: nextChange.bodyBytes)]),
    "hello": .message(hello),
    "hello-first": .message(firstHello),
    "hello-nowhere": .message(.hello(Hello(replica: replica, modelVersion: 1, hub: hub, spaces: []))),
    "offer": .message(offer),
    "head": .message(.head(nextHead)),
    "segment": .message(.segment(segment(.entry(firstEntry), .entry(nextVoid)))),
    "segment-erased": .message(.segment(segment(.entry(nothingLeft), .entry(oneEditLeft)))),
    "segment-stubs": .message(
      .segment(
        segment(
          .stub(firstChange.digest, refusedFor: nil), .stub(nextChange.digest, refusedFor: .unknownField)))),
    "request-proved": .request([
      hello, .segment(segment(.stub(firstChange.digest, refusedFor: nil), .entry(nextEntry))), offer, .head(nextHead),
    ]),
    "hello-unsent": .message(
      .hello(Hello(replica: replica, modelVersion: 1, hub: hub, spaces: [], unsent: 300, role: "chair"))),
    "hello-held": .message(
      .hello(Hello(replica: replica, modelVersion: 1, hub: hub, spaces: [], knownProposals: [record, otherRecord]))),
    "hello-capable": .message(
      .hello(Hello(replica: replica, modelVersion: 1, hub: hub, spaces: [], capabilities: ["later", "sooner"]))),
    "hello-narrow": .message(
      .hello(Hello(replica: replica, modelVersion: 1, hub: hub, spaces: [], answerBytesMax: 262_144))),
    "hello-nonce": .message(
      .hello(
        {
          var hello = Hello(replica: replica, modelVersion: 1, hub: hub, spaces: [])
          hello.nonce = (1...16).map { $0 }
          return hello
        }())),
    "answer": .message(.proposalAnswer(record, true)),
    "rescue": .message(.sealedChange([0x00, 0xff])),
    "cleared-spaces": .message(.cleared(.spaces([space, otherSpace]))),
    "cleared-everything": .message(.cleared(.everything)),
    "kept": .message(.sealedChangeStored(digest(0x02))),
    "welcome-capable": .message(
      .welcome(Welcome(hub: hub, epoch: epoch, time: time, modelVersion: 1, capabilities: ["later"]))),
    "welcome": .message(.welcome(Welcome(hub: hub, epoch: epoch, time: time, modelVersion: 1))),
    "welcome-safe": .message(
      .welcome(
        Welcome(
          hub: hub, epoch: epoch, time: time, modelVersion: 1,
          safeTime: Timestamp(milliseconds: time.milliseconds - 2_592_000_000)))),
    "page": .message(.page(page(firstEntry, nextVoid))),
    "page-checkpoints": .message(.page(page(firstEntry, nextEntry, isSignedWithin: true))),
    "page-erased": .message(.page(page(nothingLeft, oneEditLeft))),
    "page-held": .message(
      .page(page(held: [Page.HeldRun(position: 4, time: time, count: 2, first: firstChange.dot)]))),
    "page-empty": .message(
      .page(
        Page(
          space: space, epoch: epoch, from: 0, to: 0, lastPosition: 0, digest: LogPlace.start(of: space), rows: [],
          checkpoints: []))),
    "cursor-unknown": .message(
      .cursorUnknown(
        space,
        [
          ReadPosition(0, LogPlace.start(of: space)), ReadPosition(1, digest(0x01)), ReadPosition(3, digest(0x30)),
          ReadPosition(4, digest(0x04)),
        ])),
    "cursor-unknown-empty-log": .message(.cursorUnknown(space, [ReadPosition(0, LogPlace.start(of: space))])),
    "bodies": .message(
      .bodies(
        BodyNews(
          space: space, number: 3, wanted: [Dot(replica, 1)],
          arrived: [BodyNews.Body(headerBytes: firstChange.headerBytes, bodyBytes: firstChange.bodyBytes)]))),
    "ticket": .message(
      .ticket(
        Ticket(
          hub: hub, epoch: epoch, number: 12, member: author, memberName: "Café",
          readings: [
            Ticket.Reading(space: space, name: "public", role: "member"),
            Ticket.Reading(space: otherSpace, name: "Café", role: "note-taker"),
          ], device: knownKey.publicKey, signedBy: knownKey))),
    "hello-heard": .message(
      .hello(
        Hello(
          replica: replica, modelVersion: 1, hub: hub,
          spaces: [SpaceRequest(space: space, position: nil, bodyNews: BodyNewsPosition(epoch: epoch, number: 3))]))),
    "segment-late": .message(
      .segment(
        LogSegment(
          space: space, epoch: epoch, from: 3, start: digest(0x30),
          rows: [LogSegment.Row(time: time, content: .entry(firstEntry))], signature: signature(at: places()[0]),
          names: [LogSegment.Name(Dot(otherReplica, 1), digest(0x07))]))),
    "answer-signed": .answer([.welcome(Welcome(hub: hub, epoch: epoch, time: time, modelVersion: 1))]),
  ]

  private static let verdicts: [String: Golden] = [
    "verdict-recorded": verdict(.recorded),
    "verdict-missing": verdict(.missing([Dot(replica, 1), Dot(otherReplica, 256)])),
    "verdict-forked": verdict(.forked(at: 1)),
    "verdict-later": verdict(.later),
  ]

  private static func verdict(_ outcome: Verdict.Outcome) -> Golden {
    .message(.verdict(Verdict(space: space, dot: Dot(replica, 2), outcome: outcome)))
  }

  private static let notices: [String: Golden] = [
    "notice-enter": .message(.notice(.enter(otherSpace, name: "Café"))),
    "notice-leave": .message(.notice(.leave(otherSpace))),
    "notice-held": .message(.notice(.proposal(record, SealedChange(nextChange, .left)))),
    "notice-held-words": .message(.notice(.proposal(record, .words("Café, half")))),
    "notice-settled": .message(.notice(.proposalClosed(record))),
    "notice-restrict": .message(.notice(.restrict(role: "note-taker"))),
    "notice-restoring": .message(.notice(.restoring)),
    "notice-revoke": .message(.notice(.revoke(time))),
    "notice-forgotten": .message(.notice(.forgotten)),
    "notice-allowance": .message(
      .notice(.allowance(AllowanceUse(.bytes, used: 60_000_000, most: 67_108_864, renewal: time)))),
    "notice-allowance-space": .message(
      .notice(.allowance(AllowanceUse(.space(otherSpace), used: 4_294_967_296, most: 4_294_967_296, renewal: nil)))),
    "notice-schema": .message(.notice(.schema(version: 2, text: "version: 2\n"))),
  ]

  private static let edits: [String: Golden] = [
    "edit-assign": edit(.assign(field: "title", value: .text("Open day"), supersedes: [])),
    "edit-assign-superseding": edit(
      .assign(field: "title", value: .text("Open day"), supersedes: [Dot(replica, 1), Dot(otherReplica, 4)])),
    "edit-assign-group": edit(
      .assign(field: "starts", value: .map(["starts": .text("2026-12-10"), "ends": .null]), supersedes: [])),
    "edit-add": edit(.add(field: "topics", element: .text("sleep"), supersedes: [])),
    "edit-add-again": edit(.add(field: "topics", element: .text("sleep"), supersedes: [Dot(replica, 3)])),
    "edit-remove": edit(.remove(field: "topics", element: .text("sleep"), supersedes: [Dot(replica, 3)])),
    "edit-count": edit(.count(field: "places", amount: -3)),
    "edit-append": edit(.append(field: "log", entry: .text("moved to the hall"))),
    "edit-create": edit(.makePresent(supersedes: [])),
    "edit-restore": edit(.makePresent(supersedes: [Dot(replica, 5)])),
    "edit-delete": edit(
      .delete(supersedes: [Dot(replica, 1)], seen: [Dot(replica, 1), Dot(replica, 2), Dot(otherReplica, 4)])),
    "edit-delete-empty": edit(.delete(supersedes: [Dot(replica, 1)], seen: [])),
    "edit-erase": edit(.erase),
  ]

  private static func edit(_ operation: Operation) -> Golden {
    .edit(Edit(record: record, kind: "event", operation: operation))
  }

  private static let values: [String: Golden] = [
    "value-null": .value(.null),
    "value-false": .value(.bool(false)),
    "value-true": .value(.bool(true)),
    "value-integers": .value(
      .list([0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_296, .max, -1, -24, -25, .min].map { .integer($0) })),
    "value-text": .value(.text("Dolgellau — caffè ☕")),
    "value-text-empty": .value(.text("")),
    "value-bytes": .value(.bytes([0x00, 0xff])),
    "value-link": .value(.link(otherRecord)),
    "value-list": .value(.list([.text("a"), .list([.bool(true)]), .null])),
    "value-map": .value(.map(["b": .integer(1), "aa": .integer(2), "é": .map([:]), "": .null])),
    "value-unknown-float": .value(.unknown([0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a])),
    "value-unknown-tag": .value(.unknown([0xc1, 0x1a, 0x65, 0x53, 0xf1, 0x00])),
    "value-unknown-integer": .value(.unknown([0x1b] + [UInt8](repeating: 0xff, count: 8))),
    "value-unknown-map": .value(.unknown([0xa1, 0x01, 0x02])),
  ]

  private static let changes: [String: Golden] = [
    "header-first": .header(firstChange.header),
    "header-next": .header(nextChange.header),
    "change-first": .change(firstChange),
    "change-next": .change(nextChange),
    "state-first": .state(
      merged(kind: "event", after: [(firstChange.edits.map(\.operation), firstChange.header.stamp)])),
    "state-every-part": .state(
      merged(
        kind: "event",
        after: [
          ([.makePresent(supersedes: [])], stamp(replica, 1, lamport: 1)),
          ([.assign(field: "title", value: .text("B"), supersedes: [])], stamp(otherReplica, 1, lamport: 2)),
          ([.assign(field: "title", value: .text("A"), supersedes: [])], stamp(replica, 2, lamport: 2)),
          ([.add(field: "topics", element: .text("sleep"), supersedes: [])], stamp(replica, 3, lamport: 3)),
          ([.add(field: "topics", element: .text("sleep"), supersedes: [])], stamp(otherReplica, 2, lamport: 3)),
          ([.add(field: "topics", element: .text("age"), supersedes: [])], stamp(otherReplica, 3, lamport: 4)),
          ([.count(field: "places", amount: -3)], stamp(replica, 4, lamport: 4)),
          ([.append(field: "log", entry: .text("moved"))], stamp(replica, 5, lamport: 5)),
          (
            [.delete(supersedes: [Dot(replica, 1)], seen: [Dot(replica, 2), Dot(replica, 3)])],
            stamp(otherReplica, 4, lamport: 5)
          ),
          ([.makePresent(supersedes: [Dot(replica, 1)])], stamp(replica, 6, lamport: 6)),
        ])),
    "state-lesser-kind": .state(
      {
        var state = RecordState(kind: "b")
        state.merge(
          Edit(record: record, kind: "b", operation: .makePresent(supersedes: [])), by: stamp(replica, 1, lamport: 1))
        state.merge(
          Edit(record: record, kind: "aa", operation: .makePresent(supersedes: [])),
          by: stamp(otherReplica, 1, lamport: 1))
        return state
      }()),
    "state-deleted-empty": .state(
      merged(
        kind: "event",
        after: [
          ([.makePresent(supersedes: [])], stamp(replica, 1, lamport: 1)),
          ([.delete(supersedes: [Dot(replica, 1)], seen: [])], stamp(replica, 2, lamport: 2)),
        ])),
    "state-erased": .state(
      merged(
        kind: "event",
        after: [
          ([.makePresent(supersedes: [])], stamp(replica, 1, lamport: 1)),
          ([.assign(field: "title", value: .text("A"), supersedes: [])], stamp(replica, 1, lamport: 1)),
          ([.erase], stamp(otherReplica, 1, lamport: 2)),
          ([.erase], stamp(replica, 2, lamport: 2)),
        ])),
  ]
}

@Suite("Golden files")
struct GoldenTests {
  @Test(
    "released bytes are read as what they meant, and written the same",
    arguments: Golden.all.keys.sorted())
  func golden(_ name: String) throws {
    let expected = try #require(Golden.all[name])
    if GoldenFolder.takesNewFiles, !GoldenFolder.names().contains(name) {
      try GoldenFolder.write(expected.encoded, to: name)
    }
    let bytes = try GoldenFolder.read(name)
    #expect(try expected.decode(bytes) == expected)
    #expect(hex(expected.encoded) == hex(bytes))
  }

  @Test("every golden file is tested")
  func everyFileHasACase() {
    #expect(GoldenFolder.names() == Golden.all.keys.sorted())
  }

  @Test("every message, verdict, notice, operation and type of value has a golden file")
  func everyCaseHasAFile() {
    var seen: Set<WireCase> = []
    for golden in Golden.all.values { seen.formUnion(WireCase.cases(in: golden)) }
    #expect(Set(WireCase.allCases).subtracting(seen) == [])
  }
}
