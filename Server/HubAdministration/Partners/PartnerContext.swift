// What the commands about partners share: finding a partner or a version of an agreement by what an administrator types,
// and turning the exchange's errors into sentences.

internal import Cryptography
internal import Dispatch
internal import PartnerExchange
internal import RecordModel
internal import Replication
internal import SyncHub
internal import SyncProtocol
internal import Synchronization

extension AdminContext {
  /// The exchange with partners' hubs.
  ///
  /// - Throws: ``AdminError`` for a hub without one, as in the midst of a restore.
  func exchange() throws(AdminError) -> PartnerService {
    guard let partners else { throw AdminError(.failed, "This hub cannot reach others just now.") }
    return partners
  }

  func partner(called name: String, in reader: any StoreReader) throws -> Partner {
    guard let partner = try Directory(reader).partner(called: name.trimmingSpaces) else {
      let known = try Directory(reader).partners().map(\.name).joined(separator: ", ")
      throw AdminError(
        .noSuchPartner,
        "There is no partner '\(name)'. "
          + (known.isEmpty ? "Type 'partner invite' or 'partner join' first." : "There are: \(known)."))
    }
    return partner
  }

  /// The side of a partner whose hub has joined.
  func side(of partner: Partner) throws(AdminError) -> AgreementSide {
    guard let hub = partner.hub else {
      throw AdminError(.notJoined, "The hub of \(partner.name) has not joined yet.")
    }
    return AgreementSide(hub: hub.id, key: hub.keys.signing)
  }

  func ownSide(in reader: any StoreReader) throws -> AgreementSide {
    AgreementSide(hub: try HubIdentity.identity(in: reader).hub, key: try HubIdentity.key(in: reader).publicKey)
  }

  /// Every version of every agreement, with its partner.
  func agreements(in reader: any StoreReader) throws -> [(partner: Partner, state: AgreementState)] {
    try Directory(reader).partners().flatMap { partner in
      try Papers(with: partner, in: reader)?.all(in: reader).map { (partner, $0) } ?? []
    }
  }

  /// The version that an administrator names: an agreement's name, which means its last version that nobody has ended, or
  /// its name, a slash and the version.
  func agreement(named word: String, in reader: any StoreReader) throws -> (partner: Partner, state: AgreementState) {
    let parts = word.trimmingSpaces.split(separator: "/", maxSplits: 1).map(String.init)
    let all = try agreements(in: reader)
    let fits = all.filter { $0.state.agreement.id == parts.first }
      .filter { agreement in parts.count < 2 || parts[1] == String(agreement.state.agreement.version) }
    guard let last = fits.last(where: { $0.state.ending == nil }) ?? fits.last else {
      let known = Set(all.map(\.state.agreement.id)).sorted().joined(separator: ", ")
      throw AdminError(
        .noSuchAgreement,
        "There is no agreement '\(word)'. "
          + (known.isEmpty ? "Type 'agreement propose' first." : "There are: \(known)."))
    }
    let twins = fits.filter { $0.state.agreement.version == last.state.agreement.version }
    // Another's proposal takes no name away from what this hub has signed or proposed.
    let signed = twins.filter(\.state.isSignedByUs)
    let own = signed.isEmpty ? twins.filter { $0.state.ours != nil } : signed
    guard let meant = twins.count == 1 ? last : own.count == 1 ? own[0] : nil else {
      throw AdminError(
        .manyAgreements,
        "There are \(twins.count) different documents of '\(last.state.agreement.id)' version "
          + "\(last.state.agreement.version). Agree on one: propose it as the next version.")
    }
    return meant
  }

  func keeper(
    of partner: Partner, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> AgreementKeeper {
    guard let keeper = try AgreementKeeper(of: partner, ledger: ledger, now: now, in: transaction) else {
      throw AdminError(.notJoined, "The hub of \(partner.name) has not joined yet.")
    }
    return keeper
  }
}

/// Runs a body that waits for a network, and blocks this thread until it has ended.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) throws -> Result {
  let done = DispatchSemaphore(value: 0)
  let result = Mutex<Swift.Result<Result, any Error>?>(nil)
  Task.detached(executorPreference: NetworkExecutor.shared) {
    let made: Swift.Result<Result, any Error>
    do { made = .success(try await body()) } catch { made = .failure(error) }
    result.withLock { $0 = made }
    done.signal()
  }
  done.wait()
  return try result.withLock { $0 }!.get()
}

/// The threads of exchanges that an administrator waits for. Their command blocks a thread meanwhile, perhaps the only
/// one of the cooperative pool.
private final class NetworkExecutor: TaskExecutor {
  static let shared = NetworkExecutor()

  private let queue = DispatchQueue(label: "hub.partners", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

extension AdminError {
  /// An exchange's error in sentences.
  init(_ error: PartnerError) {
    switch error {
    case .notBegun: self.init(.notAnswering, "The exchange had not begun. Do it again.")
    case .noSuchPartner(let name): self.init(.noSuchPartner, "There is no partner '\(name)'.")
    case .notJoined(let name): self.init(.notJoined, "The hub of \(name) has not joined yet.")
    case .noAddress(let name):
      self.init(.noAddress, "The hub of \(name) dials this one. Everything is exchanged when it does.")
    case .busy: self.init(.inUse, "An exchange with this partner is going on.")
    case .transport(.notAllowed):
      self.init(.notProved, "The partner's hub did not take the code. Ask its administrator for a new one.")
    case .transport(.notProved):
      self.init(.notProved, "What answered could not prove by its certificate that it is the partner's hub.")
    case .transport(.unreachable):
      self.init(
        .notAnswering, "The partner's hub cannot be reached. Nothing is lost: look at the address, or try later.")
    case .sync(.forgotten):
      self.init(
        .notKnownThere,
        "The partner's hub went back to a backup, and asks its administrator about this hub: 'device list' there says "
          + "so. Nothing is lost.")
    case .transport, .sync:
      self.init(.notAnswering, "The exchange with the partner's hub ended early. Nothing is lost: do it again later.")
    case .failedThere:
      self.init(
        .notAnswering, "The partner's hub could not read this one to the end. It goes on with the next exchange.")
    case .notProved: self.init(.notProved, "What came back was not signed by the partner's hub. Nothing was taken.")
    case .wrongHub: self.init(.notProved, "This code is for a member's computer.")
    }
  }
}
