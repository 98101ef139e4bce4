// The interpretation of a state: which value to show, whether the record is present, what to ask a person. Nothing here
// writes. A conflict is derived from the state, so it appears and disappears with it and is never an event.

/// The visibility of a record.
package enum Presence: String, Sendable {
  /// Present: no delete takes effect under the kind's policy.
  case present
  /// Deleted; the tombstone stays.
  case deleted
  /// Disputed: deleted by somebody who had not seen what another wrote. A person decides.
  case disputed
  /// Erased: the content is gone from every copy that has learnt of it.
  case erased
}

extension Presence {
  /// True if lists show the record.
  package var isThere: Bool { self == .present || self == .disputed }
}

/// A register with rival siblings that waits for a person.
package struct Conflict: Equatable, Sendable {
  /// The pseudo-field of the conflict over a disputed record, with the rivals true (removed) and false (not removed).
  package static let removedField = "removed"

  /// The field or group, or `removedField`.
  package let field: String
  /// The rivals, two or more: each value once with its first stamp, in the order of `Stamp.precedes`.
  package let rivals: [Sibling]

  package init(field: String, rivals: [Sibling]) {
    self.field = field
    self.rivals = rivals
  }

  /// The fields of a group in which the rivals differ; for a plain field, the field itself.
  package func contestedFields(in group: [String]?) -> [String] {
    guard let group else { return [field] }
    let maps = rivals.map { rival -> [String: Value] in if case .map(let parts) = rival.value { parts } else { [:] } }
    let foreign = Set(maps.flatMap(\.keys)).subtracting(group).sorted()
    return (group + foreign).filter { name in Set(maps.map { $0[name]?.canonicalBytes }).count > 1 }
  }
}

/// A current value that is not shown, and about which nobody is asked.
package struct OverriddenValue: Equatable, Sendable {
  /// The field or group.
  package let field: String
  /// The value that is not shown, with its stamp.
  package let written: Sibling
  /// The value shown in its place; `nil` if the record was deleted by somebody who had not seen the value.
  package let shown: Sibling?
}

extension RecordState {
  /// The value to show for a register; `nil` if it holds nothing.
  package func shown(_ name: String, by rules: FieldRules) -> Value? {
    guard let field = fields[name] else { return nil }
    switch rules.policy {
    case .set: return .list(field.elements.map(\.value))
    case .counter: return .integer(field.total)
    case .appendOnly: return .list(field.entries.sorted { $0.stamp.precedes($1.stamp) }.map(\.value))
    case .latest, .review, .once, .text, .furthest:
      return field.winner(by: rules)?.value ?? field.shownWithoutRules
    }
  }

  /// The values to show, by field. The map of a group is expanded into its fields.
  package func shownFields(by book: RuleBook) -> [String: Value] {
    var shown: [String: Value] = [:]
    for name in fields.keys {
      guard let value = self.shown(name, by: book.field(name, of: kind)) else { continue }
      if book.kinds[kind]?.groups[name] != nil, case .map(let parts) = value {
        shown.merge(parts) { _, part in part }
      } else {
        shown[name] = value
      }
    }
    return shown
  }

  /// The record's presence under a delete policy.
  package func presence(by policy: DeletePolicy) -> Presence {
    if isErased { return .erased }
    let deletes = existence.filter(\.isDeleted)
    guard !deletes.isEmpty else { return .present }
    switch policy {
    case .never: return .present
    case .final: return .deleted
    case .archive:
      let latest = existence.max { $0.stamp.precedes($1.stamp) }
      return latest?.isDeleted == true ? .deleted : .present
    case .revive:
      let hasRival = deletes.count < existence.count
      return hasRival || !valuesUnseenByDeletes.isEmpty ? .disputed : .deleted
    }
  }

  /// The dots of current values that no current delete had seen, ascending. Under `final` they become overridden
  /// values.
  package var valuesUnseenByDeletes: [Dot] {
    let deletes = existence.filter(\.isDeleted)
    guard !deletes.isEmpty else { return [] }
    return valueDots.filter { dot in !deletes.contains { $0.seen.contains(dot) } }.sorted()
  }

  /// The conflicts that wait for a person, in the order of field names, the deletion of a disputed record last. Empty
  /// for a deleted or erased record.
  package func conflicts(by book: RuleBook) -> [Conflict] {
    let presence = presence(by: book.deletes(of: kind))
    guard presence.isThere else { return [] }
    var conflicts = fields.keys.sorted().compactMap { conflict(of: $0, by: book) }
    if presence == .disputed { conflicts.append(removalConflict) }
    return conflicts
  }

