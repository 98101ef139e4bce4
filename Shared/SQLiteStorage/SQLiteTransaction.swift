// Writes to the file, inside the single writer's transaction.

internal import Cryptography
internal import GRDB
internal import JSONText
internal import Replication

/// The transaction of a `write`. It reads its own writes; nobody else does before the commit.
final class SQLiteTransaction: StoreTransaction, SQLiteReading {
  let database: Database
  let hasTexts: Bool
  /// The extent of this transaction so far.
  private(set) var note = CommitNote()
  private var workingSet = WorkingSet()

  /// - Parameter hasTexts: True if the file has a text index.
  init(database: Database, hasTexts: Bool) {
    self.database = database
    self.hasTexts = hasTexts
  }

  /// A reader of the file as it is, without the rows that the working set has yet to write.
  private var stored: SQLiteReader { SQLiteReader(database: database, hasTexts: hasTexts) }

  func flush() throws {
    try workingSet.flush(space: write, tip: { try write($1, of: $0) }, record: write)
  }

  func nested<Result>(_ body: () throws -> Result) throws -> Result {
    let before = note
    try flush()
    try database.run("SAVEPOINT part")
    do {
      let result = try body()
      try flush()
      try database.run("RELEASE part")
      return result
    } catch {
      // On a full disk, SQLite may have rolled back the whole transaction, including the savepoint. The error is
      // rethrown, and `run` refuses any further writes by the body's callers.
      if database.isInsideTransaction {
        try database.run("ROLLBACK TO part")
        try database.run("RELEASE part")
      }
      note = before
      workingSet = WorkingSet()
      throw error
    }
  }

  func set(_ name: String, to value: [UInt8]?) throws {
    guard let value else {
      try database.run("DELETE FROM engine_setting WHERE name = ?", [.text(name)])
      return
    }
    let sql = """
      INSERT INTO engine_setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
      """
    try database.run(sql, [.text(name), .blob(value)])
  }

  func setLocalRow(_ key: [UInt8], of scope: [UInt8], in table: String, to value: [UInt8]?) throws {
    guard let value else {
      let sql = "DELETE FROM engine_local_row WHERE local_table = ? AND scope = ? AND key = ?"
      try database.run(sql, [.text(table), .blob(scope), .blob(key)])
      return
    }
    let sql = """
      INSERT INTO engine_local_row (local_table, scope, key, value) VALUES (?, ?, ?, ?)
        ON CONFLICT (local_table, scope, key) DO UPDATE SET value = excluded.value
      """
    try database.run(sql, [.text(table), .blob(scope), .blob(key), .blob(value)])
  }

  func removeLocalRows(of scope: [UInt8]?, in table: String) throws {
    let sql = "DELETE FROM engine_local_row WHERE local_table = ?1 AND (?2 IS NULL OR scope = ?2)"
    try database.run(sql, [.text(table), .blob(scope)])
  }

  func didErase() throws {
    try flush()
    try set(unscrubbed, to: [])
    if hasTexts { try forgetTexts() }
  }

  // MARK: Spaces and chains

  func space(_ id: SpaceID) throws -> Space? {
    try workingSet.space(id) { try stored.space(id) }
  }

  /// Never lowers the head: a caller that writes back a row read before an append must not cause positions to be
  /// reused.
  func put(_ space: Space) throws {
    note.change(space.id)
    var space = space
    space.lastPosition = max(space.lastPosition, try self.space(space.id)?.lastPosition ?? 0)
    workingSet.put(space)
  }

  private func write(_ space: Space) throws {
    let sql = """
      INSERT INTO engine_space (id, name, lamport, head, cursor_epoch, cursor_position, cursor_digest)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, lamport = excluded.lamport, head = excluded.head, cursor_epoch = excluded.cursor_epoch, cursor_position = excluded.cursor_position,
        cursor_digest = excluded.cursor_digest
      """
    let cursor = space.cursor
    try database.run(
      sql,
      [
        .blob(space.id), .text(space.name), .bits(space.lamport), .bound(space.lastPosition),
        .blob(cursor?.epoch), cursor.map { .bits($0.position) } ?? .null, .blob(cursor?.digest),
      ])
  }

  func removeSpace(_ id: SpaceID) throws {
    note.remove(id)
    try flush()
    workingSet = WorkingSet()
    if hasTexts {
      // All of it at once: what is left is indexed anew.
      try forgetTexts()
      try removeTexts("space = ?", [.blob(id)])
    }
    for table in ["engine_touch", "engine_log", "engine_record", "engine_head", "engine_tip"] {
      try database.run("DELETE FROM \(table) WHERE space = ?", [.blob(id)])
    }
    try database.run("DELETE FROM engine_space WHERE id = ?", [.blob(id)])
  }

  func tip(of replica: ReplicaID, in space: SpaceID) throws -> Tip? {
    try workingSet.tip(of: WorkingSet.Chain(space: space, replica: replica)) {
      try stored.tip(of: replica, in: space)
    }
  }

  func setTip(of replica: ReplicaID, in space: SpaceID, to tip: Tip?) throws {
    workingSet.setTip(of: WorkingSet.Chain(space: space, replica: replica), to: tip)
  }

