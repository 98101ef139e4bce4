// The entry of a command that takes more than one commit. It is recorded once, in the last commit. Until then it waits in
// local state, where each commit brings it up to date; so whatever stops the command, what it has written is audited: at
// once if it fails, at the hub's next opening if its process is killed.

package import Replication

extension Audit {
  private static let unfinished = LocalTable("unfinished_audit", .id() as LocalCoding<RecordID>, .auditEntry)

  /// Notes the entry of a command as it would be if the command ended with this commit.
  ///
  /// - Parameter id: A name for the command's entry, of its own.
  package static func keepUnfinished(
    _ entry: AuditEntry, as id: RecordID, in transaction: any StoreTransaction
  ) throws {
    try unfinished.set(id, to: entry, in: transaction)
  }

  /// Forgets the note of a command whose entry is recorded in this commit.
  package static func dropUnfinished(_ id: RecordID, in transaction: any StoreTransaction) throws {
    try unfinished.set(id, to: nil, in: transaction)
  }

  /// Records the noted entry of a command that has stopped. Does nothing if there is none.
  package static func finishUnfinished(_ id: RecordID, now: Timestamp, in transaction: any StoreTransaction) throws {
    guard var entry = try unfinished.value(id, in: transaction) else { return }
    entry.counts["unfinished"] = 1
    try record(entry, now: now, in: transaction)
    try dropUnfinished(id, in: transaction)
  }

  /// Records the noted entries of commands whose process was killed. Called when a hub is opened, before any command. A
  /// note that cannot be read stays where it is, and keeps no hub from being opened (``unreadableNotes(in:)``).
  package static func finishUnfinished(now: Timestamp, in transaction: any StoreTransaction) throws {
    for (id, _) in try unfinished.readableRows(of: (), in: transaction).rows {
      try finishUnfinished(id, now: now, in: transaction)
    }
  }

  /// The number of notes of stopped commands that cannot be read, so that the audit lacks their entries.
  package static func unreadableNotes(in reader: any LocalStateReader) throws -> Int {
    try unfinished.readableRows(of: (), in: reader).unreadable
  }
}

extension LocalCoding<AuditEntry> {
  /// Encodes an entry as a map of its fields.
  fileprivate static var auditEntry: LocalCoding {
    LocalCoding {
      Replication.Value.map($0.fields).canonicalBytes
    } decode: { bytes in
      var reader = CBORReader(bytes)
      do throws(CBORError) {
        guard case .map(let fields) = try Replication.Value(from: &reader) else { return nil }
        return AuditEntry(fields: fields)
      } catch { return nil }
    }
  }
}
