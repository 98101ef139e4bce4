// `ledger accept`: lets a hub whose ledger is missing give rows again.

package import JSONText
internal import Replication
internal import SyncHub

package struct LedgerAcceptCommand: PlainAdminCommand {
  package static let name = "ledger accept"
  package init() {}

  /// Accepts the ledger as it is now: what the data knew, and what copies have brought back of erasures since.
  ///
  /// - Throws: ``AdminError``, `noChange` if the ledger is not missing.
  package func run(in hub: AdminContext) throws -> LedgerAccepted {
    try hub.store.write { transaction in
      guard try Ledger.isLedgerMissing(in: transaction) else {
        throw AdminError(.noChange, "The ledger is not missing. Nothing was changed.")
      }
      try Ledger.accept(in: transaction)
      try Audit.record(AuditEntry(.ledgerAccept, by: hub.actor), now: hub.clock(), in: transaction)
      let ledger = hub.ledger.ledger
      return LedgerAccepted(erased: ledger.erased.count, revoked: ledger.revoked.count, left: ledger.left.count)
    }
  }
}

extension AdminCommand where Self == LedgerAcceptCommand {
  package static var ledgerAccept: Self { Self() }
}

/// The answer of `ledger accept`: what the ledger knows now.
package struct LedgerAccepted: JSONConvertible {
  /// The records, devices and readings of spaces that are erased, revoked and left.
  package let erased: Int
  package let revoked: Int
  package let left: Int

  package var json: JSON { .object(["erased": erased.json, "revoked": revoked.json, "left": left.json]) }
}

extension LedgerAccepted {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      erased: try json.member("erased"), revoked: try json.member("revoked"), left: try json.member("left"))
  }
}
