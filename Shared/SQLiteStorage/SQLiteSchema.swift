// The tables of a replica's file. The file is an ordinary SQLite database: its header carries our application id and, as
// user version, the format of the tables.
//
// Reasons for the layout:
// - A record is one row, a change is one row. One row per field costs five times as much to write.
// - Ids are stored as their 16 bytes. Small local numbers instead would save about thirty bytes a row but add a lookup
//   to every statement. New rows are stored next to each other in any case, because a key begins with its space, and
//   ids and positions ascend within it.
// - `engine_record` and `engine_log` are rowid tables with a unique index, the small ones WITHOUT ROWID. SQLite puts
//   a WITHOUT ROWID row of more than about 1,000 bytes on a page of its own: records of 1,300 bytes took 3.3 times
//   the disk and three times the CPU that way (measured, 40,000 rows on 4 KiB pages).
// - `engine_record` has a number of its own, because VACUUM may change the rowids of a table without one, and the text
//   index knows records by it.
// - `engine_record_kind` answers a list in the order shown without reading a record; `engine_record_news` holds only
//   records that the owner of a device has not written last, and none on a hub.
// - The text index keeps no text: its words are those of `display_json`. Hubs have none of the text tables.
// - All names begin with `engine_`, so that a kind may have any other name for its view (`ReadableView`).
// - The remainder of a redacted change is in `body`, with `erased` 1.
// - `position` orders this copy's log, `hub_position` the hub's: a device's own work comes before what it reads later.
//
// Invariants: a space's head is the highest position its log ever had, and positions are never used twice. A void
// (a row with a reason and no body) has no rows in `engine_touch`; a change has one for each record that its remaining
// edits write. A listed record is in `engine_text` with all its words, or its number waits in `engine_text_queue`. Of
// what waits, the index has no words but those of its row in the queue. No other record is in the index.

internal import Foundation
internal import GRDB
internal import Replication

enum SQLiteSchema {
  /// "BSR1", which identifies our files (sqlite.org/fileformat.html, offset 68).
  static let applicationID: Int64 = 0x4253_5231

  /// The format of the tables, which every file bears as its user version. It rises with each change of them; until
  /// 1.0, this program reads its own format only.
  static let format = 8

