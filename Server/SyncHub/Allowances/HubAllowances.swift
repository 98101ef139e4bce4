// The allowances of members, devices and spaces: how much of the hub's disk, and of every reader's, one of them may use.
//
// The need: whoever is enrolled may write, and what the hub takes stays for good, on its own disk and on every reader's
// computer. Limits on bytes in a second (`ServerLimits`) let a member's own program write for days.
//
// The obvious solution is a counter in memory, like those limits. It ends with the process, so whoever makes the hub
// start again writes on.
//
// The idea: the amounts are rows of the store, charged in the transaction that takes the change. What is over an allowance
// is answered *later*: it stays on its device, and is taken once the day is over.

internal import Cryptography
internal import Replication
internal import SyncProtocol

/// The most that one member, device or space may use.
package struct HubAllowances: Sendable {
  /// Bytes on the disk that the changes of one member may take in a day. A person who writes all day makes some hundred
  /// kilobytes, and the minutes of a year's meetings, sent at once, a few megabytes. A program that sent as much as a
  /// device may would take a hundred gigabytes.
  package let bytesPerDay: UInt64
  /// Chains that one device may begin in a day. A device begins one for each space when it joins, and again after each
  /// fork; each costs every reader the end of a chain for good.
  package let chainsPerDay: UInt64
  /// Changes of one device that may be refused in a day. Somebody whose role has changed while they were away may have
  /// hundreds; each is a void in every copy for good.
  package let refusalsPerDay: UInt64
  /// Bytes that members' changes may take in one space, in all. Every reader has a copy of them.
  package let spaceBytes: UInt64

  package init(
    bytesPerDay: UInt64 = 64 << 20, chainsPerDay: UInt64 = 256, refusalsPerDay: UInt64 = 1_000,
    spaceBytes: UInt64 = 4 << 30
  ) {
    self.bytesPerDay = bytesPerDay
    self.chainsPerDay = chainsPerDay
    self.refusalsPerDay = refusalsPerDay
    self.spaceBytes = spaceBytes
  }
}

/// Something that an allowance belongs to, with the name of the allowance.
enum AllowanceSubject: Hashable {
  case bytes(MemberID)
  case chains(PublicKey)
  case refused(PublicKey)
  case space(SpaceID)

  /// The allowance as a device is told of it.
  var allowance: AllowanceUse.Allowance {
    switch self {
    case .bytes: .bytes
    case .chains: .chains
    case .refused: .refused
    case .space(let space): .space(space)
    }
  }

  fileprivate var id: [UInt8] {
    switch self {
    case .bytes(let member): member.bytes
    case .chains(let key), .refused(let key): key.bytes
    case .space(let space): space.bytes
    }
  }
}

/// The uses of allowances, in one transaction or snapshot of a hub's store.
struct AllowanceRegister {
  /// An amount, and the day that it belongs to; 0 for an allowance that is not a day's.
  struct Row: Equatable, Sendable {
    var day: Int64 = 0
    var amount: UInt64 = 0
    /// The most, if an administrator has set it.
    var most: UInt64?
  }

  private static let rows = LocalTable("hub/allowance", of: .text, .bytes, .allowanceRow)
  private static let dayMilliseconds: Int64 = 86_400_000

  private let allowances: HubAllowances
  private let today: Int64
  private let reader: any StoreReader

  init(_ allowances: HubAllowances, at now: Timestamp, _ reader: any StoreReader) {
    self.allowances = allowances
    self.reader = reader
    today = now.milliseconds / Self.dayMilliseconds
  }

  /// The use of an allowance. Costs one lookup.
  func use(of subject: AllowanceSubject) throws -> AllowanceUse { try use(subject.allowance, row(of: subject)) }

  /// The stored amount. Costs one lookup.
  func row(of subject: AllowanceSubject) throws -> Row {
    try Self.rows.value(subject.id, of: subject.allowance.name, in: reader) ?? Row()
  }

  /// Tests whether the hub's clock was wrong when a row was written: it is behind that row's day by more than a day.
  func isAhead(_ row: Row) -> Bool { row.day > today + 1 }

  /// The uses of one allowance that are nearly full, by the ids of whom or what it is kept for.
  ///
  /// - Parameter allowance: The allowance that the rows under its name are of.
  func nearlyFull(
    _ name: String, _ allowance: ([UInt8]) -> AllowanceUse.Allowance?
  ) throws -> [(id: [UInt8], use: AllowanceUse)] {
    try Self.rows.rows(of: name, in: reader).compactMap { id, row in
      guard let use = allowance(id).map({ use($0, row) }), use.isNearlyFull else { return nil }
      return (id, use)
    }
  }

  /// A day ends when the hub's clock is in the next, and never begins again. An amount that is ahead counts for today.
  func use(_ allowance: AllowanceUse.Allowance, _ row: Row) -> AllowanceUse {
    let most = row.most ?? most(allowance)
    guard allowance.space == nil else { return AllowanceUse(allowance, used: row.amount, most: most, renewal: nil) }
    let day = isAhead(row) ? today : max(row.day, today)
    return AllowanceUse(
      allowance, used: row.day < today ? 0 : row.amount, most: most,
      renewal: Timestamp(milliseconds: (day + 1) * Self.dayMilliseconds))
  }

  private func most(_ allowance: AllowanceUse.Allowance) -> UInt64 {
    switch allowance {
    case .bytes: allowances.bytesPerDay
    case .chains: allowances.chainsPerDay
    case .refused: allowances.refusalsPerDay
    case .space: allowances.spaceBytes
    }
  }

  /// Stores the use of an allowance.
  static func store(_ use: AllowanceUse, of subject: AllowanceSubject, in transaction: any StoreTransaction) throws {
    let scope = subject.allowance.name
    var row = Row(day: use.renewal.map { $0.milliseconds / dayMilliseconds - 1 } ?? 0, amount: use.used)
    if case .space = subject { row.most = try rows.value(subject.id, of: scope, in: transaction)?.most }
    try rows.set(subject.id, of: scope, to: row, in: transaction)
  }

  /// Sets the most bytes that members' changes may take in a space.
  static func set(most: UInt64, of space: SpaceID, in transaction: any StoreTransaction) throws {
    let (id, scope) = (space.bytes, AllowanceSubject.space(space).allowance.name)
    var row = try rows.value(id, of: scope, in: transaction) ?? Row()
    row.most = most
    try rows.set(id, of: scope, to: row, in: transaction)
  }
}

extension LocalCoding<AllowanceRegister.Row> {
  fileprivate static var allowanceRow: LocalCoding {
    .cbor { row, writer in
      writer.array(row.most == nil ? 2 : 3)
      writer.integer(row.day)
      writer.unsigned(row.amount)
      if let most = row.most { writer.unsigned(most) }
    } _: { (reader) throws(CBORError) in
      let width = try reader.array()
      guard (2...3).contains(width) else { throw .type }
      return AllowanceRegister.Row(
        day: try reader.integer(), amount: try reader.unsigned(), most: width == 3 ? try reader.unsigned() : nil)
    }
  }
}
