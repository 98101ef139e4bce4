// What a version of an agreement would give, before anything is given: counted by kind and field, with what stays at home
// and why, and whole examples. A preview writes nothing.

internal import Cryptography
package import RecordModel
package import Replication
package import SyncHub

/// What a version of an agreement would give.
package struct Preview: Equatable, Sendable {
  /// What would cross of one kind.
  package struct Kind: Equatable, Sendable {
    package let kind: String
    package var crossing = 0
    /// Those of ``crossing`` that the partner does not have yet.
    package var new = 0
    /// Field → the number of records with which it crosses.
    package var fields: [String: Int] = [:]
    /// Field → the number of records in which it has a value that no rule lets cross.
    package var unnamed: [String: Int] = [:]
    /// Reason → the number of records, or of values of free text, that stay at home.
    package var staying: [Projection.Reason: Int] = [:]
    /// Whole records, as the partner would see them.
    package var examples: [[String: Value]] = []
  }

  package private(set) var kinds: [Kind] = []
  /// The records that the partner has and that would be erased there.
  package private(set) var vanishing = 0

  /// - Parameters:
  ///   - kind: The only kind to look at; `nil` for all.
  ///   - examplesMax: The number of examples of each kind.
  package init(
    of state: AgreementState, to partner: PartnerHub, model: RecordModel, kind: String? = nil, examplesMax: Int = 3,
    in reader: any StoreReader
  ) throws {
    let scan = PreviewScan(of: state, to: partner, model: model, reader)
    var standing = 0
    for name in Set(state.agreement.rules(givenBy: state.home).map(\.kind)).sorted() where kind ?? name == name {
      let (counted, known) = try scan.count(name, examplesMax: examplesMax)
      kinds.append(counted)
      standing += known
    }
    let outgoing = PartnerSpace.outgoing(of: state.agreement.id, from: state.home, to: partner.id)
    guard kind == nil, try reader.space(outgoing) != nil else { return }
    var there = 0
    try reader.forEachRecord(in: outgoing, kind: nil) { _, state in
      if !state.isErased, PartnerRules.kinds[state.kind] == nil { there += 1 }
    }
    vanishing = max(0, there - standing)
  }
}

/// One reading of a giver's records for a preview.
private struct PreviewScan {
  private let projection: Projection
  private let model: RecordModel
  private let book: ProjectionBook
  private let looks: Looks
  private let reader: any StoreReader

  init(of state: AgreementState, to partner: PartnerHub, model: RecordModel, _ reader: any StoreReader) {
    projection = Projection(of: state.agreement, at: state.home, model: model)
    self.model = model
    book = ProjectionBook(of: state.agreement.id, with: partner.id)
    looks = Looks(of: state.agreement.id, with: partner.id)
    self.reader = reader
  }

  /// Counts the records of one kind.
  ///
  /// - Returns: What would cross, and how many of those records the partner has.
  func count(_ name: String, examplesMax: Int) throws -> (Preview.Kind, standing: Int) {
    var (kind, standing) = (Preview.Kind(kind: name), 0)
    for space in try reader.sharedSpaces() where projection.rule(for: name, inSpaceNamed: space.name) != nil {
      try reader.forEachRecord(in: space.id, kind: name) { record, state in
        let key = RecordKey(space.id, record)
        guard let outcome = try outcome(of: state, key, space) else { return }
        switch outcome {
        case .gone: return
        case .stays(let reason): kind.staying[reason, default: 0] += 1
        case .crosses(let crossing):
          kind.crossing += 1
          for field in crossing.fields.keys { kind.fields[field, default: 0] += 1 }
          for field in crossing.unnamed { kind.unnamed[field, default: 0] += 1 }
          for reason in crossing.held.values { kind.staying[reason, default: 0] += 1 }
          if try book.projected(key, in: reader)?.isStanding == true { standing += 1 } else { kind.new += 1 }
          if kind.examples.count < examplesMax { kind.examples.append(try shown(crossing.fields)) }
        }
      }
    }
    return (kind, standing)
  }

  private func outcome(of state: RecordState, _ key: RecordKey, _ space: Space) throws -> Projection.Outcome? {
    try projection.outcome(of: state, inSpaceNamed: space.name) { field, value in
      try looks.decision(on: FieldKey(key, field), value, in: reader)
    }
  }

  /// The fields with the titles of what they link to; links to what stays at home are left out.
  private func shown(_ fields: [String: Value]) throws -> [String: Value] {
    try fields.compactMapValues { try shown($0) }
  }

  private func shown(_ value: Value) throws -> Value? {
    switch value {
    case .link(let record): try title(of: record).map { .text($0) }
    case .list(let values): .list(try values.compactMap { try shown($0) })
    case .map(let parts): .map(try parts.compactMapValues { try shown($0) })
    default: value
    }
  }

  /// The title of a record that crosses; `nil` for one that stays at home.
  private func title(of record: RecordID) throws -> String? {
    for id in try reader.spaces(holding: record) {
      let key = RecordKey(id, record)
      guard let space = try reader.space(id), let state = try reader.record(key),
        case .crosses(let crossing)? = try outcome(of: state, key, space)
      else { continue }
      if let title = model.kinds[state.kind]?.titleField, case .text(let text)? = crossing.fields[title] { return text }
      return state.kind
    }
    return nil
  }
}