  private static let tables = """
    CREATE TABLE engine_setting (
      name TEXT NOT NULL PRIMARY KEY,
      value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine_local_row (
      local_table TEXT NOT NULL,
      scope BLOB NOT NULL,
      key BLOB NOT NULL,
      value BLOB NOT NULL,
      PRIMARY KEY (local_table, scope, key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine_space (
      id BLOB NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      lamport INTEGER NOT NULL,
      head INTEGER NOT NULL,
      cursor_epoch BLOB,
      cursor_position INTEGER,
      cursor_digest BLOB
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine_tip (
      space BLOB NOT NULL,
      replica BLOB NOT NULL,
      sequence INTEGER NOT NULL,
      digest BLOB NOT NULL,
      lamport INTEGER NOT NULL,
      PRIMARY KEY (space, replica)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine_head (
      space BLOB NOT NULL,
      replica BLOB NOT NULL,
      sequence INTEGER NOT NULL,
      digest BLOB NOT NULL,
      key BLOB NOT NULL,
      salt BLOB NOT NULL,
      signature BLOB NOT NULL,
      PRIMARY KEY (space, replica)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine_record (
      number INTEGER NOT NULL PRIMARY KEY,
      space BLOB NOT NULL,
      record BLOB NOT NULL,
      kind TEXT NOT NULL,
      presence TEXT NOT NULL,
      listed INTEGER NOT NULL,
      contested INTEGER NOT NULL,
      date TEXT NOT NULL,
      news INTEGER,
      display_json TEXT NOT NULL,
      state BLOB NOT NULL,
      UNIQUE (space, record)
    ) STRICT;
    CREATE INDEX engine_record_contested ON engine_record (space, listed, record) WHERE contested = 1;
    CREATE INDEX engine_record_kind ON engine_record (space, kind, listed, date, record);
    CREATE INDEX engine_record_news ON engine_record (space, news, record, kind) WHERE news IS NOT NULL;
    CREATE INDEX engine_record_erased ON engine_record (space) WHERE presence = 'erased';

    CREATE TABLE engine_log (
      space BLOB NOT NULL,
      position INTEGER NOT NULL,
      replica BLOB NOT NULL,
      sequence INTEGER NOT NULL,
      acknowledged INTEGER NOT NULL,
      reason TEXT,
      digest BLOB NOT NULL,
      header BLOB NOT NULL,
      body BLOB,
      erased INTEGER NOT NULL,
      hub_position INTEGER,
      hub_time INTEGER,
      hub_digest BLOB,
      hub_epoch BLOB,
      hub_signature BLOB,
      UNIQUE (space, position),
      UNIQUE (space, replica, sequence),
      CHECK ((reason IS NULL) <> (body IS NULL))
    ) STRICT;
    CREATE UNIQUE INDEX engine_log_place ON engine_log (space, hub_position) WHERE hub_position IS NOT NULL;
    CREATE INDEX engine_log_outbox ON engine_log (space, position) WHERE acknowledged = 0;
    CREATE INDEX engine_log_incomplete ON engine_log (space, replica, sequence) WHERE body IS NULL OR erased = 1;

    CREATE TABLE engine_touch (
      space BLOB NOT NULL,
      record BLOB NOT NULL,
      position INTEGER NOT NULL,
      PRIMARY KEY (space, record, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine_rescue (
      number INTEGER NOT NULL PRIMARY KEY,
      digest BLOB NOT NULL UNIQUE,
      reason TEXT NOT NULL,
      header BLOB NOT NULL,
      body BLOB NOT NULL
    ) STRICT;

    CREATE TABLE engine_view (
      name TEXT NOT NULL PRIMARY KEY,
      definition TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  /// The tables of a device alone: the text index.
  private static let textTables = """
    CREATE VIRTUAL TABLE engine_text USING fts5(words, content = '', tokenize = 'unicode61 remove_diacritics 2');
    CREATE TABLE engine_text_queue (number INTEGER NOT NULL PRIMARY KEY, words TEXT) STRICT;
    """

  /// Checks a file before anything in it is changed.
  ///
  /// - Returns: True if it has our tables; false for an empty file.
  /// - Throws: ``StoreError/unreadable(_:)`` for a file of another format, or one that is not ours.
  static func isMade(in database: Database) throws -> Bool {
    let application = try database.first("PRAGMA application_id") { $0.integer(0) }
    let version = try database.first("PRAGMA user_version") { Int($0.integer(0)) } ?? 0
    if application == applicationID, version > 0 {
      guard version == format else {
        throw StoreError.unreadable(
          "it was written by another version of this program (format \(version); this one reads \(format))")
      }
      return true
    }
    let objects = try database.first("SELECT count(*) FROM sqlite_schema") { $0.integer(0) }
    guard application == 0, version == 0, objects == 0 else {
      throw StoreError.unreadable("it is a database of another program")
    }
    return false
  }

  /// Checks that a file's tables are ours, and that nobody's code runs with our writes. Views and tables that people add
  /// under other names are theirs to add.
  ///
  /// - Throws: ``StoreError/unreadable(_:)``.
  private static func checkDefinitions(in database: Database) throws {
    if try database.first("SELECT 1 FROM sqlite_schema WHERE type = 'trigger'", [], { _ in true }) ?? false {
      throw StoreError.unreadable("it has a trigger, which would run somebody else's code")
    }
    let made = tables + (try hasTexts(database) ? textTables : "")
    let ours = Set(
      made.split(separator: ";").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty })
    // FTS5 makes tables of its own for the text index.
    let found = try database.all(
      """
      SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name GLOB 'engine_*' AND type <> 'view'
        AND NOT (tbl_name GLOB 'engine_text_*' AND tbl_name <> 'engine_text_queue')
      """
    ) { $0.text(0) }
    guard Set(found) == ours else { throw StoreError.unreadable("its tables are not as this program makes them") }
  }

  /// Makes the tables of an empty file; checks those of another.
  static func make(in database: Database, for use: SQLiteStore.Use) throws {
    guard try !isMade(in: database) else { return try checkDefinitions(in: database) }
    try database.inTransaction(.immediate) {
      try database.execute(sql: tables)
      if use == .device { try database.execute(sql: textTables) }
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.execute(sql: "PRAGMA user_version = \(format)")
      return .commit
    }
  }

  /// Tests whether a file has a text index.
  static func hasTexts(_ database: Database) throws -> Bool {
    try database.first("SELECT 1 FROM sqlite_schema WHERE name = 'engine_text'") { _ in true } ?? false
  }
}
