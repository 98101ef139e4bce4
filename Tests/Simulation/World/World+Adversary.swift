// An enrolled device that sends whatever bytes it likes. What it offers in its own name, by the rules, is taken like
// anybody's work; the rest must leave no trace but refusals, and cost nobody else anything: the world must heal in as many
// rounds as without it.

internal import Cryptography
internal import HubAdministration
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

/// What the device tries.
private enum Attack: CaseIterable {
  /// Work by the rules.
  case work
  /// Two changes under one dot.
  case equivocate
  /// Refused changes, each under a new replica id.
  case manyNames
  /// A Lamport time that nobody has reached.
  case lamport
  /// A change of a space that it may not read, and one of none.
  case otherSpace
  /// A change that another key attests, and one whose head names another change.
  case foreignHead
  /// A body that is none.
  case noBody
  /// Bytes that are no messages, and messages of a hub.
  case noRequest
  /// Somebody's request once more, as its own.
  case replay
}

/// An offered change, and what may become of it.
private struct Attempt {
  enum Outcome {
    case taken, refused, absent
  }

  let change: Change
  let worst: Outcome
  var body: [UInt8]?
  /// Signs its head.
  let key: SigningKey
  let salt: ReplicaSalt
}

extension World {
  func attack(_ random: inout SplitMix64) async throws {
    guard let server = hub.hub, let store = hub.store, try await enrolNeighbour(server, store) else { return }
    let attack = Attack.allCases.randomElement(using: &random)!
    note("thief", "\(attack)")
    do {
      let (attempts, others) = try attempts(attack, store, &random)
      let identity = try store.read { try HubIdentity.identity(in: $0).hub }
      var requests = others
      if !attempts.isEmpty {
        let offers = attempts.map { Message.offer(header: $0.change.headerBytes, body: $0.body ?? $0.change.bodyBytes) }
        let heads = attempts.map {
          Message.head(SignedHead(of: .change($0.change), for: identity, by: $0.key, salt: $0.salt))
        }
        requests.append(Message.encode([greeting()] + offers + heads))
      }
      for request in requests {
        do { _ = try await server.answer(request, signedBy: neighbourKey.publicKey) } catch is RequestError {
          // Refused whole, by name.
        }
      }
      try store.read { try lookAt(attempts, after: attack, $0) }
    } catch is DirectoryError {
      return
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  private func greeting() -> Message {
    .hello(Hello(replica: .random(), modelVersion: hub.model.version, hub: nil, spaces: []))
  }

  /// Tests that nothing stands in the hub's log that must not.
  private func lookAt(_ attempts: [Attempt], after attack: Attack, _ reader: any StoreReader) throws {
    for attempt in attempts {
      let header = attempt.change.header
      let row = try reader.row(of: header.dot, in: header.space)?.entry
      guard let row, row.digest == attempt.change.digest else { continue }
      switch attempt.worst {
      case .taken: reach(.adversaryTaken)
      case .refused where row.refusal != nil: reach(.adversaryRefused)
      case .refused: broken.append("\(attack): \(header.dot) was taken")
      case .absent: broken.append("\(attack): \(header.dot) has a row")
      }
    }
    if attempts.count == 2, attack == .equivocate,
      let row = try reader.row(of: attempts[1].change.dot, in: attempts[1].change.header.space)?.entry
    {
      if row.digest == attempts[0].change.digest { reach(.adversaryForked) }
    }
  }

  // MARK: Attempts

  private func attempts(
    _ attack: Attack, _ store: SQLiteStore, _ random: inout SplitMix64
  ) throws -> (attempts: [Attempt], others: [[UInt8]]) {
    switch attack {
    case .work: return ([try attempt(store, &random)], [])
    case .equivocate:
      let first = try attempt(store, &random)
      let second = try attempt(store, salt: first.salt, &random)
      return ([first, second], [])
    case .manyNames:
      return (try (0..<20).map { _ in try attempt(store, kind: "nonsense", worst: .refused, &random) }, [])
    case .lamport:
      return (
        try [Limits.counterMax - 1, Limits.counterMax].map {
          try attempt(store, lamport: $0, worst: .absent, &random)
        }, []
      )
    case .otherSpace:
      let spaces = try store.read { try $0.spaces().filter { $0.name != "public" }.map(\.id).sorted() }
      return (
        try [spaces.randomElement(using: &random), SpaceID(drawnFrom: &random)].compactMap { $0 }.map {
          try attempt(store, space: $0, worst: .absent, &random)
        }, []
      )
    case .foreignHead:
      let other = SigningKey(seed: bytes(32, &random))!
      return ([try attempt(store, by: other, worst: .absent, &random)], [])
    case .noBody:
      var attempt = try attempt(store, worst: .absent, &random)
      attempt.body = bytes(40, &random)
      return ([attempt], [])
    case .noRequest:
      let welcome = Message.notice(.revoke(Timestamp(milliseconds: 1)))
      return ([], [bytes(200, &random), Message.encode([greeting(), welcome]), Message.encode([welcome])])
    case .replay: return ([], overheard.randomElement(using: &random).map { [$0.request] } ?? [])
    }
  }

  /// A new record of the device's own, under a new replica id.
  private func attempt(
    _ store: SQLiteStore, space: SpaceID? = nil, salt: ReplicaSalt? = nil, kind: String = "thing",
    lamport: UInt64? = nil, by key: SigningKey? = nil, worst: Attempt.Outcome = .taken, _ random: inout SplitMix64
  ) throws -> Attempt {
    let salt = salt ?? ReplicaSalt(drawnFrom: &random)
    let record = RecordID(drawnFrom: &random)
    let number = random.next()
    return try store.read { reader in
      let home = try space ?? reader.spaces().first { $0.name == "public" }?.id ?? .random()
      let owner = try Directory(reader).devices().first { $0.key == neighbourKey.publicKey }?.member
      let change = Change(
        edits: [
          Edit(record: record, kind: kind, operation: .makePresent(supersedes: [])),
          Edit(
            record: record, kind: kind,
            operation: .assign(field: "name", value: .text("attack \(number)"), supersedes: [])),
        ], space: home, replica: ReplicaID(of: neighbourKey.publicKey, salt: salt), previous: nil,
        lamport: try lamport ?? (reader.space(home)?.lamport ?? 0) + 1, author: owner ?? .random(),
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      return Attempt(change: change, worst: worst, key: key ?? neighbourKey, salt: salt)
    }
  }

  private func bytes(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }
}

extension Identifier {
  /// An id that the step decides, and nothing else.
  fileprivate init(drawnFrom random: inout SplitMix64) {
    self.init(bytes: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })!
  }
}
