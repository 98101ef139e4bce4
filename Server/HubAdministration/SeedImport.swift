// Import: public facts from a file become records by the author "import". Keys are fixed, so ids are, and two first
// runs on two hubs make no doubles; what was imported last is remembered, so a second run writes only what the file
// now says otherwise, and never undoes what a person has settled since.

package import BoardModel
package import Replication
internal import SyncHub

/// The reason why an import wrote nothing.
package enum ImportError: Error, Equatable, Sendable {
  case noSuchSet(String, known: [String])
  /// The file names a space this hub does not have.
  case noSuchSpace(String)
  /// A record the engine's rules do not take.
  case refused(key: String, reason: RefusalReason, field: String)
}

/// One import into one store.
package struct SeedImport {
  private let model: BoardModel
  private let now: Timestamp
  private let transaction: any StoreTransaction

  package init(model: BoardModel, now: Timestamp, _ transaction: any StoreTransaction) {
    self.model = model
    self.now = now
    self.transaction = transaction
  }

  /// Imports a file, or one set of it, in the caller's transaction.
  ///
  /// - Throws: ``ImportError``; the caller's transaction must then be undone.
  package func run(_ file: SeedFile, set: String?) throws -> ImportSummary {
    let known = Set(file.records.map(\.set)).sorted()
    if let set, !known.contains(set) { throw ImportError.noSuchSet(set, known: known) }
    let records = file.records.filter { set == nil || $0.set == set }
    let spaces = Dictionary(
      try transaction.sharedSpaces().map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
    var summary = ImportSummary()
    for record in records {
      guard let space = spaces[record.spaceName] else { throw ImportError.noSuchSpace(record.spaceName) }
      do {
        try load(record, at: RecordKey(space, record.id), counting: &summary)
      } catch CommitError.refused(let reason, let field) {
        throw ImportError.refused(key: record.key, reason: reason, field: field)
      }
    }
    summary.unsettledLinks = try Set(records.flatMap(\.links)).filter { try transaction.spaces(holding: $0).isEmpty }
      .count
    summary.questions = try ReviewQueue(model: model, transaction).questions().count
    return summary
  }

  private func load(_ record: SeedRecord, at key: RecordKey, counting summary: inout ImportSummary) throws {
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
    var drafts: [Draft] = [.create(record.id, kind: record.kind)]
    for (name, field) in changed where !field.isQuestion {
      drafts += self.drafts(of: record, field: name, from: last.fields[name], to: field, over: state)
    }
    drafts += gone.flatMap {
      self.drafts(of: record, field: $0, from: last.fields[$0], to: SeedField([.null]), over: state)
    }
    try commit(drafts, key)
    for (name, field) in changed where field.isQuestion { try ask(field, named: name, of: key) }
    try LastImport(fields: record.fields).save(key, in: transaction)
  }

  private func commit(_ drafts: [Draft], _ key: RecordKey) throws {
    _ = try Replica(rules: model.rules, in: transaction).commit(
      drafts, in: key.space, by: .importer, at: now, isAcknowledged: true)
  }

  /// A field the file leaves open: every value is a change of its own, and none supersedes another.
  private func ask(_ field: SeedField, named name: String, of key: RecordKey) throws {
    for value in field.values { try commit([.setBeside(key.record, field: name, value)], key) }
  }

  /// - Parameters:
  ///   - last: The field as the last import gave it.
  ///   - state: The record as it stands; `nil` where it is new.
  private func drafts(
    of record: SeedRecord, field name: String, from last: SeedField?, to field: SeedField, over state: RecordState?
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
      // Where a person has written since, or the field is written once, the file's new word is a question for them.
      let register = model.rules.kinds[record.kind]?.register(of: name) ?? name
      let standing = state?.fields[register]?.siblings ?? []
      let isOthers = standing.contains { $0.stamp.author != .importer }
      let asks = (isOthers && [.review, .text].contains(rules.policy)) || (rules.policy == .once && !standing.isEmpty)
      return [asks ? .setBeside(record.id, field: name, value) : .set(record.id, field: name, value)]
    }
  }
}

extension SeedField {
  fileprivate var total: Int64 {
    if case .integer(let number)? = values.first { number } else { 0 }
  }
}

/// The fields of the last import of one key, kept beside its record on the hub that ran it.
struct LastImport {
  let fields: [String: SeedField]

  /// - Throws: ``StoreError/corrupt(_:)``.
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
