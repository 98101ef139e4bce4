// Validates edits against the model. The home hub validates every change once. A device does the same before saving, so
// that the user learns of a refusal while the text is still on the screen.

/// The model's rejection of a change.
package struct EditRefusal: Equatable, Sendable {
  package let reason: RefusalReason
  /// The field of the rejected edit; empty if the refusal is not about one field.
  package let field: String
}

extension RuleBook {
  /// Validates the edits of one change against the model and against the records as they are. Every change is judged
  /// here: by the device that saves it, by the home hub, and when a proposal is accepted. Rights are checked by
  /// `refusal(of:by:creator:)`. Costs one lookup for each record.
  ///
  /// - Returns: The first refusal; `nil` if the change is valid.
  package func refusal(of edits: [Edit], in space: Space, _ reader: any StoreReader) throws -> EditRefusal? {
    if !allowsWriting(inSpaceNamed: space.name), !edits.contains(where: \.isErasure) {
      return EditRefusal(reason: .wrongSpace, field: "")
    }
    for (record, edits) in edits.byRecord {
      let kind = edits[0].kind
      guard edits.allSatisfy({ $0.kind == kind }) else { return EditRefusal(reason: .wrongKind, field: "") }
      let before = try reader.record(RecordKey(space.id, record))
      // An erasure is of something that stood here, perhaps before a restore.
      if before == nil, !edits.contains(where: \.isErasure), !allowsCreation(of: kind, inSpaceNamed: space.name) {
        return EditRefusal(reason: .wrongSpace, field: "")
      }
      let isCreatedHere = edits.contains(where: \.makesPresent)
      var additions = AdditionCounts(before)
      for edit in edits {
        if let reason = refusal(of: edit, before: before, isCreatedHere: isCreatedHere, &additions) {
          return EditRefusal(reason: reason, field: edit.operation.field ?? "")
        }
      }
      if edits.overfill(before) { return EditRefusal(reason: .tooLarge, field: "") }
    }
    return nil
  }

  /// Validates one edit against the model alone. Rights are checked by `refusal(of:by:creator:)`.
  ///
  /// - Parameters:
  ///   - edit: The edit.
  ///   - before: The record's state before the edit's change; `nil` if there is no such record.
  ///   - isCreatedHere: True if the same change makes the record present.
  /// - Returns: The reason for refusing the edit, or `nil` if it is valid.
  package func refusal(of edit: Edit, before: RecordState?, isCreatedHere: Bool) -> RefusalReason? {
    var additions = AdditionCounts(before)
    return refusal(of: edit, before: before, isCreatedHere: isCreatedHere, &additions)
  }

  private func refusal(
    of edit: Edit, before: RecordState?, isCreatedHere: Bool, _ additions: inout AdditionCounts
  ) -> RefusalReason? {
    guard let rules = kinds[edit.kind] else { return .unknownKind }
    if edit.isErasure { return nil }
    if before?.isErased == true { return .erased }
    if let before, before.kind != edit.kind { return .wrongKind }
    switch edit.operation {
    case .makePresent(let superseded): return refusal(ofStanding: superseded, before)
    case .delete(let superseded, _):
      if rules.deletes == .never { return .deletesNever }
      return before == nil ? .unknownRecord : refusal(ofStanding: superseded, before)
    default:
      guard before != nil || isCreatedHere else { return .unknownRecord }
      return refusal(ofWriting: edit, rules, before?.fields[edit.operation.field!], &additions)
    }
  }

  private func refusal(ofStanding superseded: DotSet, _ before: RecordState?) -> RefusalReason? {
    let standing = before?.existence.filter { !superseded.contains($0.stamp.dot) }.count ?? 0
    return standing >= Limits.siblingsMax ? .tooLarge : nil
  }

