// Charges what one commit takes of members', devices' and spaces' allowances.

internal import Cryptography
internal import Replication
internal import SyncProtocol

/// The allowances that one part of a request uses. Each is read once, and written once, at the end.
struct AllowanceMeter {
  /// The bytes of a row beside its header and body: its place, its digest and its indexes.
  private static let rowBytes = 300
  /// The bytes of an edited record in the index of a space's history.
  private static let touchBytes = 48
  /// The bytes of a new record beside its state: its key and its indexes.
  static let recordBytes = 250
  /// The bytes of the end of a chain and its signed head.
  private static let chainBytes = 300

  private let register: AllowanceRegister
  private var uses: [AllowanceSubject: AllowanceUse] = [:]
  private var charged: Set<AllowanceSubject> = []

  init(_ register: AllowanceRegister) {
    self.register = register
  }

  /// Tests whether a change must wait until there is room for it. An allowance takes the change that crosses it.
  ///
  /// - Parameter key: The key of the author's device, which attests the change.
  mutating func isFull(for header: Header, from key: PublicKey) throws -> Bool {
    if header.sequence == 1, try use(of: .chains(key)).isFull { return true }
    return try use(of: .bytes(header.author)).isFull || use(of: .space(header.space)).isFull
  }

  /// Tests whether no more changes of a device may be refused today.
  mutating func isFull(forRefusalsOf key: PublicKey) throws -> Bool { try use(of: .refused(key)).isFull }

  /// Charges a row that was taken.
  ///
  /// - Parameters:
  ///   - entry: The change, or its void.
  ///   - key: The key that attests it.
  ///   - growth: The bytes by which the states of the records that it edits have grown.
  mutating func charge(_ entry: LogEntry, from key: PublicKey, growth: Int) throws {
    let header = entry.header
    var bytes = Self.rowBytes + entry.byteCount + growth
    if case .change(let change) = entry { bytes += change.records.count * Self.touchBytes }
    if case .void = entry { try charge(1, to: .refused(key)) }
    if header.sequence == 1 {
      bytes += Self.chainBytes
      try charge(1, to: .chains(key))
    }
    try charge(UInt64(bytes), to: .bytes(header.author))
    try charge(UInt64(bytes), to: .space(header.space))
  }

  /// Stores what was charged.
  func store(in transaction: any StoreTransaction) throws {
    for subject in charged {
      if let use = uses[subject] { try AllowanceRegister.store(use, of: subject, in: transaction) }
    }
  }

  private mutating func use(of subject: AllowanceSubject) throws -> AllowanceUse {
    if let use = uses[subject] { return use }
    let row = try register.row(of: subject)
    let use = register.use(subject.allowance, row)
    uses[subject] = use
    // Stored though nothing is charged, or the day would never end.
    if register.isAhead(row) { charged.insert(subject) }
    return use
  }

  private mutating func charge(_ amount: UInt64, to subject: AllowanceSubject) throws {
    let use = try use(of: subject)
    charged.insert(subject)
    let (sum, isOver) = use.used.addingReportingOverflow(amount)
    uses[subject] = AllowanceUse(
      use.allowance, used: isOver ? .max : sum, most: use.most, renewal: use.renewal)
  }
}
