// A transaction's memory of what it works on: the spaces, the ends of chains and the records. Each is read once and written
// once, however many rows of a batch concern it. Every row of a log moves its space's row and the end of a chain; and
// people who write into one record at once send many small changes of it, each of which would otherwise read and write
// all that the record has.
//
// Waiting rows are written before any statement that reads those tables, before the end of a nested transaction, so that
// its errors are its own, and before the commit.

internal import Replication

/// The rows of a transaction's spaces, chains and records, some of them yet to be written to the file.
struct WorkingSet {
  /// A row as the transaction sees it.
  private struct Known<Value> {
    /// `nil` if there is no such row.
    var value: Value?
    /// True until the row is written.
    var isDirty = false
  }

  struct Chain: Hashable {
    let space: SpaceID
    let replica: ReplicaID
  }

  /// A record that is yet to be written.
  struct WrittenRecord {
    let key: RecordKey
    let state: RecordState
    /// Derives the projection, which is needed once, when the record is written.
    let projection: () -> RecordProjection
    /// The news position to store; `nil` if it stays.
    let news: News?

    struct News {
      let position: UInt64?
    }
  }

  /// A record as the transaction sees it.
  private struct KnownRecord {
    /// `nil` if there is no such record.
    var state: RecordState?
    /// `nil` once it is written.
    var projection: (() -> RecordProjection)?
    var news: WrittenRecord.News?
    /// The size of the state, by which this memory is bounded.
    var byteCount = 0
  }

  /// The most records in memory, and the bytes of their states: as many as one request of small changes touches, and few
  /// enough for an old laptop.
  private static let recordsMax = 1_000
  private static let bytesMax = 16 * 1024 * 1024

  private var spaces: [SpaceID: Known<Space>] = [:]
  private var tips: [Chain: Known<Tip>] = [:]
  private var lastPlaces: [SpaceID: Known<LogPlace>] = [:]
  private var records: [RecordKey: KnownRecord] = [:]
  /// The records to write, in the order in which they were first put.
  private var putRecords: [RecordKey] = []
  /// The size of all known states.
  private var byteCount = 0
  private var erased: [SpaceID: Bool] = [:]
  private var isDirty = false

  // MARK: Spaces and chains

  mutating func space(_ id: SpaceID, _ read: () throws -> Space?) rethrows -> Space? {
    if let known = spaces[id] { return known.value }
    let value = try read()
    spaces[id] = Known(value: value)
    return value
  }

  mutating func put(_ space: Space) {
    spaces[space.id] = Known(value: space, isDirty: true)
    isDirty = true
  }

  mutating func tip(of chain: Chain, _ read: () throws -> Tip?) rethrows -> Tip? {
    if let known = tips[chain] { return known.value }
    let value = try read()
    tips[chain] = Known(value: value)
    return value
  }

  mutating func setTip(of chain: Chain, to tip: Tip?) {
    tips[chain] = Known(value: tip, isDirty: true)
    isDirty = true
  }

  mutating func lastPlace(in space: SpaceID, _ read: () throws -> LogPlace?) rethrows -> LogPlace? {
    if let known = lastPlaces[space] { return known.value }
    let value = try read()
    lastPlaces[space] = Known(value: value)
    return value
  }

  /// Notes that a row has a place. Where that is not the last, what is known of the last place no longer holds.
  mutating func place(_ place: LogPlace, in space: SpaceID) {
    guard let known = lastPlaces[space] else { return }
    lastPlaces[space] = place.position > known.value?.position ?? 0 ? Known(value: place) : nil
  }

  mutating func forgetLastPlace(in space: SpaceID) { lastPlaces[space] = nil }

  // MARK: Records

  mutating func record(_ key: RecordKey, _ read: () throws -> RecordState?) rethrows -> RecordState? {
    if let known = records[key] { return known.state }
    let state = try read()
    remember(key, KnownRecord(state: state, byteCount: state?.byteCount ?? 0))
    return state
  }

  private mutating func remember(_ key: RecordKey, _ record: KnownRecord) {
    let before = records.updateValue(record, forKey: key)?.byteCount ?? 0
    byteCount += record.byteCount - before
    makeRoom()
  }

  mutating func put(_ state: RecordState, at key: RecordKey, projection: @escaping () -> RecordProjection) {
    if records[key]?.projection == nil { putRecords.append(key) }
    remember(
      key,
      KnownRecord(state: state, projection: projection, news: records[key]?.news, byteCount: state.byteCount))
    erased[key.space] = nil
    isDirty = true
  }

  /// Puts a news position off to be written with its record.
  ///
  /// - Returns: False if the record is not to be written.
  mutating func setNews(of key: RecordKey, at position: UInt64?) -> Bool {
    guard records[key]?.projection != nil else { return false }
    records[key]?.news = WrittenRecord.News(position: position)
    return true
  }

  mutating func forget(_ key: RecordKey) {
    byteCount -= records.removeValue(forKey: key)?.byteCount ?? 0
    erased[key.space] = nil
  }

  /// Tells whether a space has an erased record; `nil` if that is not known.
  func hasErased(in space: SpaceID) -> Bool? { erased[space] }

  mutating func setErased(_ hasErased: Bool, in space: SpaceID) { erased[space] = hasErased }

  /// True if so much is waiting that it is to be written now.
  var isFull: Bool { putRecords.count >= Self.recordsMax || byteCount > Self.bytesMax }

  /// Forgets records that are only read, once there is too much of them.
  private mutating func makeRoom() {
    guard records.count >= 2 * Self.recordsMax || byteCount > Self.bytesMax else { return }
    records = records.filter { $0.value.projection != nil }
    byteCount = records.values.reduce(0) { $0 + $1.byteCount }
  }

  // MARK: Writing

  /// Hands over what is yet to be written.
  mutating func flush(
    space: (Space) throws -> Void, tip: (Chain, Tip?) throws -> Void, record: (WrittenRecord) throws -> Void
  ) rethrows {
    guard isDirty else { return }
    for (id, known) in spaces where known.isDirty {
      if let value = known.value { try space(value) }
      spaces[id]?.isDirty = false
    }
    for (chain, known) in tips where known.isDirty {
      try tip(chain, known.value)
      tips[chain]?.isDirty = false
    }
    for key in putRecords {
      guard let known = records[key], let state = known.state, let projection = known.projection else { continue }
      try record(WrittenRecord(key: key, state: state, projection: projection, news: known.news))
      records[key] = KnownRecord(state: state, byteCount: known.byteCount)
    }
    putRecords = []
    isDirty = false
    makeRoom()
  }
}
