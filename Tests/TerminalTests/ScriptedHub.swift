// A hub that says what a test tells it to: verdicts, errors, a clock of its own. For what a real hub would not do on
// demand.

import ClientCore
import Cryptography
import RecordModel
import Replication
import SyncProtocol
import Synchronization
import TestKit

/// A transport whose answers are given by the test.
final class ScriptedHub: HubTransport {
  let hub = HubID.random()
  let epoch = EpochID.random()
  let space = SpaceID.random()
  let clock: ManualClock
  let role: String
  private let answers = Mutex<[@Sendable (Verdict) -> Verdict.Outcome]>([])
  private let errors = Mutex<[TransportError]>([])
  private let syncErrors = Mutex<[TransportError]>([])

  init(clock: ManualClock, role: String = "member") {
    self.clock = clock
    self.role = role
  }

  /// What the next requests are met with, before any answer.
  func fail(_ errors: TransportError...) {
    self.errors.withLock { $0 += errors }
  }

  /// What the next syncs are met with, whatever comes of a joining before.
  func failSyncs(_ errors: TransportError...) {
    syncErrors.withLock { $0 += errors }
  }

  /// What the changes of the next request are met with.
  func judge(_ outcome: @escaping @Sendable (Verdict) -> Verdict.Outcome) {
    answers.withLock { $0.append(outcome) }
  }

  func join(
    at place: HubEndpoint, code: String, replica: ReplicaID, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    if let error = nextError { throw error }
    return JoinReply(
      member: MemberID(bytes: [UInt8](repeating: 7, count: 16))!, memberName: "the carer", role: role, hub: hub,
      keys: HubKeys(signing: SigningKey().publicKey, sealing: SealingKey().publicKey),
      spaces: [(space, "cab")], model: RecordModel.withoutRights.source)
  }

  func sync(at place: HubEndpoint, key: SigningKey, request: [UInt8]) async throws(TransportError) -> [UInt8] {
    if let error = nextError ?? syncErrors.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw error }
    let judge = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    let messages: [Message]
    do {
      messages = try Message.decode(request)
    } catch { throw .rejected("\(error)") }
    var answer: [Message] = [
      .welcome(Welcome(hub: hub, epoch: epoch, time: clock.read(), modelVersion: RecordModel.withoutRights.version))
    ]
    for case .offer(let raw) in messages {
      guard let header = try? Header(decoding: raw.headerBytes) else { throw .rejected("a header") }
      let verdict = Verdict(space: header.space, dot: header.dot, outcome: .accepted)
      answer.append(.verdict(Verdict(space: header.space, dot: header.dot, outcome: judge?(verdict) ?? .accepted)))
    }
    if case .hello(let hello)? = messages.first, hello.spaces.contains(where: { $0.space == space }) {
      answer.append(
        .page(
          Page(
            space: space, epoch: epoch, from: 0, to: 0, lastPosition: 0, digest: LogPlace.start(of: space),
            rows: [], signature: nil)))
    }
    return Message.encode(answer + [.end])
  }

  private var nextError: TransportError? {
    errors.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
