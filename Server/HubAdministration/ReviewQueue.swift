// The questions that a person at the Centre must settle: those that an import raised, and every conflict between
// members. The list is computed from records whenever it is asked for. Settling a question is an ordinary change.

package import RecordModel
package import Replication
internal import SyncHub

/// One open question.
package struct ReviewItem: Equatable, Sendable {
  /// The review item that raised it; `nil` for a conflict found in a record's state.
  package let item: RecordKey?
  /// The record in question; `nil` if it has not been loaded.
  package let target: RecordKey?
  /// The id of the record in question, loaded or not; `nil` if the question names none.
  package let targetID: RecordID?
  package let kind: String
  /// The record's title on screen.
  package let title: String
  package let field: String
  /// The question in plain words.
  package let words: String
  /// The rival values, if any.
  package let rivals: [Sibling]

  /// The name by which `settle` finds the question: the review item's id, or the record and field.
  package var id: String {
    item?.record.description ?? "\(targetID.map(\.description) ?? "")/\(field)"
  }
}

/// The reason a question was not settled.
package enum ReviewError: Error, Equatable, Sendable {
  case noSuchQuestion(String)
  case input(InputError)
  case refused(RefusalReason, field: String)
}

/// The open questions of one hub.
package struct ReviewQueue {
  private let model: RecordModel
  private let reader: any StoreReader

  package init(model: RecordModel, _ reader: any StoreReader) {
    self.model = model
    self.reader = reader
  }

  /// Returns the open review items in the order of their keys, then the conflicts that no item covers, by space and
  /// record. Cost grows with the number of review items and contested records.
  package func questions() throws -> [ReviewItem] {
    let items = try openItems()
    var covered: Set<String> = []
    for item in items {
      if let target = item.targetID { covered.insert("\(target)/\(register(item.field, item.kind))") }
    }
    return items + (try conflicts().filter { !covered.contains($0.id) })
  }

  private func register(_ field: String, _ kind: String) -> String {
    model.rules.kinds[kind]?.register(of: field) ?? field
  }

  private func openItems() throws -> [ReviewItem] {
    var items: [(key: String, question: ReviewItem)] = []
    for space in try reader.sharedSpaces() {
      try reader.forEachRecord(in: space.id, kind: model.questionKind) { record, state in
        let fields = state.shownFields(by: model.rules)
        guard fields["status"] == .text("open"), state.presence(by: .never) == .present else { return }
        let (target, targetState) = try find(fields["target_ref"])
        let field = fields["field"]?.plainText ?? ""
        let kind = targetState?.kind ?? ""
        let conflict = targetState?.conflicts(by: model.rules).first { $0.field == register(field, kind) }
        let question = ReviewItem(
          item: RecordKey(space.id, record), target: target, targetID: fields["target_ref"]?.linked, kind: kind,
          title: try targetState.map(title) ?? "", field: field, words: fields["question"]?.plainText ?? "",
          rivals: conflict?.rivals ?? [])
        items.append((fields["key"]?.plainText ?? "", question))
      }
    }
    return items.sorted { $0.key < $1.key }.map(\.question)
  }

  private func conflicts() throws -> [ReviewItem] {
    var questions: [ReviewItem] = []
    for space in try reader.sharedSpaces() {
      for (record, state) in try reader.contestedRecords(in: space.id, listedOnly: true) {
        for conflict in state.conflicts(by: model.rules) {
          let label = model.kinds[state.kind]?.fieldLabels[conflict.field] ?? conflict.field
          let words =
            conflict.field == Conflict.removedField
            ? "One person removed this while another changed it. Is it removed?"
            : "There are \(conflict.rivals.count) versions of \(label). Which is right?"
          questions.append(
            ReviewItem(
              item: nil, target: RecordKey(space.id, record), targetID: record, kind: state.kind,
              title: try title(state), field: conflict.field, words: words, rivals: conflict.rivals))
        }
      }
    }
    return questions
  }

  private func find(_ link: Value?) throws -> (RecordKey?, RecordState?) {
    guard let record = link?.linked else { return (nil, nil) }
    for space in try reader.spaces(holding: record) {
      let key = RecordKey(space, record)
      if let state = try reader.record(key), !state.isErased { return (key, state) }
    }
    return (nil, nil)
  }

  private func title(_ state: RecordState) throws -> String {
    guard let field = model.kinds[state.kind]?.titleField else { return state.kind }
    let shown = state.shownFields(by: model.rules)[field]
    if shown?.linked != nil, case (_, let linked?) = try find(shown) { return try title(linked) }
    guard let title = shown?.plainText, !title.isBlank else { return "\(state.kind), without a name" }
    return title
  }

  /// The open question that an administrator names.
  ///
  /// - Parameter name: The question's number in the list last shown, or its id.
  /// - Throws: ``ReviewError/noSuchQuestion(_:)``.
  package func question(named name: String) throws -> ReviewItem {
    let id = try NumberedList.questions.id(named: name, in: reader)
    guard let question = try questions().first(where: { $0.id == id }) else { throw ReviewError.noSuchQuestion(name) }
    return question
  }

  // MARK: Settling

  /// Settles one question: assigns the value to the field, superseding every rival, and closes the item that raised it
  /// with the answer. Both happen in the caller's transaction.
  ///
  /// - Parameters:
  ///   - name: The question's number in the list last shown, or its id.
  ///   - text: The value as typed.
  /// - Throws: ``ReviewError``; the caller must then roll its transaction back.
  package static func settle(
    _ name: String, as text: String, model: RecordModel, now: Timestamp, in transaction: any StoreTransaction
  ) throws -> ReviewItem {
    let question = try ReviewQueue(model: model, transaction).question(named: name)
    guard !text.isBlank else {
      throw ReviewError.input(.badValue(field: question.field, expected: "a value, not a blank"))
    }
    let replica = Replica(rules: model.rules, in: transaction)
    do {
      if let target = question.target,
        model.rules.kinds[question.kind]?.fields[question.field] != nil
          || question.field == Conflict.removedField
      {
        let drafts = try question.drafts(
          settling: target.record, as: text, model: model, current: transaction.record(target))
        _ = try replica.commit(
          drafts, in: target.space, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
      }
      if let item = question.item {
        let close: [Draft] = [
          .set(item.record, field: "status", .text("chosen")), .set(item.record, field: "answer", .text(text)),
        ]
        _ = try replica.commit(close, in: item.space, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
      }
    } catch let error as InputError {
      throw ReviewError.input(error)
    } catch CommitError.refused(let reason, let field) {
      throw ReviewError.refused(reason, field: field)
    }
    return question
  }
}

extension ReviewItem {
  fileprivate func drafts(
    settling record: RecordID, as text: String, model: RecordModel, current: RecordState?
  ) throws -> [Draft] {
    if rivals.isEmpty {
      return try FieldInput.text(field: field, text).drafts(for: record, kind: kind, model: model, current: current)
    }
    let register = model.rules.kinds[kind]?.register(of: field) ?? field
    return try Conflict(field: register, rivals: rivals)
      .drafts(settling: record, field: field, text: text, kind: kind, model: model, current: current)
  }
}

extension Value {
  fileprivate var linked: RecordID? {
    if case .link(let record) = self { record } else { nil }
  }

  fileprivate var plainText: String? {
    if case .text(let text) = self { text } else { nil }
  }
}
