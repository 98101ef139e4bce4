// `backup`: writes a complete copy of the hub to a new file.

package import JSONText
internal import Replication
internal import SyncHub

package struct BackupCommand: ShortAdminCommand {
  package static let name = "backup"

  /// The absolute path of a file that does not exist yet.
  let path: String

  package var parameters: [String: JSON] { ["path": path.json] }

  package func run(in hub: AdminContext) throws -> BackupMade {
    try hub.backUp(path)
    // Recorded only once the copy is complete, so that a failed backup leaves no entry. The copy therefore lacks the
    // entry of its own backup.
    let now = hub.clock()
    try hub.store.write { try Audit.record(AuditEntry(.backup, by: hub.actor), now: now, in: $0) }
    return BackupMade(path: path)
  }
}

extension BackupCommand {
  package init(parameters: JSON) throws(JSONMismatch) { self.init(path: try parameters.member("path")) }
}

extension AdminCommand where Self == BackupCommand {
  package static func backup(path: String) -> Self { Self(path: path) }
}

/// The answer of `backup`.
package struct BackupMade: JSONConvertible {
  package let path: String

  package var json: JSON { .object(["backup": path.json]) }
}

extension BackupMade {
  package init(json: JSON) throws(JSONMismatch) { self.init(path: try json.member("backup")) }
}
