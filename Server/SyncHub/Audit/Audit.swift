// The hub's log of administrative events: records of a space that only the hub writes and no device reads. An entry is
// an ordinary change, so it is chained, backed up and verified like any other. It is written in the transaction of its
// command, so no command takes effect without an entry, and no entry describes a command that failed.

package import Replication

/// The audit space of a hub.
package enum Audit {
  /// The label of the audit space; devices never see it.
  package static let spaceName = "audit"
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

  /// Creates the audit space if it is missing: in a fresh hub, and in one older than the audit.
  @discardableResult
  package static func begin(in transaction: any StoreTransaction) throws -> SpaceID {
    if let space = try transaction.spaces().first(where: { $0.name == spaceName }) { return space.id }
    let space = Space(id: .random(), name: spaceName)
    try transaction.put(space)
    return space.id
  }

  /// Writes an entry, in the transaction of its event.
  package static func record(
    _ entry: AuditEntry, now: Timestamp, in transaction: any StoreTransaction
  ) throws {
    let record = RecordID.make(at: now)
    let drafts =
      [Draft.create(record, kind: kind)]
      + entry.fields.sorted { $0.key < $1.key }.map { .set(record, field: $0.key, $0.value) }
    _ = try Replica(rules: rules, in: transaction).commit(
      drafts, in: begin(in: transaction), by: .hub, at: now, isAcknowledged: true)
  }
}

extension Space {
  /// True for the directory and the audit, which only the hub writes and reads, whatever the model says.
  package var isHubsOwn: Bool { name == Directory.spaceName || name == Audit.spaceName }
}
