// Where faults strike: every call that changes the disk passes here once, and is counted here.

internal import GRDBSQLite
internal import Glibc

/// How much of a call is done.
enum Extent {
  case whole
  /// What a power cut in the middle of it leaves.
  case torn
}

/// SQLite's names for what failed, which C macros too deep for Swift to read hold (`SQLITE_IOERR_READ` and so on).
enum IOError {
  static let reading = SQLITE_IOERR | 1 << 8
  static let writing = SQLITE_IOERR | 3 << 8
  static let syncing = SQLITE_IOERR | 4 << 8
  static let cutting = SQLITE_IOERR | 6 << 8
  static let measuring = SQLITE_IOERR | 7 << 8
  static let removing = SQLITE_IOERR | 10 << 8
  static let lookingForLocks = SQLITE_IOERR | 14 << 8
  static let locking = SQLITE_IOERR | 15 << 8
  static let lockingMemory = SQLITE_IOERR | 20 << 8
  static let sharingMemory = SQLITE_IOERR | 21 << 8
}

extension DiskState {
  /// Does one call, or what the fault that waits for it leaves of it.
  ///
  /// - Parameters:
  ///   - code: What SQLite is told where the call fails by a fault.
  ///   - call: The call itself; it answers SQLite's code.
  mutating func perform(or code: Int32, _ call: (inout DiskState, Extent) -> Int32) -> Int32 {
    counters.calls += 1
    let fault = armed.removeValue(forKey: counters.calls)
    switch fault {
    case nil: break
    case .ioErrorOnce: return erring(code)
    case .ioErrorForEver: isGone = true
    case .full: isFull = true
    case .failedSync: nextSyncFails = true
    case .crashBefore(let survival):
      crash(survival)
      return erring(code)
    case .crashAfter(let survival):
      _ = call(&self, .whole)
      crash(survival)
      return erring(code)
    case .torn:
      counters.torn += 1
      _ = call(&self, .torn)
      crashWithEverything()
      return erring(code)
    }
    return isGone ? erring(code) : call(&self, .whole)
  }

  /// Counts an error that was made, and leaves its traces where a program looks for them.
  mutating func erring(_ code: Int32) -> Int32 {
    counters.errors += 1
    return Self.failed(code)
  }

  /// The system's own error beside SQLite's: else a left-over "no space" would be read as this one's cause.
  static func failed(_ code: Int32) -> Int32 {
    errno = code == SQLITE_FULL ? ENOSPC : EIO
    return code
  }
}
