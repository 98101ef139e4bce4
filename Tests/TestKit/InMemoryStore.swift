// The store contract at its plainest: dictionaries and arrays, copied to be undone. It exists so that a test of the
// engine needs no disk, and so that the real stores have something obviously right to be compared with.

internal import Cryptography
internal import Foundation
package import Replication
internal import Synchronization

/// A store that lives as long as the process. Writers wait for each other; readers see the last commit.
package final class InMemoryStore: ReplicaStore {
  private let committed = Mutex(InMemoryState())
  private let writing = Mutex(())
  package let observers = CommitObservers()
  private let counter = ReadCounter()

  package init() {}

  /// How many records and rows were given out, to readers and writers.
  package var decoded: Int { counter.count.withLock { $0 } }

  /// How many times a writer has read the history of a record.
  package var historiesRead: Int { committed.withLock { $0.historiesRead } }

  /// A copy as a person copies a folder: what `other` has committed, and from then on its own.
  package init(copying other: InMemoryStore) {
    let state = other.committed.withLock { $0 }
    committed.withLock { $0 = state }
  }

  package func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    try body(InMemoryTransaction(committed.withLock { $0 }, counter))
  }

  package func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    var result: Result?
    try writing.withLock { _ in
      let transaction = InMemoryTransaction(committed.withLock { $0 }, counter)
      result = try body(transaction)
      var state = transaction.state
      let note = state.note
      state.note = CommitNote()
      committed.withLock { $0 = state }
      observers.tell(note)
    }
    return result!
  }

  /// Texts are searched as they are.
  package func indexTexts() throws {}

  /// What is taken from memory is nowhere else.
  package func scrub() throws -> Bool {
    committed.withLock { $0.needsScrub = false }
    return true
  }
}

/// Everything a store holds. A log is kept in the order of positions.
private struct InMemoryState: Sendable {
  var settings: [String: [UInt8]] = [:]
  /// Table → scope → key → value.
  var localRows: [String: [[UInt8]: [[UInt8]: [UInt8]]]] = [:]
  var needsScrub = false
  var historiesRead = 0
  var spaces: [SpaceID: Space] = [:]
  var tips: [SpaceID: [ReplicaID: Tip]] = [:]
  var heads: [SignedHead] = []
  var records: [SpaceID: [RecordID: RecordState]] = [:]
  var projections: [SpaceID: [RecordID: RecordProjection]] = [:]
  var news: [SpaceID: [RecordID: UInt64]] = [:]
  /// The numbers of records, in the order in which they were first put.
  var numbers: [RecordKey: Int] = [:]
  var lastNumber = 0
  var logs: [SpaceID: [LogRow]] = [:]
  var rescued: [RescuedChange] = []
  /// The extent of the transaction so far; empty in a committed state.
  var note = CommitNote()
}

/// Counts the records and rows that a real store would have to decode.
private final class ReadCounter: Sendable {
  let count = Mutex(0)

  func add(_ number: Int) { count.withLock { $0 += number } }
}

/// A state to read and change. What is written here is the store's only after the commit.
private final class InMemoryTransaction {
  private(set) var state: InMemoryState
  private let counter: ReadCounter

  init(_ state: InMemoryState, _ counter: ReadCounter) {
    self.state = state
    self.counter = counter
  }

  private func log(of space: SpaceID) -> [LogRow] {
    state.logs[space] ?? []
  }

  private func counted<Found>(_ found: [Found]) -> [Found] {
    counter.add(found.count)
    return found
  }

