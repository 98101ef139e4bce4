// What an agreement lets cross of one record: a reading of its state, which writes nothing. Nothing crosses that a rule
// does not name: a kind, field or space added to the model later is as absent as before.

package import RecordModel
package import Replication
internal import SyncHub

/// The reading of a giver's records by one version of an agreement.
package struct Projection {
  /// The reason that a value or a record stays at home.
  package enum Reason: String, CaseIterable, Sendable {
    /// No rule names the field.
    case notNamed
    /// A rule names the kind, and this record does not meet its condition.
    case condition
    /// Two people wrote it, and nobody has chosen yet.
    case unsettled
    /// It is free text that no administrator has looked at.
    case waiting
    /// An administrator left it out.
    case leftOut
    /// No transfer safeguard is on record, and the record is not a public item.
    case notPublic
  }

  /// A record as it would cross.
  package struct Crossing: Equatable, Sendable {
    /// Field → value. Links are still those of the giver's own records.
    package var fields: [String: Value] = [:]
    /// The fields that a rule names and whose present value stays at home for now; one that has crossed stands.
    package var held: [String: Reason] = [:]
    /// The fields that have a value and no rule names.
    package var unnamed: Set<String> = []
  }

  /// The outcome for one record.
  package enum Outcome: Equatable, Sendable {
    case crosses(Crossing)
    case stays(Reason)
    /// It is deleted or erased.
    case gone
  }

  package let agreement: Agreement
  private let home: HubID
  private let model: RecordModel
  private let rules: [String: Agreement.Rule]
  private let isPublicOnly: Bool

  /// - Parameters:
  ///   - home: The giver.
  ///   - model: The giver's model.
  ///   - isOver: True if the agreement is not in force any more, so that nothing crosses.
  package init(of agreement: Agreement, at home: HubID, model: RecordModel, isOver: Bool = false) {
    self.agreement = agreement
    self.home = home
    self.model = model
    rules = Dictionary(
      (isOver ? [] : agreement.rules(givenBy: home)).map { (Self.key($0.kind, in: $0.space), $0) },
      uniquingKeysWith: { first, _ in first })
    isPublicOnly = !agreement.mayCarryPersonalData(from: home)
  }

  private static func key(_ kind: String, in space: String) -> String { "\(space)/\(kind)" }

  /// The names of the spaces that rules read.
  package var spaceNames: [String] {
    Set(rules.values.map(\.space)).filter { model.space(named: $0)?.isPerMember == false }.sorted()
  }

  /// The fields of a kind whose values wait for a look.
  package func freeText(of kind: String, inSpaceNamed space: String) -> [String] {
    let named = rule(for: kind, inSpaceNamed: space)?.named ?? []
    let rules = model.rules.kinds[kind]
    let title = model.kinds[kind]?.titleField ?? ""
    let written = rule(for: kind, inSpaceNamed: space)?.freeText ?? []
    return named.filter { written.contains($0) || rules?.isFreeText($0, titled: title) == true }.sorted()
  }

  /// The rule for records of a kind in a space; `nil` if none of them cross.
  package func rule(for kind: String, inSpaceNamed space: String) -> Agreement.Rule? {
    model.space(named: space)?.isPerMember == false ? rules[Self.key(kind, in: space)] : nil
  }

  /// Reads one record.
  ///
  /// - Parameter look: The administrator's decision on the present value of a free-text field.
  /// - Returns: `nil` if no rule is about records of this kind in this space.
  package func outcome(
    of state: RecordState, inSpaceNamed space: String, look: (_ field: String, Value) throws -> Look.Decision?
  ) rethrows -> Outcome? {
    guard let rule = rule(for: state.kind, inSpaceNamed: space) else { return nil }
    let presence = state.presence(by: model.rules.deletes(of: state.kind))
    guard presence.isThere else { return .gone }
    guard !isPublicOnly || isPublicItem(state.kind, inSpaceNamed: space) else { return .stays(.notPublic) }
    let shown = state.shownFields(by: model.rules)
    let contested = Set(state.conflicts(by: model.rules).map(\.field))
    let kind = model.rules.kinds[state.kind]
    func isContested(_ field: String) -> Bool { contested.contains(kind?.register(of: field) ?? field) }
    let meets = rule.conditions.allSatisfy { !isContested($0.field) && shown[$0.field].holds($0.word) }
    guard meets else { return .stays(.condition) }
    let title = model.kinds[state.kind]?.titleField ?? ""
    var crossing = Crossing()
    for (field, value) in shown where value != .null {
      guard rule.named.contains(field) else {
        crossing.unnamed.insert(field)
        continue
      }
      guard !isContested(field) else {
        crossing.held[field] = .unsettled
        continue
      }
      // What people write freely is looked at, whatever a partner's model calls it.
      let isFree = rule.freeText.contains(field) || kind?.isFreeText(field, titled: title) == true
      guard isFree else {
        crossing.fields[field] = value
        continue
      }
      switch try look(field, value) {
      case .pass: crossing.fields[field] = value
      case .edited(let text): crossing.fields[field] = .text(text)
      case .leaveOut: crossing.unnamed.insert(field)
      case nil: crossing.held[field] = .waiting
      }
    }
    return .crosses(crossing)
  }

  private func isPublicItem(_ kind: String, inSpaceNamed space: String) -> Bool {
    model.space(named: space)?.isPublic == true && model.kinds[kind]?.personal == PersonalData.none
  }
}

extension Value? {
  /// Tests whether a field holds a word: it is that text or choice, or a list with it.
  fileprivate func holds(_ word: String) -> Bool {
    switch self {
    case .text(let text): text == word
    case .bool(let flag): String(flag) == word
    case .integer(let number): String(number) == word
    case .list(let values): values.contains(.text(word))
    default: false
    }
  }
}