  private func refusal(
    ofWriting edit: Edit, _ kind: KindRules, _ before: FieldState?, _ additions: inout AdditionCounts
  ) -> RefusalReason? {
    guard let name = edit.operation.field, let rules = kind.fields[name] else { return .unknownField }
    guard kind.register(of: name) == name else { return .wrongOperation }
    guard edit.operation.suits(rules.policy) else { return .wrongOperation }
    switch edit.operation {
    case .assign(_, let value, let superseded):
      if let group = kind.groups[name] {
        return refusal(ofGroup: value, group, kind, before) ?? rules.refusal(ofMoving: before, to: value, superseded)
      }
      return rules.refusal(of: value) ?? rules.refusal(ofMoving: before, to: value, superseded)
    case .add(_, let value, _), .append(_, let value):
      if value == .null { return .wrongType }
      return additions.count(of: name) >= Limits.elementsMax ? .tooLarge : rules.refusal(of: value)
    case .count:
      return (before?.counts.count ?? 0) >= Limits.elementsMax ? .tooLarge : nil
    case .remove, .makePresent, .delete, .erase: return nil
    }
  }

  private func refusal(
    ofGroup value: Value, _ group: [String], _ kind: KindRules, _ before: FieldState?
  ) -> RefusalReason? {
    guard case .map(let parts) = value else { return .wrongType }
    for (field, part) in parts {
      // A value that is only copied is not this author's: that of a field that a newer model added, or one that an older
      // program took.
      let isCopied = before?.siblings.contains { sibling in
        if case .map(let standing) = sibling.value { standing[field]?.hasSameBytes(as: part) == true } else { false }
      }
      if isCopied == true { continue }
      guard group.contains(field), let rules = kind.fields[field] else { return .unknownField }
      if let reason = rules.refusal(of: part) { return reason }
    }
    return nil
  }
}

/// The elements and entries of a record's fields before a change. Each field is counted once, however many edits of the
/// change add to it.
private struct AdditionCounts {
  private let before: RecordState?
  private var counts: [String: Int] = [:]

  init(_ before: RecordState?) {
    self.before = before
  }

  mutating func count(of name: String) -> Int {
    if let count = counts[name] { return count }
    let field = before?.fields[name]
    let count = (field?.elements.reduce(0) { $0 + $1.stamps.count } ?? 0) + (field?.entries.count ?? 0)
    counts[name] = count
    return count
  }
}

extension [Edit] {
  /// Tests whether these edits of one record make it larger than a record may be. What makes a full record smaller is
  /// allowed, and so is deleting and restoring it.
  fileprivate func overfill(_ before: RecordState?) -> Bool {
    guard !allSatisfy(\.isOfExistence) else { return false }
    let size = before?.byteCount ?? 0
    guard size + reduce(0, { $0 + $1.operation.byteCount }) > Limits.recordBytesMax else { return false }
    var after = before ?? RecordState(kind: self[0].kind)
    for edit in self { after.merge(edit, by: .unmade) }
    return after.byteCount > Swift.max(size, Limits.recordBytesMax)
  }
}

extension Edit {
  fileprivate var isOfExistence: Bool {
    switch operation {
    case .makePresent, .delete, .erase: true
    case .assign, .add, .remove, .count, .append: false
    }
  }
}

extension Stamp {
  /// A stamp of no change, for trying edits out.
  fileprivate static var unmade: Stamp {
    Stamp(
      dot: Dot(ReplicaID(bytes: [UInt8](repeating: 0, count: 16))!, 1), lamport: 1,
      author: MemberID(bytes: [UInt8](repeating: 0, count: 16))!, time: Timestamp(milliseconds: 0))
  }
}

extension Operation {
  fileprivate func suits(_ policy: Policy) -> Bool {
    switch self {
    case .assign: [.latest, .review, .furthest, .once, .text].contains(policy)
    case .add, .remove: policy == .set
    case .count: policy == .counter
    case .append: policy == .appendOnly
    case .makePresent, .delete, .erase: true
    }
  }
}

