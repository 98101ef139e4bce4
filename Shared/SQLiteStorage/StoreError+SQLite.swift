// Maps errors of SQLite and the system to `StoreError`. No caller ever sees a result code, and a full disk is
// distinguished from a broken one, since a user can do something about the first.

internal import GRDB
internal import GRDBSQLite
internal import Glibc
internal import Replication

extension StoreError {
  /// Maps a result code. Call it at once, on the thread that called SQLite: the cause of an I/O error is read from
  /// `errno`, because SQLite keeps it only for statements that fail half-way (`sqlite3_system_errno`), not for commits.
  ///
  /// - Parameters:
  ///   - code: SQLite's result code, plain or extended.
  ///   - message: SQLite's message. It names tables and columns, never values.
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

  /// Maps an error reported by GRDB. Call it at once, as above.
  init(_ error: DatabaseError) {
    self.init(code: error.extendedResultCode.rawValue, message: error.message ?? error.resultCode.description)
  }

  /// Maps the `errno` of a system call. Call it at once: the next system call overwrites `errno`.
  ///
  /// - Parameter act: The operation, phrased to follow "could not".
  static func system(_ act: String) -> StoreError {
    let code = errno
    return meansFull.contains(code) ? .full : .failed("could not \(act): \(String(cString: strerror(code)))")
  }

  /// The `errno` values that mean a full disk: no space, over quota, over the file size limit. SQLite itself reports
  /// only the first as full.
  private static let meansFull: Set<Int32> = [ENOSPC, EDQUOT, EFBIG]
}
