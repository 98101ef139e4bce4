// The changes by which a record comes to show exactly some fields, under the policies of its kind. Some states cannot be
// reached: what is written once stays, a status does not go back, and a field that crossed cannot be taken out of a
// record's history. Then the record must be erased and made again under another id.

internal import Replication

/// The changes that make a record show what is wanted.
struct Rewriting {
  /// The drafts of each change, in order.
  private(set) var changes: [[Draft]]

  /// - Parameters:
  ///   - state: The record as it is; `nil` if there is none.
  ///   - wanted: Field → value, for every field that it is to show.
  /// - Returns: `nil` if no change can make the record show that.
  init?(_ record: RecordID, kind: String, from state: RecordState?, to wanted: [String: Value], rules: RuleBook) {
    let shown = state?.shownFields(by: rules) ?? [:]
    guard shown.keys.allSatisfy({ wanted[$0] != nil }) else { return nil }
    var drafts: [Draft] = state == nil ? [.create(record, kind: kind)] : []
    var further: [[Draft]] = []
    for (field, value) in wanted.sorted(by: { $0.key < $1.key }) {
      let old = shown[field]
      guard old?.hasSameBytes(as: value) != true else { continue }
      let fieldRules = rules.kinds[kind]?.fields[field] ?? FieldRules(.latest, type: .any)
      switch fieldRules.policy {
      case .latest, .review, .text: drafts.append(.set(record, field: field, value))
      case .once:
        guard old == nil else { return nil }
        drafts.append(.set(record, field: field, value))
      case .furthest:
        guard old.map({ fieldRules.rank(of: $0) <= fieldRules.rank(of: value) }) ?? true else { return nil }
        drafts.append(.set(record, field: field, value))
      case .set:
        let (before, after) = (old?.elements ?? [], value.elements)
        drafts += after.filter { !before.contains($0) }.map { .add(record, field: field, $0) }
        drafts += before.filter { !after.contains($0) }.map { .remove(record, field: field, $0) }
      case .counter:
        guard case .integer(let new) = value else { return nil }
        let before: Int64 = if case .integer(let number)? = old { number } else { 0 }
        let (amount, overflow) = new.subtractingReportingOverflow(before)
        guard !overflow else { return nil }
        if amount != 0 { drafts.append(.count(record, field: field, amount)) }
      case .appendOnly:
        let (before, after) = (old?.elements ?? [], value.elements)
        guard after.starts(with: before) else { return nil }
        // A change appends one entry to a list at most.
        further += after.dropFirst(before.count).map { [.append(record, field: field, $0)] }
      }
    }
    changes = (drafts.isEmpty ? [] : [drafts]) + further
  }
}

extension Value {
  /// The elements of a list; a value that is none is its own one element.
  fileprivate var elements: [Value] { if case .list(let values) = self { values } else { [self] } }
}
