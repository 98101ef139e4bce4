// The small world around the state machines: a hub in memory with two members. One is honest, with a record in a space of
// their own and something unsent; the other is enrolled, and their program is the input. It is made once, and every input
// gets a copy.

internal import ClientCore
internal import Cryptography
internal import HubAdministration
internal import RecordModel
internal import Replication
internal import SyncHub
internal import SyncProtocol
internal import TestKit

/// What every input begins with.
struct FuzzWorld: Sendable {
  private let hubTemplate: InMemoryStore
  private let copyTemplate: InMemoryStore
  let honestKey: SigningKey
  /// The member whose program is the input.
  let intruder: Principal
  let intruderKey: SigningKey
  /// The space that only the honest member reads, and that which both read.
  let ownSpace, sharedSpace: SpaceID
  /// The honest member's record in each space.
  let ownRecord, sharedRecord: RecordID
  let hub: HubID
  let hubKey: SigningKey

  /// The words that are not sent yet.
  static let unsentWords = "not sent yet"
  static let model = RecordModel.withoutRights
  private static let clock = ManualClock()

  /// The world, made on first use.
  static var shared: FuzzWorld { get async throws { try await making.value } }
  private static let making = Task { try await FuzzWorld() }

  private init() async throws {
    let (store, copyStore, key) = (InMemoryStore(), InMemoryStore(), SigningKey())
    (hubTemplate, copyTemplate, honestKey) = (store, copyStore, key)
    try store.write { transaction in
      try AdminService.begin(model: Self.model, in: transaction)
      try HubIdentity.noteOpening(.random(), in: transaction)
    }
    let spaces = try store.read { try $0.spaces() }
    guard let shared = spaces.first(where: { $0.name == "public" })?.id,
      let own = spaces.first(where: { $0.name == "cab" })?.id
    else { throw StoreError.failed("the model has other spaces") }
    (sharedSpace, ownSpace) = (shared, own)
    (hub, hubKey) = try store.read { (try HubIdentity.identity(in: $0).hub, try HubIdentity.key(in: $0)) }
    let (principal, signer) = try store.write {
      try enrol("intruder", as: "member", spaces: [shared], in: $0)
    }
    (intruder, intruderKey) = (principal, signer.key)
    let code = try store.write { transaction in
      let invitee = try Invitee(newPersonNamed: "honest", in: transaction)
      return try Directory.invite(invitee, role: "member", spaces: [shared, own], now: Self.clock.read(), transaction)
        .code
    }
    let (copy, transport) = (Self.copy(on: copyStore, key), LoopbackTransport(to: Self.hub(on: store)))
    _ = try await copy.join(at: HubEndpoint("test"), code: code, over: transport)
    _ = try await copy.sync(over: transport)
    ownRecord = try copy.add(kind: "event", [.text(field: "title", "mine")], space: "cab").id
    sharedRecord = try copy.add(kind: "event", [.text(field: "title", "ours")], space: "public").id
    _ = try await copy.sync(over: transport)
    _ = try copy.set(ownRecord.description, [.text(field: "title", Self.unsentWords)])
  }

  func hubStore() -> InMemoryStore { InMemoryStore(copying: hubTemplate) }

  /// The honest member's copy, with something unsent.
  func copyStore() -> InMemoryStore { InMemoryStore(copying: copyTemplate) }

  static func hub(on store: InMemoryStore) -> SyncHub {
    SyncHub(
      store: store, rules: model.rules, modelText: model.source, policy: SpaceMembersPolicy(), clock: clock.read)
  }

  static func copy(on store: InMemoryStore, _ key: SigningKey) -> MemberReplica {
    MemberReplica(store: store, key: key, clock: clock.read)
  }

  /// The hub holds to itself, the honest member's own record is what it was, and their sync goes on.
  func checkGoesOn(_ store: InMemoryStore) async throws {
    try checkVerifies(store)
    let key = RecordKey(ownSpace, ownRecord)
    let before = try hubTemplate.read { try $0.record(key) }
    try FuzzFinding.unless(try store.read { try $0.record(key) } == before, "another's record was changed")
    let copyStore = copyStore()
    let copy = Self.copy(on: copyStore, honestKey)
    let report = try await copy.sync(over: LoopbackTransport(to: Self.hub(on: store)))
    try FuzzFinding.unless(report.problem == nil && report.unsent == 0, "another's sync ended with \(report)")
    for space in [ownSpace, sharedSpace] {
      let digests = try (
        store.read { try spaceDigest(of: space, in: $0) }, copyStore.read { try spaceDigest(of: space, in: $0) }
      )
      try FuzzFinding.unless(digests.0 == digests.1, "another's copy differs")
    }
    let faults = try copy.check().faults
    try FuzzFinding.unless(faults.isEmpty, "another's copy is wrong: \(faults)")
  }

  func checkVerifies(_ store: InMemoryStore) throws {
    do { _ = try Verification(of: store) } catch let failure as IntegrityFailure {
      throw FuzzFinding("the hub does not verify: \(failure)")
    }
  }
}
