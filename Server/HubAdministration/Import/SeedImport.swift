// Imports public facts from a file, as records by the author "import". Ids are derived from fixed keys, so importing
// one file on two hubs makes no duplicates. The hub remembers what it last imported, so a second import writes only
// what has changed in the file and never undoes what a person has settled since.

internal import RecordModel
internal import Replication
internal import SyncHub

/// The engine's rules refuse a record of the file.
struct ImportRefusal: Error {
  let key: String
  let reason: RefusalReason
  let field: String
}

/// The import of some records, in the caller's transaction.
struct SeedImport {
  let model: RecordModel
  private let now: Timestamp
  let transaction: any StoreTransaction
  private let author: MemberID
  private let spaces: [String: SpaceID]
  /// The figures of the records that were loaded, by this and before.
  private(set) var summary: ImportSummary
  /// The records that were linked to and that the hub does not have.
  private(set) var unsettled: Set<RecordID> = []

  init(
    model: RecordModel, now: Timestamp, counting summary: ImportSummary, _ transaction: any StoreTransaction
  ) throws {
    author = try HubIdentity.importer(in: transaction)
    spaces = try transaction.spaceIDs()
    self.model = model
    self.now = now
    self.summary = summary
    self.transaction = transaction
  }

  /// Imports records, of spaces that the hub has.
  ///
  /// - Throws: ``ImportRefusal``; the caller must then roll its transaction back.
  mutating func load(_ records: [SeedRecord]) throws {
    for record in records {
      guard let space = spaces[record.spaceName] else { preconditionFailure("a space that was not looked up") }
      try checkPlace(of: record, in: space)
      do {
        try load(record, at: RecordKey(space, record.id))
      } catch CommitError.refused(let reason, let field) {
        throw ImportRefusal(key: record.key, reason: reason, field: field)
      }
    }
    for link in Set(records.flatMap(\.links)) where try transaction.spaces(holding: link).isEmpty {
      unsettled.insert(link)
    }
  }

  private mutating func load(_ record: SeedRecord, at key: RecordKey) throws {
    let last = try LastImport.load(record.key, key, from: transaction)
    let state = try transaction.record(key)
    if let state, !state.presence(by: model.rules.deletes(of: state.kind)).isThere {
      summary.deleted += 1
      return
    }
    let changed = record.fields.filter { last.fields[$0.key] != $0.value }.sorted { $0.key < $1.key }
    let gone = last.fields.keys.filter { record.fields[$0] == nil }.sorted()
    if state != nil && changed.isEmpty && gone.isEmpty {
      summary.unchanged += 1
      return
    }
    if state == nil { summary.added += 1 } else { summary.changed += 1 }
    let written = Set(changed.filter { !$0.value.isQuestion }.map(\.key) + gone)
    var drafts: [Draft] = [.create(record.id, kind: record.kind)]
    for (name, field) in changed where !field.isQuestion {
      drafts += self.drafts(of: record, field: name, from: last.fields[name], to: field, over: state, writing: written)
    }
    drafts += gone.flatMap {
      self.drafts(
        of: record, field: $0, from: last.fields[$0], to: SeedField([.null]), over: state, writing: written)
    }
    try commit(drafts, key)
    for (name, field) in changed where field.isQuestion { try ask(field, named: name, of: key) }
    try LastImport(fields: record.fields).save(key, in: transaction)
  }

  private func commit(_ drafts: [Draft], _ key: RecordKey) throws {
    _ = try Replica(rules: model.rules, in: transaction).commit(
      drafts, in: key.space, by: author, at: now, isHome: true)
  }

  /// Writes a field that the file leaves open: each value in a change of its own, none of which supersedes another.
  private func ask(_ field: SeedField, named name: String, of key: RecordKey) throws {
    for value in field.values { try commit([.setBeside(key.record, field: name, value)], key) }
  }

  /// Builds the drafts that bring a field to its value in the file.
  ///
  /// - Parameters:
  ///   - last: The field as last imported; `nil` if it was not.
  ///   - state: The record's present state; `nil` if it is new.
  ///   - written: The fields that this import writes into the record.
  private func drafts(
    of record: SeedRecord, field name: String, from last: SeedField?, to field: SeedField, over state: RecordState?,
    writing written: Set<String>
  ) -> [Draft] {
    let rules = model.rules.field(name, of: record.kind)
    switch rules.policy {
    case .set:
      let wanted = field.values == [.null] ? [] : field.values
      let dropped = (last?.values ?? []).filter { !wanted.contains($0) }
      return wanted.map { .add(record.id, field: name, $0) } + dropped.map { .remove(record.id, field: name, $0) }
    case .appendOnly:
      return field.values.filter { !(last?.values ?? []).contains($0) }.map { .append(record.id, field: name, $0) }
    case .counter, .latest, .review, .once, .furthest, .text:
      guard let value = field.values.first else { return [] }
      if rules.policy == .counter, case .integer(let amount) = value {
        return [.count(record.id, field: name, amount - (last?.total ?? 0))]
      }
      // If a person has written the field since, or it is written only once, the file's value becomes a rival, and a
      // person decides.
      let register = model.rules.kinds[record.kind]?.register(of: name) ?? name
      let standing = state?.fields[register]?.siblings ?? []
      let isOthers = standing.contains { $0.stamp.author != author }
      // The same holds for a group in conflict, unless the file has a value for all that is contested in it.
      let contested = state?.conflict(of: register, by: model.rules)?
        .contestedFields(in: model.rules.kinds[record.kind]?.groups[register])
      let isOpen = !written.isSuperset(of: contested ?? [])
      let asks =
        ((isOthers || isOpen) && [.review, .text].contains(rules.policy))
        || (rules.policy == .once && !standing.isEmpty)
      return [asks ? .setBeside(record.id, field: name, value) : .set(record.id, field: name, value)]
    }
  }
}

extension StoreReader {
  /// Name → id of the spaces that members share.
  func spaceIDs() throws -> [String: SpaceID] {
    Dictionary(try sharedSpaces().map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
  }
}

extension SeedField {
  fileprivate var total: Int64 {
    if case .integer(let number)? = values.first { number } else { 0 }
  }
}

/// The fields last imported under one key, stored beside the record on the hub that imported it.
struct LastImport {
  let fields: [String: SeedField]

  /// Reads the last import of a key; empty if there was none.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if it cannot be decoded.
  static func load(_ key: String, _ record: RecordKey, from reader: any StoreReader) throws -> LastImport {
    guard let bytes = try LocalState.besideRecords.value(record.record, of: record.space, in: reader) else {
      return LastImport(fields: [:])
    }
    var cbor = CBORReader(bytes)
    do throws(CBORError) {
      guard case .map(let stored) = try Value(from: &cbor) else { throw .type }
      var fields: [String: SeedField] = [:]
      for (name, value) in stored {
        guard case .list(let parts) = value, case .bool(let isQuestion)? = parts.first else { throw .type }
        fields[name] = SeedField(Array(parts.dropFirst()), isQuestion: isQuestion)
      }
      return LastImport(fields: fields)
    } catch {
      throw StoreError.corrupt("what was last imported under \(key): \(error)")
    }
  }

  func save(_ record: RecordKey, in transaction: any StoreTransaction) throws {
    let stored = Value.map(fields.mapValues { .list([.bool($0.isQuestion)] + $0.values) })
    try LocalState.besideRecords.set(record.record, of: record.space, to: stored.canonicalBytes, in: transaction)
  }
}
