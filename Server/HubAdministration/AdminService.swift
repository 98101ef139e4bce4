// The single entry point for administrative commands, whichever door they come through.

package import PartnerExchange
package import RecordModel
package import Replication
package import SyncHub

/// The administration of one hub, on its open store.
package struct AdminService: Sendable {
  /// The most reads of administrators that run at a time.
  package static let readsMax = 2

  private let store: any ReplicaStore
  private let model: RecordModel
  private let seedFormat: SeedFormat
  private let clock: @Sendable () -> Timestamp
  private let backUp: @Sendable (String) throws -> Void
  private let ledger: LedgerKeeper
  private let allowances: HubAllowances
  private let partners: PartnerService?

  /// - Parameters:
  ///   - seedFormat: The format of the files that `import` takes.
  ///   - ledger: The acts that outlast backups.
  ///   - allowances: The most that members, devices and spaces may use.
  ///   - partners: The exchange with partners' hubs.
  ///   - backUp: Writes a complete copy of the store to a path that does not exist yet.
  package init(
    store: any ReplicaStore, model: RecordModel, seedFormat: @escaping SeedFormat,
    clock: @escaping @Sendable () -> Timestamp, ledger: LedgerKeeper = LedgerKeeper(),
    allowances: HubAllowances = HubAllowances(), partners: PartnerService? = nil,
    backUp: @escaping @Sendable (String) throws -> Void
  ) {
    self.store = ReadLimit(Self.readsMax, on: store)
    self.model = model
    self.seedFormat = seedFormat
    self.clock = clock
    self.backUp = backUp
    self.ledger = ledger
    self.allowances = allowances
    self.partners = partners
  }

  /// Runs one command. Everything it changed is durable when this returns. Blocks its thread, for minutes if the
  /// command verifies or copies a large hub.
  ///
  /// - Parameter telling: Called with the entries of a long answer, some at a time, as they are found. It may block.
  /// - Throws: ``AdminError``, in which case nothing was changed, unless its message says otherwise.
  package func run<Command: AdminCommand>(
    _ command: Command, by actor: AdminActor, telling: ([Command.Entry]) throws -> Void
  ) throws(AdminError) -> Command.Answer {
    do {
      return try command.run(
        in: AdminContext(
          store: store, model: model, seedFormat: seedFormat, clock: clock, backUp: backUp, ledger: ledger,
          allowances: allowances, actor: actor, partners: partners),
        telling: telling)
    } catch let error as AdminError {
      throw error
    } catch let error as StoreError {
      throw AdminError(error)
    } catch {
      throw AdminError(.failed, "The act could not be done: \(error)")
    }
  }

  /// Gives a store what a hub needs: its identity, the control and audit spaces, and the spaces that the model names.
  /// Creates only what is missing.
  package static func begin(model: RecordModel, in transaction: any StoreTransaction) throws {
    try HubIdentity.begin(in: transaction)
    try HubSpaces.begin(in: transaction)
    let hub = try HubIdentity.identity(in: transaction).hub
    for space in model.spaces where !space.isPerMember {
      let id = SpaceID.named(space.name, at: hub)
      if try transaction.space(id) == nil { try transaction.put(Space(id: id, name: space.name)) }
    }
  }
}

/// The context of a running command: the hub it runs on, and the actor who gave it.
package struct AdminContext {
  let store: any ReplicaStore
  let model: RecordModel
  let seedFormat: SeedFormat
  let clock: @Sendable () -> Timestamp
  let backUp: @Sendable (String) throws -> Void
  let ledger: LedgerKeeper
  let allowances: HubAllowances
  let actor: AdminActor
  /// The exchange with partners' hubs; `nil` where no hub can be reached.
  let partners: PartnerService?
}

extension Directory {
  /// The name by which administrators know an author; the id if the author is unknown. It is never one of the words that
  /// the hub says of itself.
  package func authorName(_ author: MemberID) throws -> String {
    if author == (try HubIdentity.importer(in: reader)) { return "import" }
    if author == (try HubIdentity.centre(in: reader)) { return "the Centre" }
    return try principal(author).map { MemberName.shown($0.name) } ?? author.description
  }
}

extension String {
  var trimmingSpaces: String {
    let kept = drop { $0.isWhitespace }
    return String(kept.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Validates a reason that an administrator typed, and trims the white space around it.
  ///
  /// - Throws: ``AdminError``, `badReason`, if it is blank or too long.
  func asReason() throws(AdminError) -> String {
    let reason = trimmingSpaces
    let lettersMax = 64
    guard !reason.isBlank, reason.count <= lettersMax else {
      throw AdminError(.badReason, "A reason is one word or a few, of at most \(lettersMax) letters.")
    }
    return reason
  }
}
