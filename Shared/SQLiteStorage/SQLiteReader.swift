// Queries to the file, one statement each. The same implementation serves readers, concurrently with the writer, and
// the writer itself, inside its transaction.

internal import Cryptography
internal import GRDB
internal import Replication

/// A store's queries over one connection, which is in a transaction for as long as this is used.
protocol SQLiteReading: StoreReader {
  var database: Database { get }
  /// True if the file has a text index.
  var hasTexts: Bool { get }
  /// Writes what a transaction has put off (``WorkingSet``). Every query of spaces, tips or records begins with it.
  func flush() throws
}

/// One consistent snapshot, for the duration of a `read`.
struct SQLiteReader: SQLiteReading {
  let database: Database
  let hasTexts: Bool

  func flush() {}
}

/// The name of the setting that is present while erased content may be in the file or its write-ahead log.
let unscrubbed = "unscrubbed"

private let spaceColumns = "id, name, lamport, head, cursor_epoch, cursor_position, cursor_digest"
private let headColumns = "space, replica, sequence, digest, key, salt, signature"
private let placeColumns = "hub_position, hub_time, hub_digest, hub_epoch, hub_signature"
private let storedRowColumns =
  "position, replica, sequence, digest, header, body, reason, erased, \(placeColumns)"
private let rowColumns = storedRowColumns + ", acknowledged"

extension SQLiteReading {
  // MARK: Settings

  func setting(_ name: String) throws -> [UInt8]? {
    try database.first("SELECT value FROM engine_setting WHERE name = ?", [.text(name)]) { $0.blob(0) }
  }

