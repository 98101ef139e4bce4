// Somebody answers in the hub's place, and lacks only its key. Nothing they say does anything to a copy.

import ClientCore
import Cryptography
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import Synchronization
import TestKit
import Testing

/// Messages that no hub sent, about a space of the copy.
private let untruths: [(name: String, messages: @Sendable (SpaceID) -> [Message])] = [
  ("the device was revoked", { _ in [.notice(.revoke(Timestamp(milliseconds: 1)))] }),
  ("the member has left", { [.notice(.leave($0))] }),
  ("300 spaces", { _ in (0..<300).map { .notice(.enter(.random(), name: "space \($0)")) } }),
  ("another role", { _ in [.notice(.restrict(role: "chair"))] }),
  ("another model", { _ in [.notice(.schema(version: 1 << 52, text: "version: 1"))] }),
  ("the hub is restored, and knows nobody", { _ in [.notice(.forgotten), .notice(.restoring)] }),
  ("the log goes on differently", { [.cursorUnknown($0, [ReadPosition(0, LogPlace.start(of: $0))])] }),
]

@Suite("A wrong hub")
struct WrongHubTests {
  /// The hub's answers, altered, and signed with a key that is not the hub's.
  private final class WrongHub: HubTransport {
    let key = SigningKey()
    private let hub: LoopbackTransport
    private let hubID: HubID
    private let alter: @Sendable ([Message], _ request: [Message]) -> [Message]

    init(_ device: TestDevice, _ alter: @escaping @Sendable ([Message], [Message]) -> [Message]) throws {
      hub = device.transport
      hubID = try device.copy.membership().hub
      self.alter = alter
    }

    func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply {
      try await hub.join(at: place, code: code, key: key)
    }

    func sync(
      at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
    ) async throws(TransportError) -> [UInt8] {
      let answer = try await hub.sync(at: place, key: key, showing: ticket, request: request)
      do {
        let messages = alter(try SignedAnswer(answer).messages, try Message.decode(request))
        return SignedAnswer.encode(messages, by: self.key, of: hubID, to: request, from: key.publicKey)
      } catch { throw .notAHub }
    }

    func wait(_ duration: Duration) async {}
  }

  private static let unsigned = SyncProblem.session(.nonsense("an answer that the hub did not sign"))

  private let hub: TestHub

  init() throws { hub = try TestHub() }

  /// A member with a record that the hub has, and one that it lacks.
  private func carer() async throws -> TestDevice {
    let carer = try await hub.joined("carer")
    try carer.add("Tea")
    try await carer.send()
    try carer.add("Cake")
    return carer
  }

  @Test("whatever a wrong hub says, nothing is removed, added or given away", arguments: untruths.indices)
  func lies(_ number: Int) async throws {
    let carer = try await carer()
    let space = try carer.space("public")
    let titles = try carer.titles
    let wrong = try WrongHub(carer) { answer, _ in [answer[0]] + untruths[number].messages(space) }
    let report = try await carer.copy.sync(over: wrong)
    #expect(report.problem == Self.unsigned, "\(untruths[number].name)")
    #expect(report.unsent == 1 && report.hubTime == nil)
    #expect(try carer.titles == titles)
    #expect(try carer.store.read { try $0.settings() }["revoked"] == nil)
    #expect(try await carer.send().unsent == 0)
    #expect(try hub.differences(from: [carer]).isEmpty)
  }

  @Test("work that was sealed stays until the hub itself says that it has it")
  func receipt() async throws {
    let carer = try await carer()
    try hub.leave("carer", "public")
    carer.transport.next(nil, .requestLost)
    try await carer.send()
    let wrong = try WrongHub(carer) { answer, request in
      [answer[0]]
        + request.compactMap {
          if case .sealedChange(let bytes) = $0 { .sealedChangeStored(SealedChange.digest(of: bytes)) } else { nil }
        }
    }
    #expect(try await carer.copy.sync(over: wrong).problem == Self.unsigned)
    try await carer.send()
    let sent = try carer.transport.sent.suffix(2).map { try Message.decode($0) }
    #expect(sent.contains { $0.contains { if case .sealedChange = $0 { true } else { false } } })
    #expect(try hub.proposals().count == 1)
  }

  @Test("an answer of the hub itself to an earlier request is not believed, though nothing has changed since")
  func earlierAnswer() async throws {
    let carer = try await carer()
    try await carer.send()
    let replaying = Replaying(carer.transport)
    #expect(try await carer.copy.sync(over: replaying).problem == nil)
    replaying.begin()
    #expect(try await carer.copy.sync(over: replaying).problem == Self.unsigned)
  }

  /// Lets answers through, and then gives the last of them again.
  private final class Replaying: HubTransport {
    private let hub: LoopbackTransport
    private let kept = Mutex<(answer: [UInt8], isGiven: Bool)>(([], false))

    init(_ hub: LoopbackTransport) {
      self.hub = hub
    }

    func begin() { kept.withLock { $0.isGiven = true } }

    func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply {
      try await hub.join(at: place, code: code, key: key)
    }

    func sync(
      at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
    ) async throws(TransportError) -> [UInt8] {
      let (answer, isGiven) = kept.withLock { $0 }
      if isGiven { return answer }
      let fresh = try await hub.sync(at: place, key: key, showing: ticket, request: request)
      kept.withLock { $0.answer = fresh }
      return fresh
    }

    func wait(_ duration: Duration) async {}
  }
}
