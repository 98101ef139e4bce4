// A small world on stores in memory, in which everything that happens to real computers happens at random: connections
// fail, folders are copied, old backups come back, hubs are restored, changes are refused, pages hold one row.

import BoardModel
import ClientCore
import Cryptography
import HubAdministration
import JSONText
import RecordModel
import Replication
import SyncHub
import SyncProtocol
import TestKit

/// A hub, some laptops, and what an all-seeing witness knows of them.
final class RandomWorld {
  private struct Laptop {
    var store: InMemoryStore
    var copy: MemberReplica
    let transport: LoopbackTransport
    var oldCopies: [InMemoryStore] = []
  }

  private let model = RecordModel.small[0]
  private let profile: FaultProfile
  private var random: SplitMix64
  private let clock = ManualClock()
  private var hubStore: InMemoryStore
  private var hubBackups: [InMemoryStore] = []
  private var laptops: [Laptop] = []

  /// Every value typed that some store still holds. Values are unique, so each names one act of typing.
  private var typed: Set<String> = []
  /// For every value typed into a register: what its writer had seen there, and what those had seen.
  private var ancestors: [String: Set<String>] = [:]
  private var count = 0

  init(seed: UInt64, _ profile: FaultProfile) async throws {
    self.profile = profile
    random = SplitMix64(seed: seed)
    hubStore = InMemoryStore()
    try hubStore.write { try AdminService.begin(model: model, in: $0) }
    for member in 0..<2 + Int(seed % 2) {
      let transport = LoopbackTransport(to: hub())
      let store = InMemoryStore()
      let copy = MemberReplica(store: store, key: try deviceKey(in: store), clock: clock.read)
      let now = clock.read()
      let invitation = try hubStore.write { transaction in
        let spaces = try transaction.sharedSpaces().map(\.id)
        return try Directory.invite(
          Invitee(newPersonNamed: "member \(member)", in: transaction), role: "member", spaces: spaces, now: now,
          transaction)
      }
      _ = try await copy.join(at: HubEndpoint("memory"), code: invitation.code, over: transport)
      laptops.append(Laptop(store: store, copy: copy, transport: transport))
      try await sync(member)
    }
    // Restores go back to here at the most, so that the hub always knows everybody.
    hubBackups = [InMemoryStore(copying: hubStore)]
  }

  private func hub() -> SyncHub {
    SyncHub(
      store: hubStore, rules: model.rules, modelText: model.source, policy: WordPolicy(), clock: clock.read,
      responseBytesMax: random.next() % 2 == 0 ? 1 : 600)
  }

  // MARK: What happens

  func step() async throws {
    let place = Int.random(in: laptops.indices, using: &random)
    switch Int.random(in: 0..<24, using: &random) {
    case 0 where profile.contains(.clones): try clone(place)
    case 1 where profile.contains(.oldLaptops): try keepOrReturn(place)
    case 2 where profile.contains(.oldHubs): try backUpOrRestoreHub()
    case 3...9: try await sync(place)
    default: try write(on: place)
    }
  }