extension FieldRules {
  /// Validates a value against this field's type and the limits. Null means "no value" and fits every type, except
  /// under the policy `furthest`.
  ///
  /// - Returns: The reason for refusing the value, or `nil` if it is valid.
  package func refusal(of value: Value) -> RefusalReason? {
    guard value.depth <= Limits.valueDepthMax, value.longestText <= Limits.textBytesMax else { return .tooLarge }
    if value.holdsUnknown { return .wrongType }
    switch (type, value) {
    case (_, .null) where policy != .furthest: return nil
    case (.any, _), (.text, .text), (.integer, .integer), (.boolean, .bool), (.link, .link): return nil
    case (.date, .text(let text)): return text.isDateInWholeOrPart ? nil : .wrongType
    case (.time, .text(let text)): return text.isTimeWithPlace ? nil : .wrongType
    case (.choice, .text(let word)): return (order + choices).contains(word) ? nil : .wrongType
    default: return .wrongType
    }
  }

  /// Validates the transition of a register: `once` is written once, `furthest` never goes back.
  fileprivate func refusal(ofMoving before: FieldState?, to value: Value, _ superseded: DotSet) -> RefusalReason? {
    guard let before else { return nil }
    let overwritten = before.siblings.filter { superseded.contains($0.stamp.dot) }
    if before.siblings.count - overwritten.count >= Limits.siblingsMax { return .tooLarge }
    switch policy {
    case .once:
      // Superseding a single settled value is a second write. Superseding rivals resolves a conflict.
      let values = Set(overwritten.map { $0.value.canonicalBytes })
      return values.count == 1 && !values.contains(value.canonicalBytes) ? .writtenOnce : nil
    case .furthest:
      let reached = overwritten.map { rank(of: $0.value) }.max() ?? -1
      return rank(of: value) < reached ? .goesBack : nil
    default: return nil
    }
  }
}

extension Value {
  /// The nesting depth of lists and maps; 0 for a plain value.
  fileprivate var depth: Int {
    switch self {
    case .list(let values): 1 + (values.map(\.depth).max() ?? 0)
    case .map(let values): 1 + (values.values.map(\.depth).max() ?? 0)
    default: 0
    }
  }

  /// The length of the longest text or map key, in UTF-8 bytes.
  fileprivate var longestText: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .list(let values): values.map(\.longestText).max() ?? 0
    case .map(let values): values.map { max($0.utf8.count, $1.longestText) }.max() ?? 0
    default: 0
    }
  }

  fileprivate var holdsUnknown: Bool {
    switch self {
    case .unknown: true
    case .list(let values): values.contains(where: \.holdsUnknown)
    case .map(let values): values.values.contains(where: \.holdsUnknown)
    default: false
    }
  }
}

extension String {
  /// True for `2026`, `2026-12`, `2026-12-10`, or a season such as `2022-autumn`; false for a day that no calendar has,
  /// such as `2026-02-30`.
  /// Tests whether this is a time of day and the name of a time zone as the tz database has it: `10:30 Europe/London`.
  package var isTimeWithPlace: Bool {
    let parts = split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, utf8.count <= 64 else { return false }
    let clock = parts[0].split(separator: ":", omittingEmptySubsequences: false)
    let places = parts[1].split(separator: "/", omittingEmptySubsequences: false)
    guard clock.count == 2, clock.allSatisfy({ $0.isNumber(digits: 2) }), (2...3).contains(places.count) else {
      return false
    }
    guard let hour = Int(clock[0]), let minute = Int(clock[1]), hour < 24, minute < 60 else { return false }
    return places.allSatisfy { place in
      place.first?.isUppercase == true && place.allSatisfy { $0.isASCII && ($0.isLetter || "_-".contains($0)) }
    }
  }

  fileprivate var isDateInWholeOrPart: Bool {
    let parts = split(separator: "-", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), parts[0].isNumber(digits: 4) else { return false }
    if parts.count == 2, ["spring", "summer", "autumn", "winter"].contains(parts[1]) { return true }
    guard parts.dropFirst().allSatisfy({ $0.isNumber(digits: 2) }) else { return false }
    if parts.count == 3 { return CivilDay(self) != nil }
    return parts.count == 1 || (1...12).contains(Int(parts[1]) ?? 0)
  }
}

extension Substring {
  /// Tests whether a text is so many digits of ASCII.
  func isNumber(digits: Int) -> Bool {
    utf8.count == digits && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
