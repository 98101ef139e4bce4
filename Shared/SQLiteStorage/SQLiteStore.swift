// The store of every device, and of a hub on one machine: one SQLite file. It exists to keep one promise, that what a
// `write` returned from is on the disk: after a killed process, a power cut, a full disk.

internal import GRDB
package import Replication
internal import Synchronization

/// A replica in one SQLite file, held by one process.
///
/// Beside `replica.db` lie `replica.db-wal` and `replica.db-shm` (SQLite's own) and `replica.db.lock`. All are for
/// their owner alone (0600), as is the folder (0700) where this makes it.
///
/// Readers see the last commit and wait for nobody; writers wait for each other. Calls block their thread. A `write`
/// inside a `write`, or a `read` inside a `read`, stops the program: ask the reader at hand instead.
package final class SQLiteStore: ReplicaStore {
  private let pool: DatabasePool
  /// Where the file is, with every link followed.
  package let path: String
  /// After the pool, so that connections are closed before somebody else may open the file.
  private let lock: Mutex<FileLock?>

  /// Opens the file, and makes it if there is none. An older version's file is brought up to date.
  ///
  /// - Parameters:
  ///   - path: The database file. Missing folders above it are made.
  ///   - readers: How many reads may run at once.
  /// - Throws: ``StoreError/inUse`` where it is open already, here or in another process;
  ///   ``StoreError/unreadable(_:)`` for a newer program's file and for other people's, which are left as they are;
  ///   ``StoreError/corrupt(_:)`` where it is no database.
  package init(path: String, readers: Int = 2) throws {
    self.path = try SQLiteFiles.resolve(path, makingFolder: true)
    lock = Mutex(try FileLock(for: self.path))
    // SQLite gives its other files the mode of this one.
    try SQLiteFiles.create(self.path, mustBeNew: false)
    try SQLiteFiles.refuseFragment(self.path)
    try SQLiteFiles.writeAnew(self.path + "-wal")
    do {
      pool = try DatabasePool(path: self.path, configuration: Self.configuration(readers: readers))
      try pool.writeWithoutTransaction { database in
        try Self.makeDurable(database)
        try SQLiteSchema.migrate(database)
        do {
          _ = try Self.scrub(database)
        } catch let error as DatabaseError where StoreError(error) == .full {
          // There is no room for tidying up. The note stays, and who only wants to read may.
        }
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
    // Somebody with the sqlite3 tool may hold the file for a moment.
    configuration.busyMode = .timeout(5)
    // Runs on every connection before GRDB changes anything, and so before a foreign file is turned to WAL.
    configuration.prepareDatabase { database in
      _ = try SQLiteSchema.version(of: database)
      // Deleted words are overwritten, and sorting leaves none in /tmp.
      try database.execute(sql: "PRAGMA secure_delete = ON")
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    return configuration
  }

  /// GRDB sets `synchronous` to NORMAL when it turns on WAL, after any preparation of ours: commits would then not
  /// wait for the disk. A rig that cut the power lost acknowledged writes in six of eight cuts that way.
  private static func makeDurable(_ database: Database) throws {
    try database.execute(sql: "PRAGMA synchronous = FULL")
    guard try synchronous(of: database) == fullySynchronous else {
      throw StoreError.failed("SQLite does not take synchronous=FULL, so nothing saved would be safe")
    }
    // Turning the log on can fail after SQLite has said that it is on. Without it FULL would not cover the folder, and
    // a power cut could bring a deleted journal back.
    guard try database.first("PRAGMA journal_mode", [], { $0.text(0) }) == "wal" else {
      throw StoreError.failed("SQLite did not turn on its write-ahead log")
    }
  }

  /// SQLite's number for "every commit waits for the disk".
  package static let fullySynchronous = 2

  /// How commits meet the disk, as the writer's connection says: always `fullySynchronous`.
  package func synchronous() throws -> Int {
    try mapping { try pool.writeWithoutTransaction { try Self.synchronous(of: $0) } }
  }

  private static func synchronous(of database: Database) throws -> Int {
    try database.first("PRAGMA synchronous") { Int($0.integer(0)) } ?? 0
  }

  // MARK: Transactions

  package func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    var thrown: (any Error)?
    return try mapping {
      try pool.read { database in
        do {
          return try body(SQLiteReader(database: database))
        } catch {
          thrown = error
          throw error
        }
      }
    } unless: {
      thrown != nil
    }
  }

  package func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    var thrown: (any Error)?
    var result: Result?
    try mapping {
      try pool.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          do {
            result = try body(SQLiteTransaction(database: database))
          } catch {
            thrown = error
            throw error
          }
          return .commit
        }
      }
    } unless: {
      thrown != nil
    }
    return result!
  }

  /// Makes the file's readable views those given, one a kind; cheap where they are so already.
  ///
  /// - Parameter views: Every kind of the model. Views made earlier and not among them are dropped.
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

  /// Writes a whole, consistent copy of the file as it is now, while others go on reading and writing.
  ///
  /// The copy holds nothing that was deleted. It gets its name only when all of it is on the disk; a failure leaves
  /// no file.
  ///
  /// - Parameter path: A file that does not exist, on any file system, in a folder that does: one that was mistyped
  ///   is not made, for a copy there would not be found when it is needed.
  /// - Throws: ``StoreError/failed(_:)`` where it exists; ``StoreError/full`` where it does not fit.
  package func backup(to path: String) throws {
    let target = try SQLiteFiles.resolve(path)
    guard !SQLiteFiles.exists(target) else { throw StoreError.failed("\(target) exists already") }
    let temporary = "\(target).\(SpaceID.random()).partial"
    try SQLiteFiles.create(temporary, mustBeNew: true)
    do {
      try mapping {
        // Outside a transaction, as VACUUM asks; it is a snapshot of its own.
        try pool.unsafeRead { try $0.each("VACUUM INTO ?", [.text(temporary)]) { _ in true } }
      }
      try SQLiteFiles.publish(temporary, as: target)
    } catch {
      try SQLiteFiles.remove(temporary)
      throw error
    }
  }

  /// Puts a finished, closed database in the place of another, or where none was: the last step of a restore.
  ///
  /// A crash leaves the one or the other, whole.
  ///
  /// - Parameter draft: The new database, on the same file system; it moves.
  /// - Throws: ``StoreError/inUse`` while anybody holds the file to be replaced. That it cannot be read is no obstacle.
  package static func replace(_ path: String, with draft: String) throws {
    let target = try SQLiteFiles.resolve(path)
    if SQLiteFiles.exists(target) { try settleLog(of: target) }
    let lock = try FileLock(for: target)
    for companion in SQLiteFiles.companions { try SQLiteFiles.remove(target + companion) }
    try SQLiteFiles.publish(draft, as: target)
    lock.release()
  }

  /// Removes a database that nobody holds, or what a crash left of one, with everything that SQLite keeps beside it.
  package static func remove(_ path: String) throws {
    for ending in [""] + SQLiteFiles.companions + [".lock"] { try SQLiteFiles.remove(path + ending) }
  }

  /// Brings a database's own log into it, so that it is whole without: SQLite would take the log for its successor's.
  private static func settleLog(of path: String) throws {
    do {
      let store = try SQLiteStore(path: path)
      try store.close()
    } catch StoreError.inUse {
      throw StoreError.inUse
    } catch is StoreError {
      // A database that cannot be opened is why people restore.
      return
    }
  }

  /// Brings all commits into the database file and empties the write-ahead log, and with it the last traces of what
  /// was deleted. A reader that stands in the way leaves the rest for the next time; nothing is lost by that.
  package func checkpoint() throws {
    _ = try mapping { try pool.writeWithoutTransaction { try Self.checkpoint($0) } }
  }

  /// - Returns: False where a reader stood in the way.
  private static func checkpoint(_ database: Database) throws -> Bool {
    do {
      _ = try database.checkpoint(.truncate)
      return true
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      return false
    }
  }

  /// Deleted words are overwritten where they stood; what is left of them stands in the write-ahead log.
  @discardableResult
  package func scrub() throws -> Bool {
    guard try read({ try $0.needsScrub() }) else { return true }
    return try mapping { try pool.writeWithoutTransaction { try Self.scrub($0) } }
  }

  /// Nobody else writes in between, so the note that is taken back is of nothing later.
  private static func scrub(_ database: Database) throws -> Bool {
    guard try SQLiteReader(database: database).needsScrub() else { return true }
    guard try checkpoint(database) else { return false }
    try database.inTransaction(.immediate) {
      try SQLiteTransaction(database: database).set(unscrubbed, to: nil)
      return .commit
    }
    return true
  }

  /// Leaves one complete database file, and lets others open it. The second time it does nothing.
  ///
  /// Waits for readers and writers at work. Whatever it throws, the file is closed, whole and free.
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

  /// Turns GRDB's errors into the store's, except those the caller's body threw itself.
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
