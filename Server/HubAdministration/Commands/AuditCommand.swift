// `audit`: one timeline of the whole hub, with every administrative event and every change of every space. It says who
// changed which records and fields, and when, but shows no values: those are for the space's readers only. Rows that
// cannot be read are counted and skipped.

package import JSONText
internal import RecordModel
internal import Replication
internal import SyncHub

package struct AuditCommand: AdminCommand {
  package static let name = "audit"
  package typealias Entry = AuditReport.Entry

  /// The name of the only space to show, with the events that concern it; `nil` for all spaces but the hub's own. The
  /// events already tell what changed in the directory.
  let space: String?

  package var parameters: [String: JSON] { ["space": space.json] }

  /// Tells the timeline as it was when this began, then verifies the whole hub. A page of it is in memory at a time, and
  /// each page is read in a transaction of its own.
  package func run(in hub: AdminContext, telling: ([AuditReport.Entry]) throws -> Void) throws -> AuditReport {
    var timeline = try hub.store.read { try Timeline(of: space, $0) }
    var count = 0
    while !timeline.isAtEnd {
      let page = try hub.store.read { try timeline.nextPage(from: $0) }
      count += page.count
      if !page.isEmpty { try telling(page) }
    }
    var failure: String?
    do {
      _ = try Verification(of: hub.store)
    } catch let integrity as IntegrityFailure {
      failure = integrity.words
    }
    return AuditReport(entries: count, unreadable: timeline.unreadable, failure: failure)
  }
}

extension AuditCommand {
  package init(parameters: JSON) throws(JSONMismatch) { self.init(space: try parameters.member("space")) }
}

extension AdminCommand where Self == AuditCommand {
  package static func audit(space: String?) -> Self { Self(space: space) }
}

/// Merges the logs of many spaces by the hub's times of receipt, without reordering any log. A restore can put rows that
/// were received earlier behind later ones; such a row stays behind what it follows in its log.
private struct Timeline {
  /// The most rows to read for a page, over all spaces; but some of each, so that a page is worth its transaction.
  private static let rowsMax = 2048
  private static let rowsMin = 16

  /// One space's log.
  private struct Log {
    let space: Space
    let isAudit: Bool
    /// The last position that was read.
    var position: UInt64 = 0
    /// The latest time of receipt up to there.
    var time = Int64.min
    /// The entries that were read and not told yet, the next one last.
    var waiting: [(time: Int64, entry: AuditReport.Entry)] = []

    /// True if everything was read that the log had when the timeline began.
    var isRead: Bool { position >= space.lastPosition }
  }

  /// The hub's own events come first, so that an event precedes the changes it made at the same moment.
  private var logs: [Log] = []
  /// The number of rows that could not be decoded.
  private(set) var unreadable = 0

  /// The spaces whose events are told; `nil` for all.
  private let meant: Set<SpaceID>?
  private let spaceNames: [SpaceID: String]
  private var authorNames: [MemberID: String] = [:]

  /// - Throws: ``AdminError``, `noSuchSpace`.
  init(of name: String?, _ reader: any StoreReader) throws {
    let shared = try reader.sharedSpaces()
    let spaces = shared.filter { name == nil || $0.name == name }
    if let name, spaces.isEmpty {
      let known = shared.map(\.name).joined(separator: ", ")
      throw AdminError(.noSuchSpace, "There is no space '\(name)'. The spaces are: \(known).")
    }
    meant = name == nil ? nil : Set(spaces.map(\.id))
    spaceNames = Dictionary(uniqueKeysWithValues: shared.map { ($0.id, $0.name) })
    if let audit = try HubSpaces.audit(in: reader), let own = try reader.space(audit) {
      logs.append(Log(space: own, isAudit: true))
    }
    logs += spaces.map { Log(space: $0, isAudit: false) }
  }

  /// True if every entry has been told.
  var isAtEnd: Bool { logs.allSatisfy { $0.isRead && $0.waiting.isEmpty } }

  /// Reads on where nothing waits, and returns what certainly precedes all that was not read yet; possibly nothing.
  mutating func nextPage(from reader: any StoreReader) throws -> [AuditReport.Entry] {
    let rows = max(Self.rowsMin, Self.rowsMax / max(1, logs.count))
    for index in logs.indices where logs[index].waiting.isEmpty && !logs[index].isRead {
      try readOn(index, rowsMax: rows, from: reader)
    }
    var page: [AuditReport.Entry] = []
    while logs.allSatisfy({ !$0.waiting.isEmpty || $0.isRead }), let next = earliest {
      page.append(logs[next].waiting.removeLast().entry)
    }
    return page
  }

  /// The log whose next entry is the earliest, the first of equals.
  private var earliest: Int? {
    logs.indices.filter { !logs[$0].waiting.isEmpty }
      .min { (logs[$0].waiting.last!.time, $0) < (logs[$1].waiting.last!.time, $1) }
  }

  private mutating func readOn(_ index: Int, rowsMax: Int, from reader: any StoreReader) throws {
    var log = logs[index]
    var left = rowsMax
    try reader.forEachStoredRow(after: log.position, in: log.space.id) { stored in
      log.position = stored.position
      log.time = max(log.time, stored.place?.time ?? log.time)
      if let row = entry(stored), let entry = try told(row, of: log, reader) { log.waiting.append((log.time, entry)) }
      left -= 1
      return left > 0 && !log.isRead
    }
    // Rows that are missing do not come any more.
    if left > 0 { log.position = max(log.position, log.space.lastPosition) }
    log.waiting.reverse()
    logs[index] = log
  }

  /// Decodes a row; `nil` for corrupt bytes, which the report counts and `verify` names.
  private mutating func entry(_ stored: StoredRow) -> LogEntry? {
    do throws(StoreError) {
      return try LogEntry(stored)
    } catch {
      unreadable += 1
      return nil
    }
  }

  /// What the timeline tells of a row; `nil` for an event that concerns other spaces than those asked about.
  private mutating func told(_ row: LogEntry, of log: Log, _ reader: any StoreReader) throws -> AuditReport.Entry? {
    guard log.isAudit else {
      let name = try authorName(row.header.author, reader)
      return .change(AuditedChange(row, by: name, in: log.space))
    }
    guard case .change(let change) = row, let event = AuditEntry(change),
      meant.map({ !$0.isDisjoint(with: event.spaces) }) ?? true
    else { return nil }
    return .event(try AuditedEvent(event, at: change.header.time, spaceNames: spaceNames, reader))
  }

  private mutating func authorName(_ author: MemberID, _ reader: any StoreReader) throws -> String {
    if let name = authorNames[author] { return name }
    let name = try Directory(reader).authorName(author)
    authorNames[author] = name
    return name
  }
}
