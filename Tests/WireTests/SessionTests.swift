// What a device makes of an answer: whole and sensible, or nothing of it counts, and the name of the failure says why.

import Replication
import SyncProtocol
import Testing

@Suite("Answers of a hub")
struct SessionTests {
  @Test("an incomplete or senseless answer changes nothing, and its fault has a name", arguments: Answer.bad)
  func failures(_ answer: Answer) throws {
    var session = asked()
    #expect(throws: answer.failure) { try session.receive(answer.messages) }
  }

  @Test("a whole answer becomes steps in the order it was sent")
  func steps() throws {
    var session = asked()
    let verdict = Verdict(space: space, dot: nextChange.dot, outcome: .recorded)
    let positions = [ReadPosition(0, LogPlace.start(of: space))]
    let notice = Notice.enter(id(0x77), name: "new")
    let steps = try session.receive([
      .welcome(welcome()), .notice(notice), .verdict(verdict), .cursorUnknown(space, positions),
      .page(page(of: otherSpace, from: 0)),
    ])
    #expect(
      steps == [
        .remember(welcome()), .notice(notice), .verdict(verdict), .realign(space, positions),
        .apply(page(of: otherSpace, from: 0)), .allowances([]),
      ])
  }

  @Test("what an answer says of allowances takes the place of what was said before, if something was offered")
  func allowances() throws {
    let full = AllowanceUse(.bytes, used: 2, most: 2, renewal: Timestamp(milliseconds: 1))
    let here = AllowanceUse(.space(space), used: 1, most: 1, renewal: nil)
    var session = asked()
    let steps = try session.receive([.welcome(welcome()), .notice(.allowance(full)), .notice(.allowance(here))])
    #expect(steps.contains(.allowances([full, here])))
    for (told, what) in [
      ([here, here], "twice"), ([AllowanceUse(.space(id(0x77)), used: 1, most: 1, renewal: nil)], ""),
    ] {
      var session = asked()
      #expect(throws: SyncFailure.self, "\(what)") {
        try session.receive([.welcome(welcome())] + told.map { .notice(.allowance($0)) })
      }
    }
    var asking = SyncSession(modelVersion: 1, hub: nil)
    _ = asking.request([SpaceSyncState(space: space, position: nil)], as: replica)
    let nothing = try asking.receive([.welcome(welcome()), .page(page(of: space, from: 0))])
    #expect(!nothing.contains(.allowances([])))
  }

  @Test("an answer without verdicts on what was offered is whole: the offers stay")
  func verdictsMayBeLacking() throws {
    var session = asked()
    // And it says nothing of the spaces asked for.
    #expect(
      try session.receive([.welcome(welcome())]) == [
        .remember(welcome()), .allowances([]), .unknownSpace(space), .unknownSpace(otherSpace),
      ])
  }

  @Test("an answer is handled once")
  func onceOnly() throws {
    var session = asked()
    _ = try session.receive([.welcome(welcome())])
    #expect(throws: SyncFailure.nonsense("an answer to no question")) {
      try session.receive([.welcome(welcome())])
    }
  }

  @Test("after a bad answer the same request is made again")
  func againAfterFailure() throws {
    var session = asked()
    #expect(throws: SyncFailure.notAHub) { try session.receive([]) }
    #expect(session.request(spaceStates, as: replica) == request)
  }

  @Test("the first hub that answers is the one this copy keeps to")
  func firstHubIsKept() throws {
    var session = SyncSession(modelVersion: 1, hub: nil)
    _ = session.request([], as: replica)
    _ = try session.receive([.welcome(welcome())])
    let hello = Hello(replica: replica, modelVersion: 1, hub: hub, spaces: [])
    #expect(session.request([], as: replica) == [.hello(hello)])
  }

  @Test("a copy sends its position where it has one, and its outbox in log order with what attests it")
  func requests() {
    var session = SyncSession(modelVersion: 1, hub: hub)
    #expect(session.request(spaceStates, as: replica) == request)
  }

  @Test("what the hub lacks of its log is brought before anything new of any space")
  func bringing() {
    var session = SyncSession(modelVersion: 1, hub: hub)
    let lost = [segment(.entry(firstEntry), .entry(nextEntry)), segment(.entry(firstEntry), .entry(nextVoid))]
    let lacking = SpaceSyncState(space: otherSpace, position: nil, segments: lost)
    #expect(
      session.request([spaceStates[0], lacking], as: replica)
        == request.prefix(1) + lost.map { .segment($0) } + request.dropFirst())
  }

  @Test("a chain whose next change must wait is remembered for the rest of the session")
  func stalledChain() {
    var session = asked()
    let chain = Chain(space, .random())
    var outcome = SyncOutcome()
    outcome.progress.stalled = [chain]
    session.note(outcome)
    session.note(SyncOutcome())
    #expect(session.stalled == [chain])
  }
}

