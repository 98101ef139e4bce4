// The ledger file beside the database. No backup contains it and no restore replaces it. It is only ever added to, a line
// for each entry, so that a person can read it:
//
//   begun TIME SUM                         left MEMBER SPACE TIME SUM
//   erased SPACE RECORD KIND SUM           readmitted MEMBER SPACE TIME SUM
//   revoked KEY TIME SUM                   backup-days DAYS SAFE-TIME SUM
//   agreement-ended DIGEST SUM
//
// Times are in milliseconds. SUM is the first 16 digits of the digest, tagged "board.ledger", of the previous line's SUM
// (nothing for the first line) and of the line before its own SUM. So a line that was altered, removed or moved shows. A
// last line without its end was being written when the power failed; its act was never answered, and it is dropped.

internal import Cryptography
internal import Foundation
package import Replication
package import SyncHub
internal import Synchronization

extension HubFolder {
  /// Reads the ledger, and makes one if there is none.
  ///
  /// - Returns: The ledger, which adds to the file.
  /// - Throws: ``AdminError``: `corrupt` for a line that is not as it was written, `diskFailed`.
  package func openLedger() throws(AdminError) -> LedgerKeeper {
    let file = try LedgerFile(ledgerFile)
    return LedgerKeeper(Ledger(file.entries)) { try file.append($0) }
  }

  /// Makes the data agree with the ledger: applies the acts that the data lacks, and enters those that the ledger lacks.
  /// A ledger that is gone, or older than the data, is noted (``Ledger/isLedgerMissing(in:)``).
  ///
  /// - Returns: The acts applied.
  package func reconcile(
    _ keeper: LedgerKeeper, rules: RuleBook, now: Timestamp, in transaction: any StoreTransaction
  ) throws -> LedgerApplied {
    let ledger = keeper.ledger
    let isNew = try ledger.check(in: transaction)
    try BackupAge.adopt(ledger, in: transaction)
    let applied = try ledger.apply(rules: rules, now: now, in: transaction)
    let lacking = try ledger.lacking(isNew: isNew, now: now, in: transaction)
    try keeper.enter((ledger.count == 0 ? [.begun(now)] : []) + lacking, in: transaction)
    return applied
  }
}

/// An open ledger file.
private final class LedgerFile: Sendable {
  private let path: String
  /// The entries that the file had when it was opened.
  let entries: [Ledger.Entry]
  private let handle: FileHandle
  /// The sum of the last line. Guarded by the hub's single writer.
  private let last: LastSum

  init(_ path: String) throws(AdminError) {
    self.path = path
    let isNew = !FileManager.default.fileExists(atPath: path)
    do {
      let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      if isNew { try Self.synchronizeFolder(of: path) }
      let text = try handle.readToEnd() ?? Data()
      let whole = text.lastIndex(of: UInt8(ascii: "\n")).map { text[...$0] } ?? Data()
      let (entries, sum) = try Self.parse(String(decoding: whole, as: UTF8.self), of: path)
      self.entries = entries
      last = LastSum(sum)
      // The next line must not follow the remains of one.
      if whole.count < text.count { try handle.truncate(atOffset: UInt64(whole.count)) }
      try handle.seekToEnd()
    } catch let error as AdminError {
      throw error
    } catch { throw AdminError(.diskFailed, "\(path) cannot be used: \(error.localizedDescription)") }
  }

  private static func parse(_ text: String, of path: String) throws(AdminError) -> ([Ledger.Entry], String) {
    var entries: [Ledger.Entry] = []
    var sum = ""
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated() {
      let words = line.split(separator: " ").map(String.init)
      let body = words.dropLast().joined(separator: " ")
      guard words.last == Self.sum(of: body, after: sum), let entry = Ledger.Entry(line: body) else {
        throw AdminError(
          .corrupt,
          "Line \(number + 1) of \(path) is not as it was written. If nobody has a whole copy of the file, move it away: "
            + "the hub then begins a new one, and says that the old one is missing.")
      }
      entries.append(entry)
      sum = words.last ?? ""
    }
    return (entries, sum)
  }

  /// Adds entries. They are durable on return.
  func append(_ entries: [Ledger.Entry]) throws {
    let end = try handle.seekToEnd()
    var sum = last.value
    var lines = ""
    for entry in entries {
      sum = Self.sum(of: entry.line, after: sum)
      lines += "\(entry.line) \(sum)\n"
    }
    do {
      try handle.write(contentsOf: Data(lines.utf8))
      try handle.synchronize()
    } catch {
      // The next line must not follow a part of this one.
      _ = Result { try handle.truncate(atOffset: end) }
      throw AdminError(.diskFailed, "\(path) cannot be written: \(error.localizedDescription) Nothing was changed.")
    }
    last.value = sum
  }

  private static func sum(of line: String, after previous: String) -> String {
    String(Digest(tag: "board.ledger", Array((previous + line).utf8)).description.prefix(16))
  }

  /// Makes a new file's name durable.
  private static func synchronizeFolder(of path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = Foundation.open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }
}

/// The sum of a ledger's last line.
private final class LastSum: Sendable {
  private let state: Mutex<String>

  init(_ sum: String) { state = Mutex(sum) }

  var value: String {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

extension Ledger.Entry {
  /// The entry as a line of the file, without the sum.
  fileprivate var line: String {
    switch self {
    case .begun(let time): "begun \(time.milliseconds)"
    case .erased(let key, let kind): "erased \(key.space) \(key.record) \(kind)"
    case .revoked(let key, let time): "revoked \(key) \(time.milliseconds)"
    case .left(let member, let space, let time): "left \(member) \(space) \(time.milliseconds)"
    case .readmitted(let member, let space, let time): "readmitted \(member) \(space) \(time.milliseconds)"
    case .backupDays(let days, let safeTime): "backup-days \(days) \(safeTime.milliseconds)"
    case .agreementEnded(let digest): "agreement-ended \(digest)"
    }
  }

  fileprivate init?(line: String) {
    let words = line.split(separator: " ").map(String.init)
    func time(_ place: Int) -> Timestamp? { Int64(words[place]).map { Timestamp(milliseconds: $0) } }
    switch (words.first, words.count) {
    case ("begun", 2):
      guard let time = time(1) else { return nil }
      self = .begun(time)
    case ("erased", 4):
      guard let space = SpaceID(words[1]), let record = RecordID(words[2]) else { return nil }
      self = .erased(RecordKey(space, record), kind: words[3])
    case ("revoked", 3):
      guard let key = PublicKey(words[1]), let time = time(2) else { return nil }
      self = .revoked(key, time)
    case ("left", 4), ("readmitted", 4):
      guard let member = MemberID(words[1]), let space = SpaceID(words[2]), let time = time(3) else { return nil }
      self = words[0] == "left" ? .left(member, space, time) : .readmitted(member, space, time)
    case ("backup-days", 3):
      guard let days = UInt64(words[1]), BackupAge.daysAllowed.contains(days), let time = time(2) else { return nil }
      self = .backupDays(days, safeTime: time)
    case ("agreement-ended", 2):
      guard let digest = bytes(ofHex: words[1]).flatMap({ Digest(bytes: $0) }) else { return nil }
      self = .agreementEnded(digest)
    default: return nil
    }
  }
}
