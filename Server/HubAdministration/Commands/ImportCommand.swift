// `import`: loads records from a file of any size.

package import JSONText
internal import RecordModel
internal import Replication
internal import SyncHub

package struct ImportCommand: AdminCommand {
  package static let name = "import"

  /// The absolute path of the file. The process that serves the hub opens it, so it must be one that this may read.
  let path: String
  /// The only set of the file to import; `nil` for all.
  let set: String?

  package var parameters: [String: JSON] { ["path": path.json, "set": set.json] }

  /// Checks the whole file, then loads it in bounded commits. Memory is a batch, and 32 bytes a record.
  ///
  /// - Parameter telling: Called after each batch, with how far this has come.
  /// - Throws: ``AdminError``. Nothing was imported then unless its message says what was.
  package func run(in hub: AdminContext, telling: ([ImportProgress]) throws -> Void) throws -> ImportSummary {
    let file = try ImportFile(path: path)
    let line = hub.seedFormat(hub.model)
    let check = try ImportCheck(file, set: set, reading: line) { try telling([$0]) }
    let spaces = try hub.store.read { try $0.spaceIDs() }
    if let missing = check.spaces.sorted().first(where: { spaces[$0] == nil }) {
      throw AdminError(.noSuchSpace, "This hub has no space '\(missing)'.")
    }
    var loading = ImportLoading(file, checked: check, set: set, in: hub)
    return try loading.run(reading: line) { try telling([$0]) }
  }
}

extension ImportCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(path: try parameters.member("path"), set: try parameters.member("set"))
  }
}

extension AdminCommand where Self == ImportCommand {
  package static func importFile(_ path: String, set: String? = nil) -> Self { Self(path: path, set: set) }
}

/// The progress of an import.
package enum ImportProgress: JSONConvertible {
  /// So many lines are checked, of about so many: the file's size by the length of its lines so far.
  case checked(lines: Int, about: Int)
  /// So many lines are loaded, of so many.
  case loaded(lines: Int, of: Int)

  package var json: JSON {
    switch self {
    case .checked(let lines, let all): .object(["checked": lines.json, "about": all.json])
    case .loaded(let lines, let all): .object(["loaded": lines.json, "of": all.json])
    }
  }
}

extension ImportProgress {
  package init(json: JSON) throws(JSONMismatch) {
    if let lines: Int = try json.member("loaded") {
      self = .loaded(lines: lines, of: try json.member("of"))
    } else {
      self = .checked(lines: try json.member("checked"), about: try json.member("about"))
    }
  }
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

  /// The number of records that were written.
  var written: Int { added + changed }

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
