// The hub of a small world for tests: a real store, real sessions, and members who join beside it.

internal import BoardModel
internal import ClientCore
package import Cryptography
internal import Foundation
package import HubAdministration
package import RecordModel
package import Replication
package import SQLiteStorage
package import SyncHub
internal import SyncProtocol

/// A hub over a real file, with the kinds of the board's model. Unless a policy is given, everybody in it may write everything.
package final class TestHub: Sendable {
  /// The folder of the hub's file, and those of the members who join it.
  package let folder: TemporaryFolder
  package let store: SQLiteStore
  package let hub: SyncHub
  package let administration: AdminService
  package let clock: ManualClock
  package let model: RecordModel
  /// The acts that outlast backups.
  package let ledger: LedgerKeeper
  private let policy: any HubPolicy
  private let allowances: HubAllowances

  /// - Parameters:
  ///   - file: The name of the hub's file in the folder.
  ///   - ledger: The acts that outlast backups, if the hub is to have those of another life of it.
  package init(
    in folder: TemporaryFolder, file: String = "hub.db", clock: ManualClock = ManualClock(),
    model: RecordModel = .withoutRights, policy: any HubPolicy = SpaceMembersPolicy(),
    ledger: LedgerKeeper = LedgerKeeper(), allowances: HubAllowances = HubAllowances(),
    responseBytesMax: Int = Limits.responseBytesMax, backUp: (@Sendable (String) throws -> Void)? = nil
  ) throws {
    let store = try SQLiteStore(path: folder.file(file), for: .hub, readers: HubReaders.count)
    try store.write { transaction in
      try AdminService.begin(model: model, in: transaction)
      try HubIdentity.noteOpening(.random(), in: transaction)
    }
    self.folder = folder
    self.store = store
    self.clock = clock
    self.model = model
    self.policy = policy
    self.ledger = ledger
    self.allowances = allowances
    hub = SyncHub(
      store: store, rules: model.rules, modelText: model.source, policy: policy, ledger: ledger, allowances: allowances,
      clock: clock.read, responseBytesMax: responseBytesMax)
    administration = AdminService(
      store: store, model: model, seedFormat: SeedReader.format, clock: clock.read, ledger: ledger,
      allowances: allowances, backUp: backUp ?? { try store.backup(to: $0) })
  }

  /// A hub in a folder of its own.
  package convenience init(
    clock: ManualClock = ManualClock(), model: RecordModel = .withoutRights,
    policy: any HubPolicy = SpaceMembersPolicy(), allowances: HubAllowances = HubAllowances()
  ) throws {
    try self.init(in: TemporaryFolder(), clock: clock, model: model, policy: policy, allowances: allowances)
  }

  // MARK: Members

  /// A code for a member's next device. Whom the hub knows by that name is the same person.
  package func code(
    for member: String, role: String = "member", spaces: [String] = ["public", "cab"]
  ) throws -> String {
    try administration.run(.invite(whoeverIs: member, in: store, role: role, spaces: spaces)).done.code
  }

  /// A member's device that has joined and fetched everything.
  ///
  /// - Parameter file: The name of its file in the hub's folder; the member's own if not given.
  package func joined(
    _ member: String, role: String = "member", spaces: [String] = ["public", "cab"], file: String? = nil,
    clock: ManualClock = ManualClock()
  ) async throws -> TestDevice {
    let device = try TestDevice(folder.file(file ?? member + ".db"), over: LoopbackTransport(to: hub), clock: clock)
    let code = try code(for: member, role: role, spaces: spaces)
    _ = try await device.copy.join(at: HubEndpoint("test"), code: code, over: device.transport)
    try await device.send()
    return device
  }

  /// Enrols devices, each of a member of its own, in one commit.
  package func enrol(_ keys: [PublicKey], spaces: [String] = []) throws {
    let spaces = try spaces.map(space)
    try store.write { transaction in
      // All codes first, since an invitation looks through all devices.
      let codes = try keys.map { key in
        let member = try Invitee(newPersonNamed: key.description, in: transaction)
        return try Directory.invite(member, role: "member", spaces: spaces, now: clock.read(), transaction).code
      }
      for (key, code) in zip(keys, codes) {
        _ = try Directory.join(code: code, key: key, now: clock.read(), transaction)
      }
    }
  }

  /// Ends a member's reading of a space.
  package func leave(_ member: String, _ space: String = "cab") throws {
    _ = try administration.run(.leave(member: member, space: space))
  }

  /// Revokes a lost device.
  package func revoke(_ device: TestDevice) throws {
    _ = try administration.run(.deviceRevoke(device.key.publicKey.fingerprint, reason: "lost"))
  }

  // MARK: Backups

  /// Backs the hub up to a file in its folder.
  package func backUp(to file: String = "backup.db") throws {
    _ = try administration.run(.backup(path: folder.file(file)))
  }

  /// Closes this hub and opens a backup in its place, in a new epoch.
  ///
  /// - Parameters:
  ///   - policy: What the hub judges by from now on; what it judged by before if not given.
  ///   - ledger: What it has of a ledger; nothing if not given.
  package func restored(
    from file: String = "backup.db", policy: (any HubPolicy)? = nil, ledger: LedgerKeeper = LedgerKeeper()
  ) throws -> TestHub {
    try store.close()
    let restored = try TestHub(
      in: folder, file: file, clock: clock, model: model, policy: policy ?? self.policy, ledger: ledger,
      allowances: allowances)
    try restored.store.write { _ = try HubIdentity.drawNewEpoch(in: $0) }
    return restored
  }

  // MARK: What is there

  package func digest(of space: String) throws -> String {
    guard let digest = try administration.run(.digest).spaces[space] else { throw StoreError.failed("no digest") }
    return digest.description
  }

  package func space(_ name: String) throws -> SpaceID {
    try store.read { try $0.spaces().first { $0.name == name }!.id }
  }

  package func member(_ name: String) throws -> MemberID {
    try store.read { try Directory($0).members().first { $0.name == name }!.member }
  }

  package func proposals() throws -> [ProposalSummary] {
    try administration.run(.proposalList).proposals
  }

  /// The entry of one device in the list of devices.
  package func summary(of device: TestDevice) throws -> DeviceSummary {
    let fingerprint = try device.key.publicKey.fingerprint
    return try administration.run(.deviceList).devices.first { $0.fingerprint == fingerprint }!
  }

  /// The differences of devices from the hub, in words; empty where their spaces are equal to its own and nothing is unsent.
  package func differences(from devices: [TestDevice]) throws -> [String] {
    var differences: [String] = []
    for device in devices {
      let name = try device.copy.membership().name
      if try !device.copy.misplacedRecords().isEmpty { differences.append("\(name)'s lists are wrong") }
      if try device.copy.status().unsent > 0 { differences.append("\(name) has unsent work") }
      for space in ["public", "cab"] where try device.digest(of: space) != digest(of: space) {
        differences.append("\(name)'s \(space) differs")
      }
    }
    return differences
  }
}

