// `import`: loads records from a file.

package import JSONText
internal import RecordModel
internal import Replication
internal import SyncHub

package struct ImportCommand: ShortAdminCommand {
  package static let name = "import"

  /// The file's content rather than its path, because the serving process may have another working directory.
  let text: String
  /// The only set of the file to import; `nil` for all.
  let set: String?

  package var parameters: [String: JSON] { ["text": text.json, "set": set.json] }

  package func run(in hub: AdminContext) throws -> ImportSummary {
    let file: SeedFile
    do {
      file = try hub.readSeed(Array(text.utf8), hub.model)
    } catch {
      throw AdminError(.badFile, "\(error)")
    }
    guard !file.records.isEmpty else { throw AdminError(.badFile, "There is no record in the file.") }
    let now = hub.clock()
    do {
      return try hub.store.write { transaction in
        let summary = try SeedImport(model: hub.model, now: now, transaction).run(file, set: set)
        if summary.added + summary.changed > 0 {
          let counts = ["added": Int64(summary.added), "changed": Int64(summary.changed)]
          try Audit.record(AuditEntry(.importFile, by: hub.actor, counts: counts), now: now, in: transaction)
        }
        return summary
      }
    } catch ImportError.noSuchSet(let set, let known) {
      throw AdminError(.noSuchSet, "The file has no set '\(set)'. It has: \(known.joined(separator: ", ")).")
    } catch ImportError.noSuchSpace(let name) {
      throw AdminError(.noSuchSpace, "This hub has no space '\(name)'.")
    } catch ImportError.refused(let key, let reason, let field) {
      throw AdminError(.refused, "\(key): \(field) is not taken (\(reason.rawValue)).")
    }
  }
}

extension ImportCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(text: try parameters.member("text"), set: try parameters.member("set"))
  }
}

extension AdminCommand where Self == ImportCommand {
  package static func importFile(text: String, set: String?) -> Self { Self(text: text, set: set) }
}

/// The outcome of an import.
package struct ImportSummary: JSONConvertible {
  package internal(set) var added = 0
  package internal(set) var changed = 0
  package internal(set) var unchanged = 0
  /// The number of the file's records that have been deleted or erased on this hub, and stay so.
  package internal(set) var deleted = 0
  /// The number of linked records that have not been loaded.
  package internal(set) var unsettledLinks = 0
  /// The number of the hub's open questions, from this import and others.
  package internal(set) var questions = 0

  package var json: JSON {
    .object([
      "added": added.json, "changed": changed.json, "unchanged": unchanged.json, "deleted": deleted.json,
      "unsettledLinks": unsettledLinks.json, "questions": questions.json,
    ])
  }
}

extension ImportSummary {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      added: try json.member("added"), changed: try json.member("changed"), unchanged: try json.member("unchanged"),
      deleted: try json.member("deleted"), unsettledLinks: try json.member("unsettledLinks"),
      questions: try json.member("questions"))
  }
}
