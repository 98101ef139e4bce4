// `erase`: removes a record's content from this hub's files at once, and from every member's copy at its next contact.

package import JSONText
internal import PartnerExchange
internal import RecordModel
package import Replication
internal import SyncHub

package struct EraseCommand: ShortAdminCommand {
  package static let name = "erase"

  /// The record's id, or its key if it was imported.
  let record: String
  /// The reason, which is returned in the answer and stored nowhere: it may reveal more about a person than the record
  /// did.
  let reason: String

  package var parameters: [String: JSON] { ["record": record.json, "reason": reason.json] }

  package func run(in hub: AdminContext) throws -> ErasureReceipt {
    let reason = try reason.asReason()
    let now = hub.clock()
    let (key, state, space, rows, dot) = try hub.store.write { transaction in
      let (key, state) = try hub.record(named: record, in: transaction)
      guard !state.isErased else { throw AdminError(.erasedAlready, "This record is erased already.") }
      let rows = try transaction.rows(touching: key).count
      try hub.ledger.enter([.erased(key, kind: state.kind)], in: transaction)
      let change = try Replica(rules: hub.model.rules, in: transaction).commit(
        [.erase(key.record)], in: key.space, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
      try Projector.eraseProjections(of: key, model: hub.model, ledger: hub.ledger, now: now, in: transaction)
      try Proposal.purge(key, now: now, transaction)
      let entry = AuditEntry(.erase, by: hub.actor, spaces: [key.space], records: [key.record])
      try Audit.record(entry, now: now, in: transaction)
      return (key, state, try transaction.space(key.space)?.name ?? "", rows, change!.dot)
    }
    return ErasureReceipt(
      erased: key.record, kind: state.kind, space: space, changes: rows, reason: reason, time: now, dot: dot,
      isScrubbed: hub.scrub())
  }
}

extension EraseCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(record: try parameters.member("record"), reason: try parameters.member("reason"))
  }
}

extension AdminCommand where Self == EraseCommand {
  package static func erase(_ record: String, reason: String) -> Self { Self(record: record, reason: reason) }
}

/// The receipt of an erasure.
package struct ErasureReceipt: JSONConvertible {
  package let erased: RecordID
  package let kind: String
  /// The space's name.
  package let space: String
  /// The number of changes that edited the record.
  package let changes: Int
  package let reason: String
  package let time: Timestamp
  /// The dot of the change that erased it.
  package let dot: Dot
  /// False if traces remain in the hub's files until it is next used or opened.
  package let isScrubbed: Bool

  package var json: JSON {
    .object([
      "erased": erased.json, "kind": kind.json, "space": space.json, "changes": changes.json, "reason": reason.json,
      "time": time.json, "dot": dot.json, "swept": isScrubbed.json,
    ])
  }
}

extension ErasureReceipt {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      erased: try json.member("erased"), kind: try json.member("kind"), space: try json.member("space"),
      changes: try json.member("changes"), reason: try json.member("reason"), time: try json.member("time"),
      dot: try json.member("dot"), isScrubbed: try json.member("swept"))
  }
}

extension AdminContext {
  /// Removes erased content from wherever the store's files still have it.
  ///
  /// - Returns: False if a reader blocked it or the disk has no room. The record is erased all the same, and the hub's
  ///   next request or opening tries again.
  fileprivate func scrub() -> Bool {
    do { return try store.scrub() } catch { return false }
  }

  fileprivate func record(named name: String, in reader: any StoreReader) throws -> (RecordKey, RecordState) {
    var found: [(RecordKey, RecordState)] = []
    for space in try reader.sharedSpaces() {
      if let id = RecordID(name) {
        let key = RecordKey(space.id, id)
        if let state = try reader.record(key) { found.append((key, state)) }
        continue
      }
      try reader.forEachRecord(in: space.id, kind: nil) { record, state in
        guard state.shownFields(by: model.rules)["key"] == .text(name) else { return }
        found.append((RecordKey(space.id, record), state))
      }
    }
    guard let first = found.first else {
      throw AdminError(.noSuchRecord, "There is no record '\(name)'. Name it by its id or its key.")
    }
    guard found.count == 1 else {
      throw AdminError(.manyRecords, "'\(name)' means \(found.count) records. Name one by its id.")
    }
    return first
  }
}
