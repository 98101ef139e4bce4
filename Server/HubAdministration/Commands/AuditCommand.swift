// `audit`: one timeline of the whole hub, with every administrative event and every change of every space. It says who
// changed which records and fields, and when, but shows no values: those are for the space's readers only. Rows that
// cannot be read are counted and skipped.

package import JSONText
internal import RecordModel
internal import Replication
internal import SyncHub

package struct AuditCommand: AdminCommand {
  package static let name = "audit"

  /// The name of the only space to show, with the events that concern it; `nil` for all spaces but the hub's own. The
  /// events already tell what changed in the directory.
  let space: String?

  package var parameters: [String: JSON] { ["space": space.json] }

  package func run(in hub: AdminContext) throws -> AuditReport {
    try hub.store.read { reader in
      let timeline = try timeline(reader)
      var failure: String?
      do {
        _ = try Verification(of: reader)
      } catch let integrity as IntegrityFailure {
        failure = integrity.words
      }
      return AuditReport(entries: timeline.inOrder, unreadable: timeline.unreadable, failure: failure)
    }
  }

  private func timeline(_ reader: any StoreReader) throws -> Timeline {
    let shared = try reader.sharedSpaces()
    let spaces = shared.filter { space == nil || $0.name == space }
    if let space, spaces.isEmpty {
      let known = shared.map(\.name).joined(separator: ", ")
      throw AdminError(.noSuchSpace, "There is no space '\(space)'. The spaces are: \(known).")
    }
    let names = Dictionary(uniqueKeysWithValues: shared.map { ($0.id, $0.name) })
    let meant = Set(spaces.map(\.id))
    var timeline = Timeline()
    // Events come first, so that an event precedes the changes it made at the same moment.
    if let audit = try HubSpaces.audit(in: reader), let own = try reader.space(audit) {
      try timeline.add(own, from: reader) { row in
        guard case .change(let change) = row, let entry = AuditEntry(change),
          space == nil || !meant.isDisjoint(with: entry.spaces)
        else { return nil }
        return .event(try AuditedEvent(entry, at: change.header.time, spaceNames: names, reader))
      }
    }
    for space in spaces {
      try timeline.add(space, from: reader) { .change(try AuditedChange($0, in: space, reader)) }
    }
    return timeline
  }
}

extension AuditCommand {
  package init(parameters: JSON) throws(JSONMismatch) { self.init(space: try parameters.member("space")) }
}

extension AdminCommand where Self == AuditCommand {
  package static func audit(space: String?) -> Self { Self(space: space) }
}

/// Merges the entries of many chains in the order of their wall clocks, without reordering any chain. Clocks may be
/// wrong; the order within a chain is certain.
private struct Timeline {
  private var entries: [(time: Int64, entry: AuditReport.Entry)] = []
  /// The number of rows that could not be decoded.
  private(set) var unreadable = 0

  /// Adds an entry for every row of a space, except those for which `entry` returns `nil`.
  mutating func add(
    _ space: Space, from reader: any StoreReader, _ entry: (LogEntry) throws -> AuditReport.Entry?
  ) throws {
    /// The latest time read so far in each chain.
    var reached: [ReplicaID: Int64] = [:]
    try reader.forEachStoredRow(in: space.id) { stored in
      // Only corrupt bytes throw here. The report counts such rows, and `verify` names them.
      guard let row = try? LogEntry(stored) else {
        unreadable += 1
        return
      }
      let time = max(reached[row.dot.replica] ?? .min, row.header.time.milliseconds)
      reached[row.dot.replica] = time
      if let entry = try entry(row) { entries.append((time, entry)) }
    }
  }

  var inOrder: [AuditReport.Entry] {
    entries.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element.entry)
  }
}