  func settings() throws -> [String: [UInt8]] {
    let rows = try database.all("SELECT name, value FROM engine_setting") { ($0.text(0), $0.blob(1)) }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  func localRow(_ key: [UInt8], of scope: [UInt8], in table: String) throws -> [UInt8]? {
    let sql = "SELECT value FROM engine_local_row WHERE local_table = ? AND scope = ? AND key = ?"
    return try database.first(sql, [.text(table), .blob(scope), .blob(key)]) { $0.blob(0) }
  }

  func localRows(of scope: [UInt8], in table: String, limit: Int) throws -> [(key: [UInt8], value: [UInt8])] {
    let sql = "SELECT key, value FROM engine_local_row WHERE local_table = ? AND scope = ? ORDER BY key LIMIT ?"
    return try database.all(sql, [.text(table), .blob(scope), .integer(Int64(limit))]) { ($0.blob(0), $0.blob(1)) }
  }

  func needsScrub() throws -> Bool { try setting(unscrubbed) != nil }

  func spaces() throws -> [Space] {
    try flush()
    return try database.all("SELECT \(spaceColumns) FROM engine_space ORDER BY name, id") { try $0.space() }
  }

  func space(_ id: SpaceID) throws -> Space? {
    try database.first("SELECT \(spaceColumns) FROM engine_space WHERE id = ?", [.blob(id)]) { try $0.space() }
  }

  func tips(in space: SpaceID) throws -> [ReplicaID: Tip] {
    try flush()
    let sql = "SELECT replica, sequence, digest, lamport FROM engine_tip WHERE space = ?"
    let tips = try database.all(sql, [.blob(space)]) { row in
      (try row.id(0, of: "a tip") as ReplicaID, try row.tip(from: 1))
    }
    return Dictionary(uniqueKeysWithValues: tips)
  }

  func tip(of replica: ReplicaID, in space: SpaceID) throws -> Tip? {
    let sql = "SELECT sequence, digest, lamport FROM engine_tip WHERE space = ? AND replica = ?"
    return try database.first(sql, [.blob(space), .blob(replica)]) { try $0.tip(from: 0) }
  }

  func heads(in space: SpaceID) throws -> [SignedHead] {
    let sql = "SELECT \(headColumns) FROM engine_head WHERE space = ? ORDER BY replica"
    return try database.all(sql, [.blob(space)]) { try $0.head() }
  }

  func head(of replica: ReplicaID, in space: SpaceID) throws -> SignedHead? {
    let sql = "SELECT \(headColumns) FROM engine_head WHERE space = ? AND replica = ?"
    return try database.first(sql, [.blob(space), .blob(replica)]) { try $0.head() }
  }

  // MARK: Records

  func record(_ key: RecordKey) throws -> RecordState? {
    let sql = "SELECT record, state FROM engine_record WHERE space = ? AND record = ?"
    return try database.first(sql, [.blob(key.space), .blob(key.record)]) { try $0.record().1 }
  }

  func forEachRecord(in space: SpaceID, kind: String?, _ body: (RecordID, RecordState) throws -> Void) throws {
    try flush()
    guard let kind else {
      let sql = "SELECT record, state FROM engine_record WHERE space = ? ORDER BY record"
      try database.each(sql, [.blob(space)]) { row in
        let (record, state) = try row.record()
        try body(record, state)
        return true
      }
      return
    }
    // First from the index alone, or SQLite would hold all states in memory to sort them.
    let numbers = "SELECT number FROM engine_record WHERE space = ? AND kind = ? ORDER BY record"
    for number in try database.all(numbers, [.blob(space), .text(kind)], { $0.integer(0) }) {
      let sql = "SELECT record, state FROM engine_record WHERE number = ?"
      guard let (record, state) = try database.first(sql, [.integer(number)], { try $0.record() }) else { continue }
      try body(record, state)
    }
  }

  func recordCount(in space: SpaceID) throws -> Int {
    try flush()
    let sql = "SELECT count(*) FROM engine_record WHERE space = ?"
    return try database.first(sql, [.blob(space)]) { Int($0.integer(0)) } ?? 0
  }

  func contestedRecords(in space: SpaceID, listedOnly: Bool) throws -> [(RecordID, RecordState)] {
    try flush()
    let listed = listedOnly ? " AND listed = 1" : ""
    let sql = "SELECT record, state FROM engine_record WHERE space = ? AND contested = 1\(listed) ORDER BY record"
    return try database.all(sql, [.blob(space)]) { try $0.record() }
  }

  func hasErased(in space: SpaceID) throws -> Bool {
    let sql = "SELECT 1 FROM engine_record WHERE space = ? AND presence = 'erased' LIMIT 1"
    return try database.first(sql, [.blob(space)]) { _ in true } ?? false
  }

  func spaces(holding record: RecordID) throws -> [SpaceID] {
    try flush()
    let sql = """
      SELECT id FROM engine_space
      WHERE EXISTS (SELECT 1 FROM engine_record WHERE space = engine_space.id AND record = ?)
      ORDER BY id
      """
    return try database.all(sql, [.blob(record)]) { try $0.id(0, of: "a space") }
  }

  // MARK: Log

  func row(at position: UInt64, in space: SpaceID) throws -> LogRow? {
    let sql = "SELECT \(rowColumns) FROM engine_log WHERE space = ? AND position = ?"
    return try database.first(sql, [.blob(space), .bits(position)]) { try $0.logRow() }
  }

  func row(of dot: Dot, in space: SpaceID) throws -> LogRow? {
    let sql = "SELECT \(rowColumns) FROM engine_log WHERE space = ? AND replica = ? AND sequence = ?"
    return try database.first(sql, [.blob(space), .blob(dot.replica), .bits(dot.sequence)]) { try $0.logRow() }
  }

  func outline(of dot: Dot, in space: SpaceID) throws -> RowOutline? {
    let sql = """
      SELECT digest, body IS NOT NULL AND erased = 0, acknowledged, hub_position IS NOT NULL FROM engine_log
      WHERE space = ? AND replica = ? AND sequence = ?
      """
    return try database.first(sql, [.blob(space), .blob(dot.replica), .bits(dot.sequence)]) { row in
      RowOutline(
        digest: try row.digest(0, of: "a row"), isWhole: row.flag(1), isAcknowledged: row.flag(2),
        isPlaced: row.flag(3))
    }
  }

  func rows(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow] {
    let sql = "SELECT \(rowColumns) FROM engine_log WHERE space = ? AND position > ? ORDER BY position"
    return try rows(sql, [.blob(space), .bound(position)], bytesMax: bytesMax)
  }

  func outbox(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow] {
    let sql = """
      SELECT \(rowColumns) FROM engine_log WHERE space = ? AND position > ? AND acknowledged = 0 ORDER BY position
      """
    return try rows(sql, [.blob(space), .bound(position)], bytesMax: bytesMax)
  }

  /// Reads rows until the next one would exceed `bytesMax`; the first is read whatever its size.
  private func rows(_ sql: String, _ values: [SQLiteValue], bytesMax: Int) throws -> [LogRow] {
    var rows: [LogRow] = []
    var left = bytesMax
    try database.each(sql, values) { found in
      let row = try found.logRow()
      guard rows.isEmpty || row.entry.byteCount <= left else { return false }
      rows.append(row)
      left -= row.entry.byteCount
      return left > 0
    }
    return rows
  }

  func outboxCount(in space: SpaceID) throws -> Int {
    let sql = "SELECT count(*) FROM engine_log WHERE space = ? AND acknowledged = 0"
    return try database.first(sql, [.blob(space)]) { Int($0.integer(0)) } ?? 0
  }

  func rows(touching key: RecordKey) throws -> [LogRow] {
    let sql = """
      SELECT \(rowColumns) FROM engine_touch JOIN engine_log USING (space, position)
      WHERE space = ? AND record = ? ORDER BY position
      """
    return try database.all(sql, [.blob(key.space), .blob(key.record)]) { try $0.logRow() }
  }

  func firstHeader(touching key: RecordKey) throws -> (position: UInt64, header: Header)? {
    let sql = """
      SELECT position, header FROM engine_touch JOIN engine_log USING (space, position)
      WHERE space = ? AND record = ? ORDER BY position LIMIT 1
      """
    return try database.first(sql, [.blob(key.space), .blob(key.record)]) { row in
      (row.bits(0), try decoding("log row \(row.bits(0))") { try Header(decoding: row.blob(1)) })
    }
  }

  func touchedRecords(
    after record: RecordID?, in space: SpaceID, rowsMax: Int
  ) throws -> [(record: RecordID, positions: [UInt64])] {
    // No id is as short as an empty one, which precedes all.
    let sql = "SELECT record, position FROM engine_touch WHERE space = ? AND record > ? ORDER BY record, position"
    var touched: [(record: RecordID, positions: [UInt64])] = []
    var count = 0
    try database.each(sql, [.blob(space), .blob(record?.bytes ?? [])]) { row in
      let found: RecordID = try row.id(0, of: "a record that a row edits")
      if touched.last?.record != found {
        touched.append((found, []))
      }
      touched[touched.count - 1].positions.append(row.bits(1))
      count += 1
      return count <= rowsMax || touched.count == 1
    }
    // The last record is left out unless all of its rows fit.
    if count > rowsMax, touched.count > 1 { touched.removeLast() }
    return touched
  }

  func isTouched(_ key: RecordKey, at position: UInt64) throws -> Bool {
    let sql = "SELECT 1 FROM engine_touch WHERE space = ? AND record = ? AND position = ?"
    return try database.first(sql, [.blob(key.space), .blob(key.record), .bits(position)]) { _ in true } ?? false
  }

  func voids(in space: SpaceID) throws -> [VoidEntry] {
    let sql = """
      SELECT \(rowColumns) FROM engine_log WHERE space = ? AND body IS NULL ORDER BY replica, sequence
      """
    return try database.all(sql, [.blob(space)]) { try $0.logRow() }
      .compactMap { if case .void(let void) = $0.entry { void } else { nil } }
  }

  func isIncomplete(_ run: DotSet.Run, in space: SpaceID) throws -> Bool {
    let sql = """
      SELECT 1 FROM engine_log
      WHERE space = ? AND replica = ? AND sequence BETWEEN ? AND ? AND (body IS NULL OR erased = 1) LIMIT 1
      """
    let values: [SQLiteValue] = [.blob(space), .blob(run.replica), .bound(run.first), .bound(run.last)]
    return try database.first(sql, values) { _ in true } ?? false
  }

  func hasVoid(of replica: ReplicaID, in space: SpaceID) throws -> Bool {
    let sql = "SELECT 1 FROM engine_log WHERE space = ? AND replica = ? AND body IS NULL LIMIT 1"
    return try database.first(sql, [.blob(space), .blob(replica)]) { _ in true } ?? false
  }

  func rows(of replica: ReplicaID, from sequence: UInt64, in space: SpaceID) throws -> [LogRow] {
    let sql = """
      SELECT \(rowColumns) FROM engine_log WHERE space = ? AND replica = ? AND sequence >= ? ORDER BY sequence
      """
    return try database.all(sql, [.blob(space), .blob(replica), .bound(sequence)]) { try $0.logRow() }
  }

  func rows(placedAfter position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow] {
    let sql = "SELECT \(rowColumns) FROM engine_log WHERE space = ? AND hub_position > ? ORDER BY hub_position"
    return try rows(sql, [.blob(space), .bound(position)], bytesMax: bytesMax)
  }

  func place(at position: UInt64, in space: SpaceID) throws -> LogPlace? {
    let sql = "SELECT \(placeColumns) FROM engine_log WHERE space = ? AND hub_position = ?"
    return try LogPlace(database.first(sql, [.blob(space), .bits(position)]) { $0.storedPlace(from: 0) })
  }

  func lastPlace(in space: SpaceID) throws -> LogPlace? {
    let sql = """
      SELECT \(placeColumns) FROM engine_log WHERE space = ? AND hub_position IS NOT NULL
      ORDER BY hub_position DESC LIMIT 1
      """
    return try LogPlace(database.first(sql, [.blob(space)]) { $0.storedPlace(from: 0) })
  }

  func forEachStoredRow(after position: UInt64, in space: SpaceID, _ body: (StoredRow) throws -> Bool) throws {
    let sql = "SELECT \(storedRowColumns) FROM engine_log WHERE space = ? AND position > ? ORDER BY position"
    try database.each(sql, [.blob(space), .bound(position)]) { try body($0.storedRow()) }
  }

  func forEachStoredRecord(
    after record: RecordID?, in space: SpaceID, _ body: ([UInt8], [UInt8]) throws -> Bool
  ) throws {
    try flush()
    let sql = "SELECT record, state FROM engine_record WHERE space = ? AND record > ? ORDER BY record"
    try database.each(sql, [.blob(space), .blob(record?.bytes ?? [])]) { try body($0.blob(0), $0.blob(1)) }
  }

  func rescued() throws -> [RescuedChange] {
    try database.all("SELECT number, reason, header, body FROM engine_rescue ORDER BY number") { row in
      let change = try decoding("rescued change \(row.integer(0))") {
        try Change(headerBytes: row.blob(2), bodyBytes: row.blob(3))
      }
      return RescuedChange(change: change, reason: RefusalReason(rawValue: row.text(1)))
    }
  }
}

// MARK: - Rows as values

extension SQLiteRow {
  /// Decodes a space; the columns are `spaceColumns`.
  fileprivate func space() throws -> Space {
    var cursor: Replication.Cursor?
    if !isNull(4) {
      cursor = Cursor(
        epoch: try id(4, of: "a cursor"), position: bits(5), digest: try digest(6, of: "a cursor"))
    }
    return Space(id: try id(0, of: "a space"), name: text(1), lamport: bits(2), lastPosition: bits(3), cursor: cursor)
  }