  /// The conflict of a register, whether or not the record is deleted; `nil` if there is none.
  package func conflict(of register: String, by book: RuleBook) -> Conflict? {
    let rules = book.field(register, of: kind)
    guard [.review, .once, .text].contains(rules.policy), let rivals = fields[register]?.rivals else { return nil }
    return rivals.count > 1 ? Conflict(field: register, rivals: rivals) : nil
  }

  /// An author's current values that are not shown, in the order of field names: either another author's value won
  /// under `latest`, or the record was deleted by somebody who had not seen them.
  package func overriddenValues(by author: MemberID, _ book: RuleBook) -> [OverriddenValue] {
    let isDeleted = presence(by: book.deletes(of: kind)) == .deleted
    let unseen = isDeleted ? Set(valuesUnseenByDeletes) : []
    return fields.sorted { $0.key < $1.key }.flatMap { name, field -> [OverriddenValue] in
      if isDeleted {
        return field.everything.filter { $0.stamp.author == author && unseen.contains($0.stamp.dot) }
          .map { OverriddenValue(field: name, written: $0, shown: nil) }
      }
      let rules = book.field(name, of: kind)
      guard rules.policy == .latest, let winner = field.winner(by: rules), winner.stamp.author != author else {
        return []
      }
      return field.rivals.filter { $0.stamp.author == author && !$0.value.hasSameBytes(as: winner.value) }
        .map { OverriddenValue(field: name, written: $0, shown: winner) }
    }
  }

  /// The conflict of a disputed record: the latest delete says "removed", the latest concurrent write or restore says
  /// "not removed".
  private var removalConflict: Conflict {
    let deletes = existence.filter(\.isDeleted).map { Sibling(stamp: $0.stamp, value: .bool(true)) }
    let unseen = Set(valuesUnseenByDeletes)
    let writes = stamps.filter { unseen.contains($0.dot) }
    let restores = existence.filter { !$0.isDeleted }.map(\.stamp)
    let keep = (writes + restores).map { Sibling(stamp: $0, value: .bool(false)) }
    let latestOfEach = [deletes, keep].compactMap { $0.max { $0.stamp.precedes($1.stamp) } }
    return Conflict(field: Conflict.removedField, rivals: latestOfEach)
  }

  private var stamps: [Stamp] {
    fields.values.flatMap { field in
      (field.siblings + field.counts + field.entries).map(\.stamp) + field.elements.flatMap(\.stamps)
    }
  }
}

extension FieldState {
  /// Every current value of the field, with its stamp.
  fileprivate var everything: [Sibling] {
    siblings + counts + entries
      + elements.flatMap { element in
        element.stamps.map { Sibling(stamp: $0, value: element.value) }
      }
  }

  /// The sibling to show: the furthest along the given order, else the greatest by (Lamport time, dot).
  package func winner(by rules: FieldRules) -> Sibling? {
    siblings.max { left, right in
      let ranks = (rules.rank(of: left.value), rules.rank(of: right.value))
      return ranks.0 == ranks.1 ? left.stamp.precedes(right.stamp) : ranks.0 < ranks.1
    }
  }

  /// The sum of a counter: exact, then brought into the signed 64-bit range, so that the order of the counts does not
  /// matter.
  package var total: Int64 {
    var total: Int128 = 0
    for case .integer(let amount) in counts.map(\.value) { total += Int128(amount) }
    return Int64(clamping: total)
  }

  /// Siblings with different bytes, each value once with its first stamp, in the order of `Stamp.precedes`.
  fileprivate var rivals: [Sibling] {
    var known: Set<[UInt8]> = []
    return siblings.sorted { $0.stamp.precedes($1.stamp) }.filter { known.insert($0.value.canonicalBytes).inserted }
  }

  /// The value to show without known rules: the elements, the total or the entries, whichever exists first.
  fileprivate var shownWithoutRules: Value? {
    if !elements.isEmpty { return .list(elements.map(\.value)) }
    if !counts.isEmpty { return .integer(total) }
    return entries.isEmpty ? nil : .list(entries.sorted { $0.stamp.precedes($1.stamp) }.map(\.value))
  }
}

extension FieldRules {
  /// A value's index in the given order; -1 for policies other than `furthest`, and for words not in the order.
  package func rank(of value: Value) -> Int {
    guard policy == .furthest, case .text(let word) = value else { return -1 }
    return order.firstIndex(of: word) ?? -1
  }
}