extension AdminCommand where Self == InviteCommand {
  /// An invitation of the person whom the hub knows by this name, or of somebody new.
  package static func invite(
    whoeverIs member: String, in store: any ReplicaStore, role: String, spaces: [String]
  ) throws -> Self {
    let isKnown = try store.read { try !Directory($0).members(called: member).isEmpty }
    return .invite(member: member, as: isKnown ? .known : .either, role: role, spaces: spaces)
  }
}

extension AdminService {
  /// Carries out a command as the owner of the hub's machine, who types it.
  @discardableResult
  package func run<Command: AdminCommand>(_ command: Command) throws(AdminError) -> Command.Answer {
    try run(command, by: .machineOwner(through: .commandLine)) { _ in }
  }

  /// Imports lines, from a file that is gone afterwards.
  @discardableResult
  package func load(_ text: String, set: String? = nil) throws -> ImportSummary {
    let folder = try TemporaryFolder()
    let path = folder.file("import.jsonl")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try run(.importFile(path, set: set), by: .machineOwner(through: .commandLine)) { _ in }
  }

  /// The timeline that an audit tells, and its end.
  package func audit(space: String? = nil) throws -> (entries: [AuditReport.Entry], report: AuditReport) {
    var entries: [AuditReport.Entry] = []
    let report = try run(.audit(space: space), by: .machineOwner(through: .commandLine)) { entries += $0 }
    return (entries, report)
  }
}

extension MembershipAnswer {
  /// - Throws: ``StoreError`` where nothing was done.
  package var done: Done {
    get throws {
      guard case .done(let done) = self else { throw StoreError.failed("only a preview") }
      return done
    }
  }

  /// - Throws: ``StoreError`` where something was done.
  package var impact: MembershipImpact {
    get throws {
      guard case .preview(let impact) = self else { throw StoreError.failed("no preview") }
      return impact
    }
  }
}
