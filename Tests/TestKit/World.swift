// A small world for tests: a hub and some members' copies, real stores, real sessions, and a line between them that
// can be cut where a test wants it.

internal import BoardModel
package import ClientCore
package import Cryptography
internal import Foundation
package import HubAdministration
package import RecordModel
package import Replication
package import SQLiteStorage
package import SyncHub
package import SyncProtocol
internal import Synchronization

/// A clock that stands until it is told to move.
package final class ManualClock: Sendable {
  private let now: Mutex<Int64>

  package init(milliseconds: Int64 = 1_790_000_000_000) {
    now = Mutex(milliseconds)
  }

  package func advance(milliseconds: Int64) {
    now.withLock { $0 += milliseconds }
  }

  package var read: @Sendable () -> Timestamp {
    { [self] in Timestamp(milliseconds: now.withLock { $0 }) }
  }
}

/// A folder for one test's files, gone when the value is.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    path = NSTemporaryDirectory() + "board-test-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    // A folder that cannot be removed is the operating system's to clean up; no test depends on it.
    _ = try? FileManager.default.removeItem(atPath: path)
  }

  package func file(_ name: String) -> String { path + "/" + name }

  /// Copies a closed database, as a person would copy a folder.
  package func copy(_ name: String, to other: String) throws {
    try? FileManager.default.removeItem(atPath: file(other))
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file(other + suffix)) }
    try FileManager.default.copyItem(atPath: file(name), toPath: file(other))
  }
}

extension RecordModel {
  /// The board's model, but for its rights: for tests in which who may write what is not the subject.
  package static let withoutRights: RecordModel = {
    do throws(ModelError) {
      return try RecordModel(
        parsing: board.source.replacing(/\n *access:\s*{[^}]*}/, with: "")
          .replacing(/, access: {[^}]*}/, with: ""))
    } catch {
      preconditionFailure("the model without rights: \(error)")
    }
  }()
}

/// A hub over a real file, with the kinds of the board's model. Without other word everybody in it may write everything.
package final class TestHub: Sendable {
  package let store: SQLiteStore
  package let hub: SyncHub
  package let acts: AdminService
  package let clock: ManualClock
  package let model: RecordModel

  package init(
    _ file: String, clock: ManualClock = ManualClock(), model: RecordModel = .withoutRights,
    policy: any HubPolicy = SpaceMembersPolicy(), responseBytesMax: Int = Limits.responseBytesMax,
    backUp: (@Sendable (String) throws -> Void)? = nil
  ) throws {
    let store = try SQLiteStore(path: file)
    try store.write { try AdminService.begin(model: model, in: $0) }
    self.store = store
    self.clock = clock
    self.model = model
    hub = SyncHub(
      store: store, rules: model.rules, modelText: model.source, policy: policy, clock: clock.read,
      responseBytesMax: responseBytesMax)
    acts = AdminService(
      store: store, model: model, readSeed: SeedFile.init(parsing:model:), clock: clock.read,
      backUp: backUp ?? { try store.backup(to: $0) })
  }

  /// A code for a member's next computer.
  package func code(
    for member: String, role: String = "member", spaces: [String] = ["public", "cab"]
  ) throws -> String {
    try acts.run(.invite(member: member, role: role, spaces: spaces)).done.code
  }

  package func digest(of space: String) throws -> String {
    guard let digest = try acts.run(.digest).spaces[space] else { throw StoreError.failed("no digest") }
    return digest.description
  }
}