  private func sync(_ place: Int) async throws {
    if profile.contains(.faults) {
      let faults: [Fault?] = [nil, nil, nil, .requestLost, .answerLost, .answerCut, .webPage, .status(.hubFailed(500))]
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        laptops[place].transport.next(faults.randomElement(using: &random)!)
      }
    }
    _ = try await laptops[place].copy.sync(over: laptops[place].transport, removalsAllowed: true)
  }

  /// The second copy is a laptop of its own. Copying unsent work would send it twice by right, so it is not done.
  private func clone(_ place: Int) throws {
    guard laptops.count < 5, try laptops[place].copy.status().unsent == 0 else { return }
    let transport = LoopbackTransport(to: hub())
    let store = InMemoryStore(copying: laptops[place].store)
    let copy = MemberReplica(store: store, key: try deviceKey(in: store), clock: clock.read)
    laptops.append(Laptop(store: store, copy: copy, transport: transport))
  }

  private func keepOrReturn(_ place: Int) throws {
    if let old = laptops[place].oldCopies.randomElement(using: &random), Bool.random(using: &random) {
      let store = InMemoryStore(copying: old)
      laptops[place].store = store
      laptops[place].copy = MemberReplica(store: store, key: try deviceKey(in: store), clock: clock.read)
      try forgetLostValues()
    } else if try laptops[place].copy.status().unsent == 0 {
      laptops[place].oldCopies.append(InMemoryStore(copying: laptops[place].store))
    }
  }

  private func backUpOrRestoreHub() throws {
    if Bool.random(using: &random) {
      hubBackups.append(InMemoryStore(copying: hubStore))
    } else {
      hubStore = InMemoryStore(copying: hubBackups.randomElement(using: &random)!)
      _ = try hubStore.write { try HubIdentity.drawNewEpoch(in: $0) }
      for laptop in laptops { laptop.transport.connect(to: hub()) }
      try forgetLostValues()
    }
  }

  /// Expects nothing more of values that only the files just lost held.
  private func forgetLostValues() throws {
    var kept = try Self.values(in: hubStore)
    for laptop in laptops { kept.formUnion(try Self.values(in: laptop.store)) }
    typed.formIntersection(kept)
  }

  // MARK: Writing

  private func write(on place: Int) throws {
    let copy = laptops[place].copy
    let things = try copy.list(kind: "thing")
    count += 1
    let isForbidden = profile.contains(.refusals) && Int.random(in: 0..<5, using: &random) == 0
    let words = "\(isForbidden ? "forbidden" : "words") \(count)"
    do {
      guard let thing = things.randomElement(using: &random), Int.random(in: 0..<6, using: &random) > 0 else {
        let space = ["public", "staff"].randomElement(using: &random)!
        _ = try copy.add(kind: "thing", [.text(field: "name", words)], space: space)
        typed.insert(words)
        return
      }
      let id = thing.id.description
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1: try assign(words, to: "name", of: thing, on: copy)
      case 2: try assign(words, to: "colour", of: thing, on: copy)
      case 3:
        _ = try copy.set(id, [.json(field: "total", .integer(Int64(count)))])
        typed.insert("\(count)")
      case 4:
        _ = try copy.set(id, [.text(field: "words", words)])
        typed.insert(words)
      case 5:
        _ = try copy.set(id, [.text(field: "remarks", words)])
        typed.insert(words)
      case 6:
        guard case .list(let words)? = thing.fields["words"], case .text(let one)? = words.first else { return }
        _ = try copy.set(id, [.json(field: "words", .object(["remove": .array([.string(one)])]))])
      default: _ = Bool.random(using: &random) ? try copy.remove(id) : try copy.restore(id)
      }
    } catch ClientError.refused(.deleted, _) {
      // A deleted record takes no words; they are still on the writer's screen.
    }
  }

  private func assign(_ words: String, to field: String, of thing: RecordView, on copy: MemberReplica) throws {
    let seen = try copy.store.read { try $0.record(thing.key)?.fields[field]?.siblings ?? [] }
    _ = try copy.set(thing.id.description, [.text(field: field, words)])
    typed.insert(words)
    for case .text(let earlier) in seen.map(\.value) {
      ancestors[words, default: []].formUnion((ancestors[earlier] ?? []).union([earlier]))
    }
  }

  // MARK: Afterwards

  /// Everybody speaks with the hub over good connections, until the last one's news is with the first.
  func heal() async throws {
    for laptop in laptops { laptop.transport.heal() }
    for _ in 0..<4 {
      for laptop in laptops { _ = try await laptop.copy.sync(over: laptop.transport, removalsAllowed: true) }
    }
  }

  /// The promises that are broken, in words.
  func brokenPromises() throws -> [String] {
    var broken: [String] = []
    let digests = try Self.digests(of: hubStore)
    for (place, laptop) in laptops.enumerated() {
      if try laptop.copy.status().unsent > 0 { broken.append("laptop \(place) has unsent work") }
      if try laptop.copy.digests().mapValues(\.description) != digests { broken.append("laptop \(place) differs") }
      for rescued in try laptop.copy.rescued() where !isRightlyRescued(rescued) {
        broken.append("laptop \(place): \(rescued.change.dot) was refused as \(rescued.reason.rawValue)")
      }
    }
    let inLog = try Self.loggedValues(in: hubStore)
    let inBoxes = try laptops.flatMap { try $0.copy.rescued().flatMap { Self.values(of: $0.change) } }
    let lost = typed.subtracting(inLog).subtracting(inBoxes)
    if !lost.isEmpty { broken.append("lost: \(lost.sorted())") }
    // Two copies of one lost branch are sent again twice by right; see Docs/architecture.md, Forks.
    if !profile.contains(.oldHubs) || profile.isDisjoint(with: [.clones, .oldLaptops]) {
      let doubled = Set(inLog.filter { value in inLog.count { $0 == value } > 1 })
      if !doubled.isEmpty { broken.append("doubled: \(doubled.sorted())") }
    }
    return broken + (try replacedUnseen())
  }

  private func isRightlyRescued(_ rescued: RescuedChange) -> Bool {
    switch rescued.reason {
    case .notAllowed: Self.values(of: rescued.change).contains { $0.hasPrefix("forbidden") }
    case .dependsOnRefused, .unknownRecord: profile.contains(.refusals)
    case .forked: profile.contains(.oldHubs) && !profile.isDisjoint(with: [.clones, .oldLaptops])
    default: false
    }
  }

  /// Assigned values that a change took the place of though its writer had never seen them.
  private func replacedUnseen() throws -> [String] {
    var broken: [String] = []
    try hubStore.read { reader in
      for space in try reader.sharedSpaces() {
        try reader.forEachRecord(in: space.id, kind: "thing") { record, _ in
          for entry in try Replication.history(of: RecordKey(space.id, record), in: reader) {
            for edit in entry.edits {
              guard case .assign(_, .text(let words), _) = edit.operation else { continue }
              for case .text(let replaced) in edit.replaced.map(\.value)
              where ancestors[words]?.contains(replaced) != true {
                broken.append("\(words) replaced \(replaced) unseen")
              }
            }
          }
        }
      }
    }
    return broken
  }

  private static func digests(of store: InMemoryStore) throws -> [String: String] {
    try store.read { reader in
      let spaces = try reader.sharedSpaces()
      return Dictionary(
        uniqueKeysWithValues: try spaces.map { ($0.name, try spaceDigest(of: $0.id, in: reader).description) })
    }
  }

  private static func values(in store: InMemoryStore) throws -> Set<String> {
    Set(try loggedValues(in: store) + store.read { try $0.rescued() }.flatMap { values(of: $0.change) })
  }

  private static func loggedValues(in store: InMemoryStore) throws -> [String] {
    try store.read { reader in
      try reader.sharedSpaces().flatMap { space in
        try reader.rows(after: 0, in: space.id, bytesMax: .max).flatMap { row in
          if case .change(let change) = row.entry { values(of: change) } else { [String]() }
        }
      }
    }
  }

  private static func values(of change: Change) -> [String] {
    change.edits.filter { $0.kind == "thing" }.compactMap(\.operation.written)
  }
}
