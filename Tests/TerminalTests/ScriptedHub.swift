// A hub that says what a test tells it to: judgements, errors, a clock of its own. For what a real hub would not do on
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
  private let key = SigningKey()
  private let judgements = Mutex<[Judgement]>([])
  private let log = Mutex<[(entry: LogEntry, place: LogPlace)]>([])
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

  /// What the changes of the next request are met with; others are taken.
  func judge(_ judgement: Judgement) {
    judgements.withLock { $0.append(judgement) }
  }

  func join(
    at place: HubEndpoint, code: String, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    if let error = nextError { throw error }
    return JoinReply(
      member: MemberID(bytes: [UInt8](repeating: 7, count: 16))!, memberName: "the carer", role: role, hub: hub,
      keys: HubKeys(signing: self.key.publicKey, sealing: SealingKey().publicKey),
      spaces: [(space, "cab")], model: RecordModel.withoutRights.source)
  }

  func wait(_ duration: Duration) async {}

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    if let error = nextError ?? syncErrors.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw error }
    let judgement = judgements.withLock { $0.isEmpty ? nil : $0.removeFirst() } ?? .taken
    let messages: [Message]
    do {
      messages = try Message.decode(request)
    } catch { throw .rejected("\(error)") }
    var answer: [Message] = [
      .welcome(Welcome(hub: hub, epoch: epoch, time: clock.read(), modelVersion: RecordModel.withoutRights.version))
    ]
    for case .offer(let header, let body) in messages {
      guard let change = try? Change(headerBytes: header, bodyBytes: body) else { throw .rejected("a change") }
      answer.append(.verdict(Verdict(space: space, dot: change.dot, outcome: outcome(of: change, judgement))))
    }
    if case .hello(let hello)? = messages.first, let ask = hello.spaces.first(where: { $0.space == space }) {
      answer.append(.page(page(after: ask.position?.position ?? 0)))
    }
    return SignedAnswer.encode(answer, by: self.key, of: hub, to: request, from: key.publicKey)
  }

  private func outcome(of change: Change, _ judgement: Judgement) -> Verdict.Outcome {
    switch judgement {
    case .taken: record(.change(change))
    case .refused(let reason): record(.void(VoidEntry(of: change, reason: reason)))
    case .missing(let dots): .missing(dots)
    case .forked(let sequence): .forked(at: sequence)
    case .later: .later
    }
  }

  private func record(_ entry: LogEntry) -> Verdict.Outcome {
    log.withLock { log in
      let last = log.last?.place
      let place = LogPlace(
        after: last?.position ?? 0, last?.digest ?? LogPlace.start(of: space), of: entry.digest,
        refusedFor: entry.refusal, at: clock.read())
      log.append((entry, place))
    }
    return .recorded
  }

  private func page(after position: UInt64) -> Page {
    let log = log.withLock { $0 }
    let end = log.last?.place ?? LogPlace(position: 0, time: clock.read(), digest: LogPlace.start(of: space))
    let rows = log.dropFirst(Int(position)).map {
      Page.Row(position: $0.place.position, time: $0.place.time, entry: RawEntry($0.entry))
    }
    let checkpoint = Checkpoint(hub: hub, epoch: epoch, space: space, position: end.position, digest: end.digest)
    let signed = Page.SignedPosition(position: end.position, signature: checkpoint.signature(by: key))
    return Page(
      space: space, epoch: epoch, from: position, to: end.position, lastPosition: end.position, digest: end.digest,
      rows: rows, checkpoints: rows.isEmpty ? [] : [signed])
  }

  private var nextError: TransportError? {
    errors.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