  private func write(_ tip: Tip?, of chain: WorkingSet.Chain) throws {
    let (space, replica) = (chain.space, chain.replica)
    guard let tip else {
      try database.run("DELETE FROM engine_tip WHERE space = ? AND replica = ?", [.blob(space), .blob(replica)])
      return
    }
    let sql = """
      INSERT INTO engine_tip (space, replica, sequence, digest, lamport) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (space, replica) DO UPDATE SET
        sequence = excluded.sequence, digest = excluded.digest, lamport = excluded.lamport
      """
    try database.run(
      sql, [.blob(space), .blob(replica), .bits(tip.sequence), .digest(tip.digest), .bits(tip.lamport)])
  }

  func put(_ head: SignedHead) throws {
    let sql = """
      INSERT INTO engine_head (space, replica, sequence, digest, key, salt, signature) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (space, replica) DO UPDATE SET
        sequence = excluded.sequence, digest = excluded.digest, key = excluded.key, salt = excluded.salt,
        signature = excluded.signature
      """
    try database.run(
      sql,
      [
        .blob(head.space), .blob(head.dot.replica), .bits(head.dot.sequence), .digest(head.digest),
        .blob(head.key.bytes), .blob(head.salt), .blob(head.signature),
      ])
  }

  // MARK: Records

  func record(_ key: RecordKey) throws -> RecordState? {
    try workingSet.record(key) { try stored.record(key) }
  }

  func hasErased(in space: SpaceID) throws -> Bool {
    if let known = workingSet.hasErased(in: space) { return known }
    try flush()
    let hasErased = try stored.hasErased(in: space)
    workingSet.setErased(hasErased, in: space)
    return hasErased
  }

  func put(
    _ state: RecordState, at key: RecordKey, projection: @autoclosure @escaping () -> RecordProjection
  ) throws {
    note.write(kind: state.kind, in: key.space)
    workingSet.put(state, at: key, projection: projection)
    if workingSet.isFull { try flush() }
  }

  private func write(_ record: WorkingSet.WrittenRecord) throws {
    let (state, projection) = (record.state, record.projection())
    let place: [SQLiteValue] = [.blob(record.key.space), .blob(record.key.record)]
    if hasTexts { try queueIndexedTexts("space = ? AND record = ?", place) }
    let news = record.news == nil ? "" : ", news = excluded.news"
    let sql = """
      INSERT INTO engine_record (space, record, kind, presence, listed, contested, date, display_json, state, news)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (space, record) DO UPDATE SET
        kind = excluded.kind, presence = excluded.presence, listed = excluded.listed, contested = excluded.contested,
        date = excluded.date, display_json = excluded.display_json, state = excluded.state\(news)
      """
    try database.run(
      sql,
      place + [
        .text(state.kind), .text(projection.presence.rawValue), .flag(projection.presence.isThere),
        .flag(state.hasRivals),
        .text(projection.date), .text(hasTexts ? JSON.object(projection.fields.mapValues { JSON($0) }).text : ""),
        .blob(state.encoded), record.news?.position.map { .bits($0) } ?? .null,
      ])
    if hasTexts { try queueTexts("space = ? AND record = ?", place) }
  }

  func setNews(of key: RecordKey, at position: UInt64?) throws {
    guard !workingSet.setNews(of: key, at: position) else { return }
    let sql = "UPDATE engine_record SET news = ? WHERE space = ? AND record = ?"
    try database.run(sql, [position.map { .bits($0) } ?? .null, .blob(key.space), .blob(key.record)])
  }

  func removeRecord(_ key: RecordKey) throws {
    note.write(kind: nil, in: key.space)
    try flush()
    workingSet.forget(key)
    if hasTexts {
      try removeTexts("space = ? AND record = ?", [.blob(key.space), .blob(key.record)])
    }
    let sql = "DELETE FROM engine_record WHERE space = ? AND record = ?"
    try database.run(sql, [.blob(key.space), .blob(key.record)])
  }

  // MARK: Log

