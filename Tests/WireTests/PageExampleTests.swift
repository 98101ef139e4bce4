// The worked example of Docs/wire.md, sent byte for byte to the hub that it names.

import Cryptography
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("The example of the wire page")
struct PageExampleTests {
  private let served: TestHub
  private let examples: [String: [UInt8]]

  /// The hub of the page: its id, keys, epoch, clock and one space, and the member whose device has joined.
  init() throws {
    let clock = ManualClock(milliseconds: time.milliseconds)
    served = try TestHub(clock: clock)
    examples = try WirePage.examples()
    try served.store.write { transaction in
      try transaction.set("hub/id", to: hub.bytes)
      try transaction.set("hub/epoch", to: epoch.bytes)
      try transaction.set("hub/key", to: knownKey.seed)
      try transaction.put(Space(id: space, name: "public"))
      let member = Principal(member: author, name: "Carer", role: "member", spaces: [], left: [])
      let code = try Directory.invite(
        Invitee(member), role: "member", spaces: [space], now: clock.read(), transaction
      ).code
      #expect(try Directory.join(code: code, key: deviceKey.publicKey, now: clock.read(), transaction) != nil)
    }
  }

  private func example(_ name: String) throws -> [UInt8] { try #require(examples[name]) }

  /// The hub's answer to a request of the page's device, checked as 7.8 says.
  private func answer(to request: [UInt8]) async throws -> [Message] {
    let answer = try SignedAnswer(await served.hub.answer(request, signedBy: deviceKey.publicKey))
    #expect(answer.isSigned(by: knownKey.publicKey, of: hub, to: request, from: deviceKey.publicKey))
    return answer.messages
  }

  /// Expects the one page of an answer to end where the page says that the log ends after the change.
  private func expectArrived(_ messages: [Message]) throws -> Page {
    let pages = messages.compactMap { if case .page(let page) = $0 { page } else { nil } }
    let page = try #require(pages.first)
    #expect(pages.count == 1 && page.to == 1 && page.lastPosition == 1)
    #expect(hex(page.digest.bytes) == hex(try example("log-first")))
    #expect(try served.store.read { try spaceDigest(of: space, in: $0).bytes } == example("space-digest"))
    return page
  }

  @Test("P1: the request of the page's example, sent as it stands, is recorded at first contact")
  func firstContact() async throws {
    let messages = try await answer(to: example("request"))
    guard case .welcome(let welcome)? = messages.first else { return #expect(Bool(false), "no welcome") }
    #expect(welcome.hub == hub && welcome.epoch == epoch)
    #expect(
      messages.contains(.verdict(Verdict(space: space, dot: Dot(replica, 1), outcome: .recorded))), "\(messages)")
    let page = try expectArrived(messages)
    #expect(page.checkpoints.map(\.position) == [1])
    #expect(try hex(page.checkpoints[0].signature) == hex(example("checkpoint-signature")))
    #expect(page.rows.isEmpty)
    #expect(page.held == [Page.HeldRun(position: 1, time: time, count: 1, first: Dot(replica, 1))])
  }

  @Test("P1: the segment of the page's example brings the row back to a hub with an empty log")
  func segment() async throws {
    // The hub lost the row by going back to a backup, so it is in another epoch.
    try served.store.write { try $0.set("hub/epoch", to: otherEpoch.bytes) }
    let hello = Message.encode([.hello(Golden.firstHello(of: space))])
    let page = try expectArrived(await answer(to: hello + example("segment")))
    let checkpoint = Checkpoint(hub: hub, epoch: otherEpoch, space: space, position: 1, digest: page.digest)
    #expect(page.checkpoints.map(\.position) == [1] && page.epoch == otherEpoch)
    #expect(checkpoint.isSigned(with: page.checkpoints[0].signature, by: knownKey.publicKey))
    #expect(page.rows.map(\.entry) == [firstEntry] && page.rows.map(\.time) == [time])
  }
}

extension Golden {
  /// The hello of the page's example.
  fileprivate static func firstHello(of space: SpaceID) -> Hello {
    Hello(replica: replica, modelVersion: 0, hub: nil, spaces: [SpaceRequest(space: space, position: nil)])
  }
}
