// The store of every device, and of a hub on one machine: one SQLite file. It exists to keep one promise: whatever a
// `write` has returned from is on disk, even after a killed process, a power cut or a full disk.

internal import GRDB
internal import GRDBSQLite
package import Replication
internal import Synchronization

/// A replica in one SQLite file, held by one process.
///
/// Next to `replica.db` are `replica.db-wal` and `replica.db-shm` (SQLite's own) and `replica.db.lock`, and while a copy
/// is being written, `replica.db.copying`; after a repair, `replica.db.damaged-1`. All are readable and writable by their owner alone (0600), as is the folder
/// (0700) if this creates it.
///
/// Readers see the last commit and never wait for writers; writers wait for each other. Calls block their thread. A
/// `write` inside a `write`, or a `read` inside a `read`, traps: use the reader or transaction at hand instead.
package final class SQLiteStore: BackupStore {
  private let pool: DatabasePool
  /// The path of the file, with all symbolic links resolved.
  package let path: String
  package let observers = CommitObservers()
  /// Declared after the pool, so that connections are closed before anybody else can open the file. `nil` once closed.
  private let lock: Mutex<FileLock?>
  /// True if the file has a text index.
  private let hasTexts: Bool
  /// Held while a copy is being written: one at a time, because one note names it.
  private let copying = Mutex(())

  /// The use of a file, which decides the tables it is created with.
  package enum Use: Sendable {
    /// A member's copy, with an index of its texts.
    case device
    /// A hub's copy, which nobody searches.
    case hub
  }

  /// Opens the file; if there is none, creates it with its tables.
  ///
  /// - Parameters:
  ///   - path: The database file. Missing folders above it are created.
  ///   - use: The use of a new file. A file that exists keeps its own.
  ///   - readers: The number of reads that may run concurrently, at least 1.
  /// - Throws: ``StoreError/inUse`` if it is open already, here or in another process; ``StoreError/unreadable(_:)``
  ///   for a file of another format or another program, which are left as they are; ``StoreError/corrupt(_:)`` if it is
  ///   not a database.
  package init(path: String, for use: Use = .device, readers: Int = 2) throws {
    self.path = try SQLiteFiles.resolve(path, makingFolder: true)
    lock = Mutex(try FileLock(for: self.path))
    Self.removeUnfinishedCopy(of: self.path)
    try Self.removeUnfinishedSuccessor(of: self.path)
    // SQLite gives its other files the mode of this file.
    try SQLiteFiles.create(self.path, mustBeNew: false)
    try SQLiteFiles.refuseFragment(self.path)
    try SQLiteFiles.rewrite(self.path + "-wal")
    do {
      pool = try DatabasePool(path: self.path, configuration: Self.configuration(readers: readers))
      hasTexts = try pool.writeWithoutTransaction { database in
        try Self.makeDurable(database)
        try SQLiteSchema.make(in: database, for: use)
        do {
          _ = try Self.scrub(database)
        } catch let error as DatabaseError where StoreError(error) == .full {
          // No room to scrub. The setting stays for the next time, and reading remains possible.
        }
        return try SQLiteSchema.hasTexts(database)
      }
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
    try SQLiteFiles.makePrivate(self.path)
  }

  private static func configuration(readers: Int) -> Configuration {
    var configuration = Configuration()
    configuration.maximumReaderCount = max(1, readers)
    configuration.foreignKeysEnabled = false
    // A user of the sqlite3 tool may lock the file briefly.
    configuration.busyMode = .timeout(5)
    // Runs on every connection before GRDB changes anything, so that a foreign file is never converted to WAL.
    configuration.prepareDatabase { database in
      if try !SQLiteSchema.isMade(in: database) { try Self.reserveBytes(database) }
      // Deleted content is overwritten, and sorting leaves none in /tmp.
      try database.execute(sql: "PRAGMA secure_delete = ON")
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
      // A write-ahead log that grew while a long read kept it from starting again gives its room back.
      try database.execute(sql: "PRAGMA journal_size_limit = \(logBytesMax)")
    }
    return configuration
  }

  /// The bytes that a write-ahead log keeps once its commits are in the database file. It usually has a quarter of this,
  /// because SQLite moves commits over after every 1,000 pages. More of them at a time make no push faster and every read
  /// slower, because a read looks for each page in the log first (decision 32).
  package static let logBytesMax = 16 * 1024 * 1024

  /// Leaves 32 bytes free at the end of every page of a new file, so that pages can be encrypted and authenticated later
  /// without rewriting the file.
  ///
  /// - SeeAlso: sqlite.org/fileformat.html, offset 20 of the header.
  private static func reserveBytes(_ database: Database) throws {
    var count: Int32 = 32
    let code = sqlite3_file_control(database.sqliteConnection, nil, SQLITE_FCNTL_RESERVE_BYTES, &count)
    guard code == SQLITE_OK else { throw StoreError.failed("SQLite does not reserve bytes on pages (\(code))") }
  }

  /// Makes commits wait for the disk. When GRDB turns on WAL, after any preparation of ours, it sets `synchronous` to
  /// NORMAL; with that, a test rig that cut the power lost acknowledged writes in six of eight cuts.
  ///
  /// - Throws: ``StoreError/failed(_:)`` if SQLite does not accept the settings.
  private static func makeDurable(_ database: Database) throws {
    try database.execute(sql: "PRAGMA synchronous = FULL")
    guard try synchronous(of: database) == fullySynchronous else {
      throw StoreError.failed("SQLite does not take synchronous=FULL, so nothing saved would be safe")
    }
    // Turning on WAL can fail after SQLite has reported success. Without WAL, FULL does not cover the folder, and a
    // power cut could bring back a deleted journal.
    guard try database.first("PRAGMA journal_mode", [], { $0.text(0) }) == "wal" else {
      throw StoreError.failed("SQLite did not turn on its write-ahead log")
    }
  }

  /// SQLite's value of `synchronous` for FULL, with which every commit waits for the disk.
  package static let fullySynchronous = 2

  /// Reads `synchronous` from the writer's connection: always `fullySynchronous`.
  package func synchronous() throws -> Int {
    try mapping { try pool.writeWithoutTransaction { try Self.synchronous(of: $0) } }
  }

  private static func synchronous(of database: Database) throws -> Int {
    try database.first("PRAGMA synchronous") { Int($0.integer(0)) } ?? 0
  }

  // MARK: Transactions

  /// Runs the body on a snapshot of the last commit, on one of the pool's reader connections.
  package func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    var thrown: (any Error)?
    return try mapping {
      try pool.read { database in
        do {
          return try body(SQLiteReader(database: database, hasTexts: hasTexts))
        } catch {
          thrown = error
          throw error
        }
      }
    } unless: {
      thrown != nil
    }
  }

  /// Runs the body in an immediate transaction on the only writer connection, and returns once the commit is on disk.
  package func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    var thrown: (any Error)?
    var result: Result?
    var note = CommitNote()
    try mapping {
      try pool.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          let transaction = SQLiteTransaction(database: database, hasTexts: hasTexts)
          do {
            result = try body(transaction)
          } catch {
            thrown = error
            throw error
          }
          try transaction.flush()
          note = transaction.note
          return .commit
        }
        // Still on the writer's queue, so that observers are told in the order of commits.
        observers.tell(note)
      }
    } unless: {
      thrown != nil
    }
    return result!
  }

  package func indexTexts() throws {
    guard hasTexts else { return }
    let waiting = "SELECT 1 FROM engine_text_queue LIMIT 1"
    guard try mapping({ try pool.read { try $0.first(waiting) { _ in true } } }) ?? false else { return }
    // In between, others may write; and what is indexed stays, if this process is killed.
    let recordsMax: Int64 = 10_000
    var isLeft = true
    while isLeft {
      try mapping {
        try pool.writeWithoutTransaction { database in
          try database.inTransaction(.immediate) {
            isLeft = try SQLiteTransaction(database: database, hasTexts: true).indexTexts(limit: recordsMax)
            return .commit
          }
        }
      }
    }
  }

  /// Replaces the views by which people read a member's file with any tool of SQLite, one for each kind. Cheap if nothing
  /// changed.
  ///
  /// - Parameter views: One for every kind of the model. Earlier views not among them are dropped.
  package func setViews(_ views: [ReadableView]) throws {
    try mapping {
      try pool.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          try SQLiteSchema.setViews(views, in: database)
          return .commit
        }
      }
    }
  }

  // MARK: Copies and closing

  package func backup(to path: String) throws {
    let target = try SQLiteFiles.resolve(path)
    guard !SQLiteFiles.exists(target) else { throw StoreError.failed("\(target) exists already") }
    let temporary = "\(target).\(SpaceID.random())\(Self.partial)"
    try copying.withLock { _ in
      // If this process is killed, the next opening learns from this note what is left, wherever it lies.
      try SQLiteFiles.write(temporary, to: self.path + Self.copyingNote)
      defer { Self.removeUnfinishedCopy(of: self.path) }
      try SQLiteFiles.create(temporary, mustBeNew: true)
      try mapping {
        // Outside a transaction, as VACUUM requires; it takes a snapshot of its own.
        try pool.unsafeRead { try $0.each("VACUUM INTO ?", [.text(temporary)]) { _ in true } }
      }
      try SQLiteFiles.publish(temporary, as: target)
    }
  }

  /// The ending of the file beside a database that names the copy being written.
  private static let copyingNote = ".copying"
  /// The ending of a copy that is being written.
  private static let partial = ".partial"

  /// Removes a copy that was not finished, and the note that names it. What cannot be removed now, such as a copy on a
  /// disk that may only be read, is left to the next opening, and hinders none.
  private static func removeUnfinishedCopy(of path: String) {
    let note = path + copyingNote
    guard let copy = SQLiteFiles.text(of: note) else { return }
    do {
      // A note that was cut off names a copy that was not begun.
      if copy.hasSuffix(partial) { for ending in ["", "-journal"] { try SQLiteFiles.remove(copy + ending) } }
      try SQLiteFiles.remove(note)
    } catch {
      return
    }
  }

  /// The ending of a database that is about to take the place of the one beside it.
  private static let successor = ".successor"
  /// The ending of a copy of a damaged database that is being written.
  private static let leaving = ".leaving"

  /// Fills a new database and puts it in the place of this one, which is closed. This one's file stays beside it under
  /// another name. The lock is held throughout.
  ///
  /// A crash at any point leaves one of the two in its place, complete. If this throws, it is this one, closed.
  ///
  /// - Parameter fill: Fills the new, empty database.
  /// - Returns: The path under which this database's file stays.
  package func makeWay(filling fill: (any ReplicaStore) throws -> Void) throws -> String {
    try lock.withLock { lock in
      guard lock != nil else { throw StoreError.failed("the copy is closed") }
      let draft = path + Self.successor
      try Self.removeUnfinishedSuccessor(of: path)
      let store = try SQLiteStore(path: draft)
      let filled = Result { try fill(store) }
      try store.close()
      defer { lock = nil }
      try filled.get()
      guard try mapping({ try pool.writeWithoutTransaction { try Self.checkpoint($0) } }) else {
        throw StoreError.inUse
      }
      try mapping { try pool.close() }
      let aside = Self.freeName(for: path)
      try SQLiteFiles.copy(path, to: path + Self.leaving)
      try SQLiteFiles.publish(path + Self.leaving, as: aside)
      for companion in SQLiteFiles.companions { try SQLiteFiles.remove(path + companion) }
      try SQLiteFiles.publish(draft, as: path)
      try Self.removeUnfinishedSuccessor(of: path)
      return aside
    }
  }

  /// The first free name beside a database for its file when it is damaged.
  private static func freeName(for path: String) -> String {
    var number = 1
    while SQLiteFiles.exists("\(path).damaged-\(number)") { number += 1 }
    return "\(path).damaged-\(number)"
  }

  /// Removes what a killed process left of a successor. The caller holds the lock of the database itself.
  private static func removeUnfinishedSuccessor(of path: String) throws {
    try remove(path + successor)
    try SQLiteFiles.remove(path + leaving)
  }

  /// Removes a database that a killed process left half-made, unless another one is at work on it.
  package static func removeAbandoned(_ path: String) throws {
    guard ([""] + SQLiteFiles.companions + [".lock"]).contains(where: { SQLiteFiles.exists(path + $0) }) else { return }
    do {
      let lock = try FileLock(for: path)
      try remove(path)
      lock.release()
    } catch StoreError.inUse { return }
  }

  /// Moves a finished, closed database to a path, replacing any database there: the last step of a restore.
  ///
  /// A crash leaves either the old or the new database, complete.
  ///
  /// - Parameter draft: The new database, on the same file system; it is moved.
  /// - Throws: ``StoreError/inUse`` while the file to be replaced is open. An unreadable file can be replaced.
  package static func replace(_ path: String, with draft: String) throws {
    let target = try SQLiteFiles.resolve(path)
    if SQLiteFiles.exists(target) { try settleLog(of: target) }
    let lock = try FileLock(for: target)
    for companion in SQLiteFiles.companions { try SQLiteFiles.remove(target + companion) }
    try SQLiteFiles.publish(draft, as: target)
    lock.release()
  }

  /// Checks that a database may be replaced, if there is one.
  ///
  /// - Throws: ``StoreError/inUse`` while the file is open, here or in another process.
  package static func checkUnused(_ path: String) throws {
    guard SQLiteFiles.exists(path) else { return }
    let lock = try FileLock(for: SQLiteFiles.resolve(path))
    lock.release()
  }

  /// Removes a database that is not open, or what a crash left of one, with its companion files and its lock file.
  package static func remove(_ path: String) throws {
    for ending in [""] + SQLiteFiles.companions + [".lock"] { try SQLiteFiles.remove(path + ending) }
  }

  /// Moves the content of a database's write-ahead log into the database, so that the log can be removed safely. Does
  /// nothing for a database that cannot be opened.
  ///
  /// - Throws: ``StoreError/inUse`` if the database is open.
  private static func settleLog(of path: String) throws {
    do {
      let store = try SQLiteStore(path: path)
      try store.close()
    } catch StoreError.inUse {
      throw StoreError.inUse
    } catch is StoreError {
      // A database that cannot be opened is a common reason to restore.
      return
    }
  }

  /// Moves all commits into the database file and truncates the write-ahead log, which removes the last traces of
  /// deleted content. If a reader blocks it, the remainder is left for the next time; nothing is lost.
  package func checkpoint() throws {
    _ = try mapping { try pool.writeWithoutTransaction { try Self.checkpoint($0) } }
  }

  /// Moves all commits into the database file and truncates the write-ahead log.
  ///
  /// - Returns: False if a reader blocked it.
  private static func checkpoint(_ database: Database) throws -> Bool {
    do {
      _ = try database.checkpoint(.truncate)
      return true
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      return false
    }
  }

  /// Removes erased content from the write-ahead log. In the database file it was overwritten when it was deleted.
  @discardableResult
  package func scrub() throws -> Bool {
    guard try read({ try $0.needsScrub() }) else { return true }
    return try mapping { try pool.writeWithoutTransaction { try Self.scrub($0) } }
  }

  /// Checkpoints if needed, and clears the setting that asks for it. Nobody else writes in between, so the setting
  /// cleared is not a later one.
  private static func scrub(_ database: Database) throws -> Bool {
    guard try SQLiteReader(database: database, hasTexts: false).needsScrub() else { return true }
    guard try checkpoint(database) else { return false }
    try database.inTransaction(.immediate) {
      try SQLiteTransaction(database: database, hasTexts: false).set(unscrubbed, to: nil)
      return .commit
    }
    return true
  }

  /// Closes the store, leaving one complete database file that others can open. Idempotent.
  ///
  /// Waits for active readers and writers. Even if it throws, the file is closed, intact and unlocked.
  package func close() throws {
    try lock.withLock { lock in
      guard lock != nil else { return }
      defer { lock = nil }
      do {
        try checkpoint()
      } catch {
        try mapping { try pool.close() }
        throw error
      }
      try mapping { try pool.close() }
    }
  }

  /// Maps GRDB's errors to ``StoreError``, except those thrown by the caller's own body.
  private func mapping<Result>(
    _ body: () throws -> Result, unless isTheirs: () -> Bool = { false }
  ) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError where !isTheirs() {
      throw StoreError(error)
    }
  }
}