  func append(_ entry: LogEntry, at place: LogPlace?) throws {
    let space = entry.header.space
    guard var known = try self.space(space) else { throw StoreError.failed("this copy has no space \(space)") }
    let row = StoredRow(entry, at: known.lastPosition + 1, place: place)
    if let place { try vacate(place, in: space) }
    let sql = """
      INSERT INTO engine_log
        (space, position, replica, sequence, acknowledged, reason, digest, header, body, erased, hub_position, hub_time,
         hub_digest, hub_epoch, hub_signature)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    try database.run(
      sql,
      [
        .blob(space), .bits(row.position), .blob(row.replica), .bits(row.sequence), .flag(place != nil),
        .text(row.reason), .blob(row.digest), .blob(row.header), .blob(row.body), .flag(row.isRedacted),
      ] + place.columns)
    // After the row: if its dot is taken and the caller carries on, no position is lost.
    known.lastPosition = row.position
    workingSet.put(known)
    if let place { workingSet.place(place, in: space) }
    try addTouches(of: entry, at: row.position)
    note.append(at: row.position, in: space)
  }

  private func addTouches(of entry: LogEntry, at position: UInt64) throws {
    let sql = "INSERT INTO engine_touch (space, record, position) VALUES (?, ?, ?)"
    for record in entry.edits.records {
      try database.run(sql, [.blob(entry.header.space), .blob(record), .bits(position)])
    }
  }

  func setAcknowledged(_ isAcknowledged: Bool, dots: [Dot], in space: SpaceID) throws {
    if !dots.isEmpty { note.change(space) }
    let sql = "UPDATE engine_log SET acknowledged = ? WHERE space = ? AND replica = ? AND sequence = ?"
    for dot in dots {
      try database.run(sql, [.flag(isAcknowledged), .blob(space), .blob(dot.replica), .bits(dot.sequence)])
    }
  }

  func setPlace(of dot: Dot, in space: SpaceID, to place: LogPlace) throws {
    try vacate(place, in: space)
    let sql = """
      UPDATE engine_log
      SET hub_position = ?, hub_time = ?, hub_digest = ?, hub_epoch = ?, hub_signature = ?, acknowledged = 1
      WHERE space = ? AND replica = ? AND sequence = ?
      """
    let changed = try database.run(
      sql, LogPlace?(place).columns + [.blob(space), .blob(dot.replica), .bits(dot.sequence)])
    if changed > 0 { workingSet.place(place, in: space) }
    note.change(space)
  }

  func lastPlace(in space: SpaceID) throws -> LogPlace? {
    try workingSet.lastPlace(in: space) { try stored.lastPlace(in: space) }
  }

  /// Removes a place from the row that has it, if any.
  private func vacate(_ place: LogPlace, in space: SpaceID) throws {
    guard try place.position <= lastPlace(in: space)?.position ?? 0 else { return }
    workingSet.forgetLastPlace(in: space)
    let sql = """
      UPDATE engine_log SET \(noPlace) WHERE space = ? AND hub_position = ?
      """
    try database.run(sql, [.blob(space), .bits(place.position)])
  }

  func removePlaces(after position: UInt64, in space: SpaceID) throws {
    workingSet.forgetLastPlace(in: space)
    let sql = """
      UPDATE engine_log SET \(noPlace)
      WHERE space = ? AND hub_position > ?
      """
    try database.run(sql, [.blob(space), .bound(position)])
    note.change(space)
  }

  func replaceRow(with entry: LogEntry) throws {
    let (space, dot) = (entry.header.space, entry.dot)
    guard let replaced = try self.row(of: dot, in: space) else {
      throw StoreError.failed("no row \(dot) of \(space)")
    }
    try removeTouches(of: replaced, in: space)
    let row = StoredRow(entry, at: replaced.position)
    let sql = """
      UPDATE engine_log SET reason = ?, digest = ?, header = ?, body = ?, erased = ?
      WHERE space = ? AND replica = ? AND sequence = ?
      """
    try database.run(
      sql,
      [
        .text(row.reason), .blob(row.digest), .blob(row.header), .blob(row.body), .flag(row.isRedacted),
        .blob(space), .blob(row.replica), .bits(row.sequence),
      ])
    try addTouches(of: entry, at: row.position)
    note.change(space)
  }

  func removeRow(of dot: Dot, in space: SpaceID) throws {
    guard let row = try row(of: dot, in: space) else { return }
    try removeTouches(of: row, in: space)
    workingSet.forgetLastPlace(in: space)
    let sql = "DELETE FROM engine_log WHERE space = ? AND replica = ? AND sequence = ?"
    try database.run(sql, [.blob(space), .blob(dot.replica), .bits(dot.sequence)])
    note.change(space)
  }

  private func removeTouches(of row: LogRow, in space: SpaceID) throws {
    let sql = "DELETE FROM engine_touch WHERE space = ? AND record = ? AND position = ?"
    for record in row.entry.edits.records {
      try database.run(sql, [.blob(space), .blob(record), .bits(row.position)])
    }
  }

  func rescue(_ change: Change, reason: RefusalReason) throws {
    // The header's digest covers space and dot.
    let sql = """
      INSERT INTO engine_rescue (digest, reason, header, body) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING
      """
    try database.run(
      sql,
      [.digest(change.digest), .text(reason.rawValue), .blob(change.headerBytes), .blob(change.bodyBytes)])
  }

  func removeRescued(_ change: Change) throws {
    try database.run("DELETE FROM engine_rescue WHERE digest = ?", [.digest(change.digest)])
  }
}

/// The assignments that remove a row's place.
private let noPlace = "hub_position = NULL, hub_time = NULL, hub_digest = NULL, hub_epoch = NULL, hub_signature = NULL"

extension LogPlace? {
  /// The values of the columns that hold a place, in the order of the schema.
  fileprivate var columns: [SQLiteValue] {
    [
      self.map { .bits($0.position) } ?? .null, self.map { .integer($0.time.milliseconds) } ?? .null,
      .blob(self?.digest), .blob(self?.signature?.epoch), .blob(self?.signature?.bytes),
    ]
  }
}
