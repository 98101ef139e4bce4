// What SQLite and the system say, in the store's five words. It exists so that no caller ever sees a result code, and
// so that a full disk is told from a broken one: a person can do something about the first.

internal import GRDB
internal import GRDBSQLite
internal import Glibc
internal import Replication

extension StoreError {
  /// To be made at once, on the thread that called SQLite: what lies behind an I/O error is asked of `errno`, for
  /// SQLite keeps it only of statements that fail half-way (`sqlite3_system_errno`), not of commits.
  ///
  /// - Parameters:
  ///   - code: SQLite's result code, plain or extended.
  ///   - message: SQLite's own words. They name tables and columns, never values.
  init(code: Int32, message: String) {
    let systemError = errno
    switch code & 0xff {
    case SQLITE_FULL: self = .full
    case SQLITE_IOERR where Self.meansFull.contains(systemError): self = .full
    case SQLITE_BUSY, SQLITE_LOCKED: self = .inUse
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(message)
    default: self = .failed(message)
    }
  }

  /// What GRDB reports of a connection.
  init(_ error: DatabaseError) {
    self.init(code: error.extendedResultCode.rawValue, message: error.message ?? error.resultCode.description)
  }

  /// What a system call left in `errno`. To be made at once: the next call overwrites it.
  ///
  /// - Parameter act: What was being done, to be read after "could not".
  static func system(_ act: String) -> StoreError {
    let code = errno
    return meansFull.contains(code) ? .full : .failed("could not \(act): \(String(cString: strerror(code)))")
  }

  /// No space, over quota, over the file size limit. SQLite itself calls only the first of them full.
  private static let meansFull: Set<Int32> = [ENOSPC, EDQUOT, EFBIG]
}