  fileprivate func tip(from column: Int32) throws -> Tip {
    Tip(sequence: bits(column), digest: try digest(column + 1, of: "a tip"), lamport: bits(column + 2))
  }

  /// Decodes a signed head; the columns are `headColumns`.
  fileprivate func head() throws -> SignedHead {
    let dot = Dot(try id(1, of: "a head"), bits(2))
    guard let key = PublicKey(bytes: blob(4)) else { throw StoreError.corrupt("the key of a head is not 32 bytes") }
    return SignedHead(
      space: try id(0, of: "a head"), dot: dot, digest: try digest(3, of: "a head"), key: key,
      salt: try id(5, of: "a head"), signature: blob(6))
  }

  fileprivate func record() throws -> (RecordID, RecordState) {
    let record: RecordID = try id(0, of: "a record")
    return (record, try decoding("record \(record)") { try RecordState(decoding: blob(1)) })
  }

  /// Reads a stored row; the columns are `storedRowColumns`.
  fileprivate func storedRow() -> StoredRow {
    StoredRow(
      position: bits(0), replica: blob(1), sequence: bits(2), digest: blob(3), header: blob(4),
      body: isNull(5) ? nil : blob(5), reason: isNull(6) ? nil : text(6),
      isRedacted: flag(7), place: isNull(8) ? nil : storedPlace(from: 8))
  }

  /// Reads a stored place; the columns are `placeColumns`.
  fileprivate func storedPlace(from column: Int32) -> StoredPlace {
    StoredPlace(
      position: bits(column), time: integer(column + 1), digest: blob(column + 2),
      epoch: isNull(column + 3) ? nil : blob(column + 3), signature: isNull(column + 4) ? nil : blob(column + 4))
  }

  /// Decodes a log row; the columns are `rowColumns`.
  fileprivate func logRow() throws -> LogRow { try LogRow(storedRow(), isAcknowledged: flag(13)) }

  func id<Role>(_ column: Int32, of what: String) throws -> Identifier<Role> {
    guard let id = Identifier<Role>(raw: bytes(column)) else {
      throw StoreError.corrupt("the id of \(what) is not 16 bytes")
    }
    return id
  }

  fileprivate func digest(_ column: Int32, of what: String) throws -> Digest {
    guard let digest = Digest(raw: bytes(column)) else {
      throw StoreError.corrupt("the digest of \(what) is not 32 bytes")
    }
    return digest
  }
}

/// Maps any decoding error to ``StoreError/corrupt(_:)`` with the name of the corrupt item.
private func decoding<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
  do { return try body() } catch { throw StoreError.corrupt("\(what): \(error)") }
}