  private func records(of space: SpaceID) -> [(RecordID, RecordState)] {
    (state.records[space] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension InMemoryTransaction: StoreReader {
  func setting(_ name: String) throws -> [UInt8]? {
    state.settings[name]
  }

  func settings() throws -> [String: [UInt8]] { state.settings }

  func localRow(_ key: [UInt8], of scope: [UInt8], in table: String) throws -> [UInt8]? {
    state.localRows[table]?[scope]?[key]
  }

  func localRows(of scope: [UInt8], in table: String, limit: Int) throws -> [(key: [UInt8], value: [UInt8])] {
    (state.localRows[table]?[scope] ?? [:]).sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .prefix(limit).map { (key: $0.key, value: $0.value) }
  }

  func needsScrub() throws -> Bool { state.needsScrub }

  func spaces() throws -> [Space] {
    state.spaces.values.sorted { left, right in
      let names = (Array(left.name.utf8), Array(right.name.utf8))
      return names.0 == names.1 ? left.id < right.id : names.0.lexicographicallyPrecedes(names.1)
    }
  }

  func space(_ id: SpaceID) throws -> Space? {
    state.spaces[id]
  }

  func tips(in space: SpaceID) throws -> [ReplicaID: Tip] {
    state.tips[space] ?? [:]
  }

  func tip(of replica: ReplicaID, in space: SpaceID) throws -> Tip? {
    state.tips[space]?[replica]
  }

  func heads(in space: SpaceID) throws -> [SignedHead] {
    state.heads.filter { $0.space == space }.sorted { $0.dot.replica < $1.dot.replica }
  }

  func head(of replica: ReplicaID, in space: SpaceID) throws -> SignedHead? {
    try heads(in: space).first { $0.dot.replica == replica }
  }

  func record(_ key: RecordKey) throws -> RecordState? {
    counter.add(1)
    return state.records[key.space]?[key.record]
  }

  func forEachRecord(in space: SpaceID, kind: String?, _ body: (RecordID, RecordState) throws -> Void) throws {
    for (record, state) in counted(records(of: space).filter { kind == nil || $0.1.kind == kind }) {
      try body(record, state)
    }
  }

  func recordCount(in space: SpaceID) throws -> Int { records(of: space).count }

  func hasErased(in space: SpaceID) throws -> Bool {
    state.projections[space]?.values.contains { $0.presence == .erased } ?? false
  }

  func contestedRecords(in space: SpaceID, listedOnly: Bool) throws -> [(RecordID, RecordState)] {
    let contested = records(of: space).filter { record, found in
      found.hasRivals && (!listedOnly || state.projections[space]?[record]?.presence.isThere == true)
    }
    return counted(contested)
  }

  func spaces(holding record: RecordID) throws -> [SpaceID] {
    state.spaces.keys.filter { state.records[$0]?[record] != nil }.sorted()
  }

  func row(at position: UInt64, in space: SpaceID) throws -> LogRow? {
    log(of: space).first { $0.position == position }
  }

  func row(of dot: Dot, in space: SpaceID) throws -> LogRow? {
    log(of: space).first { $0.entry.dot == dot }
  }

  func outline(of dot: Dot, in space: SpaceID) throws -> RowOutline? {
    try row(of: dot, in: space).map { row in
      let isWhole = if case .change = row.entry { true } else { false }
      return RowOutline(
        digest: row.entry.digest, isWhole: isWhole, isAcknowledged: row.isAcknowledged, isPlaced: row.place != nil)
    }
  }

  func rows(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow] {
    fill(bytesMax, with: log(of: space).filter { $0.position > position })
  }

  func outbox(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow] {
    fill(bytesMax, with: log(of: space).filter { $0.position > position && !$0.isAcknowledged })
  }

  func firstHeader(touching key: RecordKey) throws -> (position: UInt64, header: Header)? {
    try rows(touching: key).first.map { ($0.position, $0.entry.header) }
  }

  /// Rows until the next one would go beyond `bytesMax`; the first is taken whatever its size.
  private func fill(_ bytesMax: Int, with rows: [LogRow]) -> [LogRow] {
    var left = bytesMax
    var taken: [LogRow] = []
    for row in rows {
      guard taken.isEmpty || row.entry.byteCount <= left else { break }
      taken.append(row)
      left -= row.entry.byteCount
    }
    return counted(taken)
  }

  func outboxCount(in space: SpaceID) throws -> Int {
    log(of: space).count { !$0.isAcknowledged }
  }

  func rows(touching key: RecordKey) throws -> [LogRow] {
    state.historiesRead += 1
    return counted(log(of: key.space).filter { $0.entry.edits.records.contains(key.record) })
  }

  func voids(in space: SpaceID) throws -> [VoidEntry] {
    log(of: space).compactMap { if case .void(let void) = $0.entry { void } else { nil } }
      .sorted { $0.header.dot < $1.header.dot }
  }

  func isIncomplete(_ run: DotSet.Run, in space: SpaceID) throws -> Bool {
    try rows(of: run.replica, from: run.first, in: space).contains { row in
      if case .change = row.entry { false } else { row.entry.dot.sequence <= run.last }
    }
  }

  func hasVoid(of replica: ReplicaID, in space: SpaceID) throws -> Bool {
    try voids(in: space).contains { $0.header.replica == replica }
  }

  func rows(of replica: ReplicaID, from sequence: UInt64, in space: SpaceID) throws -> [LogRow] {
    log(of: space).filter { $0.entry.dot.replica == replica && $0.entry.dot.sequence >= sequence }
      .sorted { $0.entry.dot < $1.entry.dot }
  }

  func rows(placedAfter position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow] {
    let placed = log(of: space).compactMap { row in row.place.map { (row, $0.position) } }
    return fill(bytesMax, with: placed.filter { $0.1 > position }.sorted { $0.1 < $1.1 }.map(\.0))
  }

  func place(at position: UInt64, in space: SpaceID) throws -> LogPlace? {
    log(of: space).compactMap(\.place).first { $0.position == position }
  }

  func lastPlace(in space: SpaceID) throws -> LogPlace? {
    log(of: space).compactMap(\.place).max { $0.position < $1.position }
  }

  func touchedRecords(
    after record: RecordID?, in space: SpaceID, rowsMax: Int
  ) throws -> [(record: RecordID, positions: [UInt64])] {
    var positions: [RecordID: [UInt64]] = [:]
    for row in log(of: space) {
      for touched in row.entry.edits.records { positions[touched, default: []].append(row.position) }
    }
    var touched: [(record: RecordID, positions: [UInt64])] = []
    var left = rowsMax
    for (found, rows) in positions.sorted(by: { $0.key < $1.key }) where record.map({ $0 < found }) ?? true {
      guard touched.isEmpty || rows.count <= left else { break }
      touched.append((found, rows))
      left -= rows.count
    }
    return touched
  }

  func isTouched(_ key: RecordKey, at position: UInt64) throws -> Bool {
    try row(at: position, in: key.space)?.entry.edits.records.contains(key.record) ?? false
  }

  func forEachStoredRow(after position: UInt64, in space: SpaceID, _ body: (StoredRow) throws -> Bool) throws {
    for row in log(of: space) where row.position > position {
      guard try body(StoredRow(row.entry, at: row.position, place: row.place)) else { return }
    }
  }

  func forEachStoredRecord(
    after record: RecordID?, in space: SpaceID, _ body: ([UInt8], [UInt8]) throws -> Bool
  ) throws {
    for (found, state) in records(of: space) where record.map({ $0 < found }) ?? true {
      guard try body(found.bytes, state.encoded) else { return }
    }
  }

  func rescued() throws -> [RescuedChange] {
    state.rescued
  }
}

extension InMemoryTransaction {
  /// The listed records of a kind, by date, then id.
  private func listed(_ kind: String, in space: SpaceID) -> [(record: RecordID, date: String)] {
    records(of: space).compactMap { record, found in
      guard found.kind == kind, let projection = state.projections[space]?[record], projection.presence.isThere else {
        return nil
      }
      return (record, projection.date)
    }.sorted { Array($0.date.utf8).lexicographicallyPrecedes(Array($1.date.utf8)) }
  }

  func listed(
    kind: String, in space: SpaceID, from date: String, limit: Int
  ) throws -> [(record: RecordID, date: String)] {
    let rest = listed(kind, in: space).drop { Array($0.date.utf8).lexicographicallyPrecedes(Array(date.utf8)) }
    return Array(rest.prefix(limit))
  }

  func listed(kind: String, in space: SpaceID, linkingTo target: RecordID) throws -> [RecordID] {
    listed(kind, in: space).map(\.record).sorted().filter { record in
      state.projections[space]?[record]?.fields.values.contains { $0.links.contains(target) } == true
    }
  }

  func listedCount(kind: String, in space: SpaceID) throws -> Int { listed(kind, in: space).count }

  func news(
    after position: UInt64, in space: SpaceID, without kind: String, limit: Int
  ) throws -> [(record: RecordID, position: UInt64)] {
    let news = (state.news[space] ?? [:]).filter { record, changed in
      changed > position && state.records[space]?[record]?.kind != kind
    }
    return news.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(limit).map { ($0.key, $0.value) }
  }

  func newsCount(after position: UInt64, in space: SpaceID, without kind: String) throws -> Int {
    try news(after: position, in: space, without: kind, limit: .max).count
  }

  func search(_ words: [String], limit: Int) throws -> (records: [RecordKey], count: Int) {
    let phrases = words.map(\.searchedWords).filter { !$0.isEmpty }
    guard !phrases.isEmpty else { return ([], 0) }
    let found = state.numbers.sorted { $0.value < $1.value }.map(\.key).filter { key in
      guard let projection = state.projections[key.space]?[key.record], projection.presence.isThere else {
        return false
      }
      let text = projection.fields.values.flatMap(\.searchedTexts).joined(separator: "\n").searchedWords
      let known = Set(text)
      return phrases.allSatisfy { phrase in
        phrase.count == 1 && known.contains(phrase[0]) || text.indices.contains { text[$0...].begins(with: phrase) }
      }
    }
    return (Array(found.prefix(limit)), found.count)
  }
}

extension Value {
  /// The texts and numbers of a value.
  fileprivate var searchedTexts: [String] {
    switch self {
    case .text(let text): [text]
    case .integer(let number): [String(number)]
    case .list(let values): values.flatMap(\.searchedTexts)
    case .map(let values): values.values.flatMap(\.searchedTexts)
    case .null, .bool, .bytes, .link, .unknown: []
    }
  }
}

extension Value {
  /// The records that a value links to.
  fileprivate var links: [RecordID] {
    switch self {
    case .link(let record): [record]
    case .list(let values): values.flatMap(\.links)
    case .map(let values): values.values.flatMap(\.links)
    case .null, .bool, .integer, .text, .bytes, .unknown: []
    }
  }
}

extension String {
  /// The words of a text, without case and accents.
  fileprivate var searchedWords: [String] {
    folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
      .split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}

extension ArraySlice<String> {
  /// Tests whether words begin with others, of which the last may be cut short.
  fileprivate func begins(with phrase: [String]) -> Bool {
    count >= phrase.count && zip(self, phrase.dropLast()).allSatisfy(==)
      && self[startIndex + phrase.count - 1].hasPrefix(phrase[phrase.count - 1])
  }
}

extension InMemoryTransaction: StoreTransaction {
  func nested<Result>(_ body: () throws -> Result) throws -> Result {
    let before = state
    do {
      return try body()
    } catch {
      state = before
      throw error
    }
  }

  func set(_ name: String, to value: [UInt8]?) throws {
    state.settings[name] = value
  }

  func setLocalRow(_ key: [UInt8], of scope: [UInt8], in table: String, to value: [UInt8]?) throws {
    state.localRows[table, default: [:]][scope, default: [:]][key] = value
  }

  func removeLocalRows(of scope: [UInt8]?, in table: String) throws {
    if let scope { state.localRows[table]?[scope] = nil } else { state.localRows[table] = nil }
  }

  func didErase() throws { state.needsScrub = true }

  /// The head only rises: positions are never used twice.
  func put(_ space: Space) throws {
    state.note.change(space.id)
    var space = space
    space.lastPosition = max(space.lastPosition, state.spaces[space.id]?.lastPosition ?? 0)
    state.spaces[space.id] = space
  }

  func removeSpace(_ id: SpaceID) throws {
    state.note.remove(id)
    state.spaces[id] = nil
    state.tips[id] = nil
    state.heads.removeAll { $0.space == id }
    state.records[id] = nil
    state.projections[id] = nil
    state.news[id] = nil
    state.numbers = state.numbers.filter { $0.key.space != id }
    state.logs[id] = nil
  }

  func setTip(of replica: ReplicaID, in space: SpaceID, to tip: Tip?) throws {
    state.tips[space, default: [:]][replica] = tip
  }

  func put(_ head: SignedHead) throws {
    state.heads.removeAll { $0.space == head.space && $0.dot.replica == head.dot.replica }
    state.heads.append(head)
  }

  func put(
    _ record: RecordState, at key: RecordKey, projection: @autoclosure @escaping () -> RecordProjection
  ) throws {
    let projection = projection()
    state.note.write(kind: record.kind, in: key.space)
    state.records[key.space, default: [:]][key.record] = record
    state.projections[key.space, default: [:]][key.record] = projection
    guard state.numbers[key] == nil else { return }
    state.lastNumber += 1
    state.numbers[key] = state.lastNumber
  }

  func setNews(of key: RecordKey, at position: UInt64?) throws {
    guard state.records[key.space]?[key.record] != nil else { return }
    state.news[key.space, default: [:]][key.record] = position
  }

  func removeRecord(_ key: RecordKey) throws {
    state.note.write(kind: nil, in: key.space)
    state.records[key.space]?[key.record] = nil
    state.projections[key.space]?[key.record] = nil
    state.news[key.space]?[key.record] = nil
    state.numbers[key] = nil
  }

  func append(_ entry: LogEntry, at place: LogPlace?) throws {
    let space = entry.header.space
    guard let head = state.spaces[space]?.lastPosition else {
      throw StoreError.failed("this copy has no space \(space)")
    }
    guard try row(of: entry.dot, in: space) == nil else { throw StoreError.failed("\(entry.dot) is there already") }
    if let place { vacate(place, in: space) }
    state.spaces[space]?.lastPosition = head + 1
    state.note.append(at: head + 1, in: space)
    state.logs[space, default: []].append(
      LogRow(position: head + 1, entry: entry, isAcknowledged: place != nil, place: place))
  }

  func setAcknowledged(_ isAcknowledged: Bool, dots: [Dot], in space: SpaceID) throws {
    if !dots.isEmpty { state.note.change(space) }
    for dot in dots {
      change(dot, in: space) {
        LogRow(position: $0.position, entry: $0.entry, isAcknowledged: isAcknowledged, place: $0.place)
      }
    }
  }

  func replaceRow(with entry: LogEntry) throws {
    let (space, dot) = (entry.header.space, entry.dot)
    guard try row(of: dot, in: space) != nil else { throw StoreError.failed("no row \(dot) of \(space)") }
    state.note.change(space)
    change(dot, in: space) {
      LogRow(position: $0.position, entry: entry, isAcknowledged: $0.isAcknowledged, place: $0.place)
    }
  }

  func setPlace(of dot: Dot, in space: SpaceID, to place: LogPlace) throws {
    state.note.change(space)
    vacate(place, in: space)
    change(dot, in: space) {
      LogRow(position: $0.position, entry: $0.entry, isAcknowledged: true, place: place)
    }
  }

  func removePlaces(after position: UInt64, in space: SpaceID) throws {
    state.note.change(space)
    state.logs[space] = log(of: space).map { $0.place.map { $0.position > position } == true ? $0.at(nil) : $0 }
  }

  private func vacate(_ place: LogPlace, in space: SpaceID) {
    state.logs[space] = log(of: space).map { $0.place?.position == place.position ? $0.at(nil) : $0 }
  }

  func removeRow(of dot: Dot, in space: SpaceID) throws {
    guard try row(of: dot, in: space) != nil else { return }
    state.note.change(space)
    state.logs[space]?.removeAll { $0.entry.dot == dot }
  }

  private func change(_ dot: Dot, in space: SpaceID, _ body: (LogRow) -> LogRow) {
    state.logs[space] = log(of: space).map { $0.entry.dot == dot ? body($0) : $0 }
  }

  func rescue(_ change: Change, reason: RefusalReason) throws {
    guard !state.rescued.contains(where: { $0.change.digest == change.digest }) else { return }
    state.rescued.append(RescuedChange(change: change, reason: reason))
  }
  func removeRescued(_ change: Change) throws {
    state.rescued.removeAll { $0.change.digest == change.digest }
  }
}

extension LogRow {
  fileprivate func at(_ place: LogPlace?) -> LogRow {
    LogRow(position: position, entry: entry, isAcknowledged: isAcknowledged, place: place)
  }
}