extension AdminService {
  /// Does a command as the owner of the hub's machine, who types it.
  @discardableResult
  package func run<Command: AdminCommand>(_ command: Command) throws(AdminError) -> Command.Answer {
    try run(command, by: .machineOwner(through: .commandLine))
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

/// What can happen to one exchange.
package enum Fault: Sendable, Equatable {
  /// The request never arrives.
  case requestLost
  /// The hub commits, and its answer never arrives.
  case answerLost
  /// The hub commits, and its answer is cut in the middle.
  case answerCut
  /// Something else answers.
  case status(TransportError)
  /// A page of HTML with status 200.
  case webPage
}

/// A line to a hub in the same process.
package final class Line: HubTransport {
  private let hub: Mutex<TestHub>
  private let faults = Mutex<[Fault?]>([])
  private let requests = Mutex<[[UInt8]]>([])

  package init(to hub: TestHub) {
    self.hub = Mutex(hub)
  }

  /// From now on another hub answers.
  package func connect(to other: TestHub) {
    hub.withLock { $0 = other }
  }

  /// What happens to the next exchanges, in order; `nil` lets one through.
  package func next(_ faults: Fault?...) {
    self.faults.withLock { $0 += faults }
  }

  /// Every request that was sent, as its bytes.
  package var sent: [[UInt8]] { requests.withLock { $0 } }

  package func join(
    at place: HubEndpoint, code: String, replica: ReplicaID, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    let hub = hub.withLock { $0 }
    do {
      let principal = try await hub.hub.join(code: code, replica: replica, key: key.publicKey)
      return try hub.store.read { reader in
        JoinReply(
          member: principal.member, memberName: principal.name, role: principal.role,
          hub: try HubIdentity.identity(in: reader).hub,
          spaces: try reader.spaces().filter { principal.spaces.contains($0.id) }.map { ($0.id, $0.name) },
          model: hub.model.source)
      }
    } catch { throw .notAllowed("\(error)") }
  }

  package func sync(at place: HubEndpoint, key: SigningKey, request: [UInt8]) async throws(TransportError) -> [UInt8] {
    requests.withLock { $0.append(request) }
    let fault = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if fault == .requestLost { throw .unreachable("the line is down") }
    if case .status(let error)? = fault { throw error }
    if fault == .webPage { return Array("<html><body>Welcome to the library wifi</body></html>".utf8) }
    let hub = hub.withLock { $0 }
    let answer: [UInt8]
    do {
      answer = try await hub.hub.answer(request, signedBy: key.publicKey)
    } catch DirectoryError.deviceUnknown {
      throw .notKnown
    } catch DirectoryError.deviceRevoked {
      throw .revoked
    } catch let error as RequestError {
      throw error == .wrongHub ? .notAllowed("wrong hub") : .rejected("\(error)")
    } catch { throw .hubFailed(500) }
    if fault == .answerLost { throw .unreachable("the line dropped") }
    return fault == .answerCut ? Array(answer.prefix(answer.count / 2)) : answer
  }
}

/// The key of the device whose store this is. It is kept in the store, so that a test's clones and old copies are the
/// same device, as they are where a whole folder is copied.
package func deviceKey(in store: any ReplicaStore) throws -> SigningKey {
  try store.write { transaction in
    if let seed = try transaction.setting("test/key") { return SigningKey(seed: seed)! }
    let key = SigningKey()
    try transaction.set("test/key", to: key.seed)
    return key
  }
}

/// A member's copy on a real file, with its own line.
package final class TestDevice: Sendable {
  package let store: SQLiteStore
  package let copy: MemberReplica
  package let line: Line

  package init(_ file: String, line: Line, clock: ManualClock = ManualClock()) throws {
    store = try SQLiteStore(path: file)
    let key = try deviceKey(in: store)
    copy = MemberReplica(store: store, key: key, clock: clock.read)
    self.line = line
  }

  /// A fresh copy that has joined and fetched everything.
  package static func joined(
    _ file: String, as member: String, role: String = "member", at hub: TestHub,
    spaces: [String] = ["public", "cab"], clock: ManualClock = ManualClock()
  ) async throws -> TestDevice {
    let device = try TestDevice(file, line: Line(to: hub), clock: clock)
    _ = try await device.copy.join(
      at: HubEndpoint("test"), code: try hub.code(for: member, role: role, spaces: spaces), over: device.line)
    try await device.send()
    return device
  }

  @discardableResult
  package func send(removalsAllowed: Bool = false) async throws -> SyncReport {
    try await copy.sync(over: line, removalsAllowed: removalsAllowed)
  }

  package func digest(of space: String) throws -> String {
    try copy.digests()[space]?.description ?? ""
  }

  /// The shown value of a field.
  package func value(_ id: RecordID, _ field: String) throws -> Value? {
    try copy.show(id.description).fields[field]
  }
}
