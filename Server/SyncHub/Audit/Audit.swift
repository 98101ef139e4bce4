// The hub's log of administrative events: records of a space that the hub alone writes and no device reads. An entry is
// an ordinary change, so it stands in a log and a chain, is backed up and is verified like everything else; and it is
// written in the transaction of the command itself, so that no command takes effect without its entry, and no entry
// stands for a command that failed.

package import Replication

/// The audit space of a hub.
package enum Audit {
  /// The space's label; devices never see it.
  package static let spaceName = "audit"
  static let kind = "audit_entry"

  /// The audit space's own model; the board's has no say in it. Nothing is ever written twice or taken away.
  static let rules = RuleBook(
    version: 1,
    kinds: [
      kind: KindRules(
        deletes: .never,
        fields: Dictionary(uniqueKeysWithValues: AuditEntry.fieldNames.map { ($0, FieldRules(.once, type: .any)) }))
    ])

  /// Makes the space where there is none: of a fresh hub, and of one from before there was an audit.
  @discardableResult
  package static func begin(in transaction: any StoreTransaction) throws -> SpaceID {
    if let space = try transaction.spaces().first(where: { $0.name == spaceName }) { return space.id }
    let space = Space(id: .random(), name: spaceName)
    try transaction.put(space)
    return space.id
  }

  /// Writes an entry, in the transaction of the event.
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
  /// Whether the hub alone writes and reads this, whatever the model says: its directory and its audit.
  package var isHubsOwn: Bool { name == Directory.spaceName || name == Audit.spaceName }
}
