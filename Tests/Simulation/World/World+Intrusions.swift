// Somebody with a program that is not ours: a neighbour who joined and may read one space, or who found a computer's key.
// They know whatever anybody's copy holds, and have heard every request; they have nobody's signatures but those they saw.

internal import Cryptography
internal import HubAdministration
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

/// What a trespasser may try.
private enum Intrusion: CaseIterable {
  case forge, voidOthers, eraseOthers, replay, ask, rescue, clear
}

extension World {
  private static let neighbour = "neighbour"

  func trespass(_ random: inout SplitMix64) async throws {
    guard let server = hub.hub, let store = hub.store, try await enrolNeighbour(server, store) else { return }
    let victim = devices.filter { $0.memberID != nil }.randomElement(using: &random)
    let isStolen = Int.random(in: 0..<3, using: &random) == 0
    var key = isStolen ? victim?.key.publicKey ?? neighbourKey.publicKey : neighbourKey.publicKey
    let trespass = Intrusion.allCases.randomElement(using: &random)!
    do {
      let request: [UInt8]
      switch trespass {
      case .forge: request = try forged(by: isStolen ? victim?.key ?? neighbourKey : neighbourKey, store, &random)
      case .voidOthers: request = try emptied(isErased: false, store, &random)
      case .eraseOthers: request = try emptied(isErased: true, store, &random)
      case .replay:
        guard let heard = overheard.randomElement(using: &random) else { return }
        if Bool.random(using: &random) { key = heard.key }
        request = heard.request
      case .ask: request = try question(store, &random)
      case .rescue: request = try rescue(store, &random)
      case .clear:
        let spaces = try store.read { try $0.spaces().map(\.id) }
        request = Message.encode([
          hello([]), .cleared(Bool.random(using: &random) ? .everything : .spaces(spaces.sorted())),
        ])
      }
      note("thief", "\(trespass)\(isStolen ? " with a stolen key" : "")")
      try await offer(request, by: key, trespass, server, store)
    } catch let error as StoreError {
      // The copy they look at may lie on a disk that fails, and so may the hub.
      if !hub.disk.canBeRead { _ = sufferHub(error) }
    }
  }

  private func offer(
    _ request: [UInt8], by key: PublicKey, _ trespass: Intrusion, _ server: SyncHub, _ store: SQLiteStore
  ) async throws {
    let readable: Set<SpaceID>
    let answer: [UInt8]
    do {
      answer = try await server.answer(request, signedBy: key)
      readable = try store.read { reader in
        guard let member = try Self.owner(of: key, reader) else { return [] }
        return try Directory(reader).principal(member)?.spaces ?? []
      }
      if try store.read({ try Self.owner(of: key, $0) }) == nil { reach(.keyOfATakenOffComputer) }
    } catch is DirectoryError {
      return
    } catch is RequestError {
      return
    } catch let error as StoreError {
      _ = sufferHub(error)
      return
    }
    for (space, values) in try Values.bySpace(in: store) { witness.place(values, in: space) }
    let foreign = Set(witness.homes.values).subtracting(readable)
    let told = Values.typed(anywhereIn: answer).intersection(witness.values(of: foreign))
    if !told.isEmpty { broken.append("somebody was told what they may not read: \(told.sorted())") }
    switch trespass {
    case .forge:
      let verdicts = try SignedAnswer(answer).messages.compactMap {
        if case .verdict(let verdict) = $0 { verdict } else { nil }
      }
      for verdict in verdicts {
        switch verdict.outcome {
        case .recorded: broken.append("a forged change was recorded")
        case .missing, .forked, .later: reach(.forgedChange)
        }
      }
    case .voidOthers: reach(.forgedVoid)
    case .eraseOthers: reach(.forgedRest)
    case .replay: reach(.replay)
    case .ask: reach(.questionOfAStranger)
    case .rescue: reach(.strangeRescue)
    case .clear: reach(.falseClearing)
    }
  }

  /// Whose computer has a key; `nil` where it was taken off.
  private static func owner(of key: PublicKey, _ reader: any StoreReader) throws -> MemberID? {
    try Directory(reader).devices().first { $0.key == key && $0.revocation == nil }?.member
  }