/// A bad answer to `request`.
struct Answer: CustomTestStringConvertible {
  let what: String
  let failure: SyncFailure
  let messages: [Message]

  init(_ what: String, _ failure: SyncFailure, _ messages: [Message]) {
    self.what = what
    self.failure = failure
    self.messages = messages
  }

  /// An answer that would be whole but for its content.
  init(_ what: String, nonsense: String, _ content: [Message]) {
    self.init(what, .nonsense(nonsense), [.welcome(welcome())] + content)
  }

  var testDescription: String { what }

  static let bad: [Answer] = [
    Answer("nothing", .notAHub, []),
    Answer("no welcome", .notAHub, [.page(page(of: space, from: 1))]),
    Answer("the request itself", .notAHub, request),
    Answer("another hub", .wrongHub(otherHub), [.welcome(welcome(hub: otherHub))]),
    Answer("another protocol", .programTooOld, [.welcome(welcome(protocolVersion: 2))]),
    Answer("an older protocol", .programTooOld, [.welcome(welcome(protocolVersion: 0))]),
    Answer(
      "a verdict on what was not offered", nonsense: "a verdict on what was not offered",
      [verdict(space, firstChange.dot)]),
    Answer(
      "a verdict in another space", nonsense: "a verdict on what was not offered",
      [verdict(otherSpace, nextChange.dot)]),
    Answer(
      "two verdicts on one offer", nonsense: "a verdict on what was not offered",
      [verdict(space, nextChange.dot), verdict(space, nextChange.dot)]),
    Answer(
      "a page of a space not asked about", nonsense: "a page of a space not asked for",
      [.page(page(of: id(0x77), from: 0))]),
    Answer(
      "a page that leaves a gap", nonsense: "a page that does not follow the cursor",
      [.page(page(of: space, from: 2))]),
    Answer(
      "a page that leaves a gap where nothing was read", nonsense: "a page that does not follow the cursor",
      [.page(page(of: otherSpace, from: 1))]),
    Answer(
      "a page of another epoch", nonsense: "a page that does not follow the cursor",
      [.page(page(of: space, from: 1, epoch: otherEpoch))]),
    Answer(
      "an unknown cursor where none was sent", nonsense: "an unknown cursor where none was sent",
      [.cursorUnknown(otherSpace, [ReadPosition(0, LogPlace.start(of: otherSpace))])]),
    Answer(
      "an unknown cursor and a page of one space", nonsense: "a page of a space not asked for",
      [.cursorUnknown(space, [ReadPosition(0, LogPlace.start(of: space))]), .page(page(of: space, from: 1))]),
    Answer(
      "an unknown cursor of a space not asked about", nonsense: "an unknown cursor where none was sent",
      [.cursorUnknown(id(0x77), [ReadPosition(0, LogPlace.start(of: id(0x77)))])]),
    Answer("two welcomes", nonsense: "a message out of place", [.welcome(welcome())]),
    Answer("a hello", nonsense: "a message out of place", [request[0]]),
    Answer("an offer", nonsense: "a message out of place", [request[1]]),
    Answer("a head", nonsense: "a message out of place", [.head(nextHead)]),
    Answer("a segment", nonsense: "a message out of place", [.segment(segment(.entry(firstEntry), .entry(nextEntry)))]),
  ]
}

/// One space read to position 1, with a change to offer; another never read.
private let spaceStates = [
  SpaceSyncState(
    space: space, position: ReadPosition(1, digest(0x30)), outbox: [nextChange], heads: [nextHead]),
  SpaceSyncState(space: otherSpace, position: nil),
]

/// What a copy that stands so sends.
private let request: [Message] = [
  .hello(
    Hello(
      replica: replica, modelVersion: 1, hub: hub,
      spaces: [
        SpaceRequest(space: space, position: ReadPosition(1, digest(0x30))),
        SpaceRequest(space: otherSpace, position: nil),
      ])),
  .offer(header: nextChange.headerBytes, body: nextChange.bodyBytes),
  .head(nextHead),
]

/// A session that has made `request`.
private func asked() -> SyncSession {
  var session = SyncSession(modelVersion: 1, hub: hub)
  _ = session.request(spaceStates, as: replica)
  return session
}

func welcome(protocolVersion: UInt64 = 1, hub: HubID = hub) -> Welcome {
  Welcome(protocolVersion: protocolVersion, hub: hub, epoch: epoch, time: time, modelVersion: 1)
}

private func verdict(_ space: SpaceID, _ dot: Dot) -> Message {
  .verdict(Verdict(space: space, dot: dot, outcome: .recorded))
}

private func page(of space: SpaceID, from: UInt64, epoch: EpochID = epoch) -> Page {
  Page(
    space: space, epoch: epoch, from: from, to: from + 1, lastPosition: 9, digest: digest(1), rows: [],
    checkpoints: [Page.SignedPosition(position: from + 1, signature: [UInt8](repeating: 0, count: 64))])
}
