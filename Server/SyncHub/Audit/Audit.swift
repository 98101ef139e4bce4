// The hub's log of administrative events: records of a space that only the hub writes and no device reads. An entry is
// an ordinary change, so it is chained, backed up and verified like any other. It is written in the transaction of its
// command, so no command takes effect without an entry, and no entry describes a command that failed.

package import Replication

/// The audit space of a hub.
package enum Audit {
  /// The kind of every record of the audit space.
  static let kind = "audit_entry"

  /// The rules of the audit space, which the model file does not affect. Every field is written once; nothing is
  /// deleted.
  static let rules = RuleBook(
    version: 1,
    kinds: [
      kind: KindRules(
        deletes: .never,
        fields: Dictionary(uniqueKeysWithValues: AuditEntry.fieldNames.map { ($0, FieldRules(.once, type: .any)) }))
    ])

  /// Writes an entry, in the transaction of its event.
  ///
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package static func record(
    _ entry: AuditEntry, now: Timestamp, in transaction: any StoreTransaction
  ) throws {
    guard let space = try HubSpaces.audit(in: transaction) else {
      throw StoreError.unreadable("this is no hub's data")
    }
    let record = RecordID.make(at: now)
    let drafts =
      [Draft.create(record, kind: kind)]
      + entry.fields.sorted { $0.key < $1.key }.map { .set(record, field: $0.key, $0.value) }
    _ = try Replica(rules: rules, in: transaction).commit(
      drafts, in: space, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
  }
}