  /// The neighbour joins, or joins anew where a restored hub has forgotten it.
  func enrolNeighbour(_ server: SyncHub, _ store: SQLiteStore) async throws -> Bool {
    do {
      if try store.read({ try Directory($0).isEnrolled(neighbourKey.publicKey) }) { return true }
      guard let administration = hub.administration else { return false }
      let command = try InviteCommand.invite(
        whoeverIs: Self.neighbour, in: store, role: "member", spaces: ["public"])
      let code = try administration.run(command).done.code
      _ = try await server.join(code: code, key: neighbourKey.publicKey)
      return true
    } catch let error as AdminError {
      sufferCommand(error)
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
    return false
  }

  private func hello(_ spaces: [SpaceRequest]) -> Message {
    .hello(Hello(replica: .random(), modelVersion: hub.model.version, hub: nil, spaces: spaces))
  }

  // MARK: What they make up

  /// A change in another's name, under that one's replica name or a new one of the key's, with their own head, an old one
  /// of the other's, or none. In the name of the key's owner only where the key was taken off: else it would be theirs to
  /// write.
  private func forged(
    by key: SigningKey, _ store: SQLiteStore, _ random: inout SplitMix64
  ) throws -> [UInt8] {
    let number = witness.nextNumber()
    return try store.read { reader in
      let owner = try Self.owner(of: key.publicKey, reader)
      let names = try Dictionary(
        devices.compactMap { device in
          try device.memberID.map { ($0, try device.store?.read { try ReplicaIdentity($0).current() } ?? .random()) }
        }, uniquingKeysWith: { first, _ in first })
      let others = names.keys.filter { $0 != owner }.sorted()
      let author = try others.randomElement(using: &random) ?? HubIdentity.centre(in: reader)
      let space = try reader.sharedSpaces().sorted { $0.id < $1.id }
        .randomElement(using: &random)
      guard let space else { return Message.encode([hello([])]) }
      let salt = ReplicaSalt.random()
      let own = ReplicaID(of: key.publicKey, salt: salt)
      let replica = Bool.random(using: &random) ? names[author] ?? own : own
      let record = RecordID.random()
      let change = Change(
        edits: [
          Edit(record: record, kind: "thing", operation: .makePresent(supersedes: [])),
          Edit(
            record: record, kind: "thing",
            operation: .assign(field: "name", value: .text("forged \(number)"), supersedes: [])),
        ], space: space.id, replica: replica, previous: try reader.tip(of: replica, in: space.id),
        lamport: space.lamport + 1, author: author, time: Timestamp(milliseconds: 0), modelVersion: 1)
      let heads: [SignedHead] =
        switch Int.random(in: 0..<3, using: &random) {
        case 0: [SignedHead(of: .change(change), for: try HubIdentity.identity(in: reader).hub, by: key, salt: salt)]
        case 1: try [reader.head(of: replica, in: space.id)].compactMap { $0 }
        default: []
        }
      return Message.encode(
        [hello([]), .offer(header: change.headerBytes, body: change.bodyBytes)] + heads.map { .head($0) })
    }
  }

  /// The end of the hub's own log, as some copy has it, with others' changes as refused or as erased. The hub's signature
  /// does not cover what is left of a change (decision 15).
  private func emptied(isErased: Bool, _ store: SQLiteStore, _ random: inout SplitMix64) throws -> [UInt8] {
    guard let copy = devices.compactMap(\.store).randomElement(using: &random) else {
      return Message.encode([hello([])])
    }
    return try copy.read { reader in
      var messages = [hello([])]
      for space in try reader.spaces() {
        let start = ReadPosition(0, LogPlace.start(of: space.id))
        for segment in try LogSegment.read(after: start, in: space.id, bytesMax: .max, reader).suffix(2) {
          let rows = segment.rows.map { row in
            guard case .entry(let entry) = row.content, case .body = entry.content else { return row }
            // What says that nothing is left of a change is an empty list.
            let content: RawEntry.Content = isErased ? .redactedBody([0x80]) : .void(.notAllowed)
            return LogSegment.Row(
              time: row.time, content: .entry(RawEntry(headerBytes: entry.headerBytes, content: content)))
          }
          messages.append(
            .segment(
              LogSegment(
                space: space.id, epoch: segment.epoch, from: segment.from, start: segment.start, rows: rows,
                signature: segment.signature)))
        }
      }
      return Message.encode(messages)
    }
  }

  /// After every space there is, with some copy's positions or none.
  private func question(_ store: SQLiteStore, _ random: inout SplitMix64) throws -> [UInt8] {
    let copy = devices.compactMap(\.store).randomElement(using: &random)
    let hasPositions = Bool.random(using: &random)
    let spaces = try store.read { try $0.spaces().map(\.id) }.sorted()
    let asks = try spaces.map { space in
      let cursor = hasPositions ? try copy?.read { try $0.space(space)?.cursor } : nil
      return SpaceRequest(space: space, position: cursor.map { ReadPosition($0) })
    }
    return Message.encode([hello(asks)])
  }

  /// Rubbish, rubbish that is sealed, or what others sealed.
  private func rescue(_ store: SQLiteStore, _ random: inout SplitMix64) throws -> [UInt8] {
    let rubbish = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
    let heard = try overheard.flatMap { try Message.decode($0.request) }.compactMap { message -> [UInt8]? in
      if case .sealedChange(let sealed) = message { sealed } else { nil }
    }
    let sealed = try store.read { try HubIdentity.sealingKey(in: $0).publicKey }.seal(rubbish)
    // All of it: in which order a copy sends what it has sealed depends on clocks.
    let all = [rubbish] + [sealed].compactMap { $0 } + heard
    return Message.encode([hello([])] + all.map { .sealedChange($0) })
  }
}
