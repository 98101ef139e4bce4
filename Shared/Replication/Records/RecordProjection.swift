// The projection of a record: what its state shows by the model's rules. A store keeps it beside the state, so that
// lists, searches and readers of the file need not decode and interpret states.

/// A record's presence, shown values and date by the model's rules.
package struct RecordProjection: Equatable, Sendable {
  package let presence: Presence
  /// The shown values, by field.
  package let fields: [String: Value]
  /// The text by which lists of its kind are ordered: the shown date of the record, or ``noDate``.
  package let date: String

  /// The order of records without a date: after all dates.
  package static let noDate = "~"

  package init(presence: Presence, fields: [String: Value] = [:], date: String = Self.noDate) {
    self.presence = presence
    self.fields = fields
    self.date = date
  }

  /// Derives the projection of a state by the rules of the model.
  package init(of state: RecordState, by rules: RuleBook) {
    let fields = state.shownFields(by: rules)
    self.init(
      presence: state.presence(by: rules.deletes(of: state.kind)), fields: fields,
      date: rules.kinds[state.kind]?.date(among: fields) ?? Self.noDate)
  }
}

extension KindRules {
  /// The date of a record among its shown values: that of the first of the date fields that has one; `nil` if none has.
  fileprivate func date(among shown: [String: Value]) -> String? {
    dateFields.lazy.compactMap { if case .text(let date)? = shown[$0] { date } else { nil } }.first
  }
}
