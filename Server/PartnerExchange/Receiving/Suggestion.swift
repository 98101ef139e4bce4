// A value that an administrator suggests for a partner's record. The record's home alone writes it, so a suggestion is a
// record of the suggester's outgoing space, with the value that they had seen; home answers in its link space.

package import Cryptography
package import Replication
internal import SyncHub

/// A suggested value.
package struct Suggestion: Equatable, Sendable {
  /// The agreement's id.
  package let agreement: String
  /// The record, by its id in the home's outgoing space.
  package let target: RecordID
  package let field: String
  package let value: Value
  /// The digest of the value that the suggester had seen; `nil` if there was none.
  package let seen: Digest?
  /// The reason, in the suggester's words.
  package let words: String
  /// How the suggester is called, such as "an administrator at the University of Leeds".
  package let writer: String

  package init(
    agreement: String, target: RecordID, field: String, value: Value, seen: Value?, words: String, writer: String
  ) {
    self.agreement = agreement
    self.target = target
    self.field = field
    self.value = value
    self.seen = seen.map(Self.digest)
    self.words = words
    self.writer = writer
  }

  fileprivate init(
    agreement: String, target: RecordID, field: String, value: Value, digest: Digest?, words: String, writer: String
  ) {
    self.agreement = agreement
    self.target = target
    self.field = field
    self.value = value
    seen = digest
    self.words = words
    self.writer = writer
  }

  /// Tests whether a value is the one that the suggester had seen.
  package func hasSeen(_ value: Value?) -> Bool { seen == value.map(Self.digest) }

  private static func digest(of value: Value) -> Digest { Digest(tag: "board.partner-seen", value.canonicalBytes) }

  // MARK: As a record of an outgoing space

  func drafts(for record: RecordID) -> [Draft] {
    let fields: [(String, Value)] = [
      ("agreement", .text(agreement)), ("target", .link(target)), ("field", .text(field)), ("value", value),
      ("seen", seen.map { .bytes($0.bytes) } ?? .null), ("words", .text(words)), ("writer", .text(writer)),
    ]
    return [.create(record, kind: PartnerRules.suggestion)] + fields.map { .set(record, field: $0, $1) }
  }

  /// Reads a record of an outgoing space; `nil` for any that is no suggestion under the agreement.
  init?(_ state: RecordState, of agreement: String) {
    let fields = state.shownFields(by: PartnerRules.book)
    func text(_ field: String) -> String? { if case .text(let text)? = fields[field] { text } else { nil } }
    guard state.kind == PartnerRules.suggestion, text("agreement") == agreement,
      case .link(let target)? = fields["target"], let field = text("field"), let value = fields["value"],
      let words = text("words"), let writer = text("writer")
    else { return nil }
    let digest: Digest? = if case .bytes(let bytes)? = fields["seen"] { Digest(bytes: bytes) } else { nil }
    self.init(
      agreement: agreement, target: target, field: field, value: value, digest: digest, words: words, writer: writer)
  }
}

/// What became of a suggestion.
package struct SuggestionAnswer: Equatable, Sendable {
  package let isTaken: Bool
  package let reason: String

  package init(isTaken: Bool, reason: String) {
    self.isTaken = isTaken
    self.reason = reason
  }

  func drafts(for suggestion: RecordID) -> [Draft] {
    [
      .create(suggestion, kind: PartnerRules.answer),
      .set(suggestion, field: "outcome", .text(isTaken ? "taken" : "left")),
      .set(suggestion, field: "reason", .text(reason)),
    ]
  }

  /// Reads a record of a link space.
  init?(_ state: RecordState) {
    let fields = state.shownFields(by: PartnerRules.book)
    guard case .text(let outcome)? = fields["outcome"], ["taken", "left"].contains(outcome),
      case .text(let reason)? = fields["reason"]
    else { return nil }
    self.init(isTaken: outcome == "taken", reason: reason)
  }
}

/// The suggestions of partners that wait here.
package enum ReceivedSuggestions {
  /// The most suggestions of one partner that wait at a time; the others are read again once some are answered.
  private static let openMax = 500

  private static let open = LocalTable(
    "partner_suggestion", of: .id() as LocalCoding<MemberID>, .id() as LocalCoding<RecordID>, .suggestion)
  private static let answered = LocalTable("partner_suggestion_answered", .id() as LocalCoding<RecordID>, .presence)

  static func keep(
    _ suggestion: Suggestion, _ record: RecordID, from partner: MemberID, in transaction: any LocalStateWriter
  ) throws {
    guard try !answered.contains(record, in: transaction),
      try open.contains(record, of: partner, in: transaction)
        || open.rows(of: partner, limit: openMax, in: transaction).count < openMax
    else { return }
    try open.set(record, of: partner, to: suggestion, in: transaction)
  }

  /// The suggestions of a partner that wait for an answer.
  package static func waiting(
    of partner: MemberID, in reader: any LocalStateReader
  ) throws -> [(id: RecordID, suggestion: Suggestion)] {
    try open.rows(of: partner, in: reader).map { ($0.key, $0.value) }
  }

  /// Closes a suggestion.
  package static func close(_ record: RecordID, of partner: MemberID, in transaction: any StoreTransaction) throws {
    try open.set(record, of: partner, to: nil, in: transaction)
    try answered.set(record, to: (), in: transaction)
    try transaction.didErase()
  }

  /// Removes what waits under an agreement that has ended: suggestions that were not taken stay with their makers alone.
  ///
  /// - Returns: False if there was none.
  static func removeAll(
    under agreement: String, of partner: MemberID, in transaction: any StoreTransaction
  ) throws -> Bool {
    let gone = try waiting(of: partner, in: transaction).filter { $0.suggestion.agreement == agreement }
    for (record, _) in gone { try open.set(record, of: partner, to: nil, in: transaction) }
    if !gone.isEmpty { try transaction.didErase() }
    return !gone.isEmpty
  }
}

/// The suggestions that this hub's administrators have made.
package enum OwnSuggestions {
  private static let made = LocalTable("own_suggestion", .id() as LocalCoding<RecordID>, .suggestion)
  private static let answers = LocalTable("own_suggestion_answer", .id() as LocalCoding<RecordID>, .suggestionAnswer)

  package static func add(
    _ suggestion: Suggestion, as record: RecordID, in transaction: any LocalStateWriter
  ) throws {
    try made.set(record, to: suggestion, in: transaction)
  }

  static func note(_ answer: SuggestionAnswer, to record: RecordID, in transaction: any LocalStateWriter) throws {
    guard try made.contains(record, in: transaction), try answers.value(record, in: transaction) != answer else {
      return
    }
    try answers.set(record, to: answer, in: transaction)
  }

  /// Every suggestion, with its answer; `nil` while it waits.
  package static func all(
    in reader: any LocalStateReader
  ) throws -> [(id: RecordID, suggestion: Suggestion, answer: SuggestionAnswer?)] {
    try made.rows(in: reader).map { ($0.key, $0.value, try answers.value($0.key, in: reader)) }
  }
}

extension LocalCoding<Suggestion> {
  fileprivate static var suggestion: LocalCoding {
    .cbor { suggestion, writer in
      writer.map { map in
        map.write(1, suggestion.agreement)
        map.write(2, suggestion.target)
        map.write(3, suggestion.field)
        map.field(4) { suggestion.value.encode(into: &$0) }
        map.write(5, suggestion.seen)
        map.write(6, suggestion.words)
        map.write(7, suggestion.writer)
      }
    } _: { (reader) throws(CBORError) in
      try reader.map { (map) throws(CBORError) in
        let (agreement, target): (String, RecordID) = (try map.read(1), try map.read(2))
        let field: String = try map.read(3)
        try map.require(4)
        let value = try Replication.Value(from: &map.reader)
        return Suggestion(
          agreement: agreement, target: target, field: field, value: value, digest: try map.readIfPresent(5),
          words: try map.read(6), writer: try map.read(7))
      }
    }
  }
}

extension LocalCoding<SuggestionAnswer> {
  fileprivate static var suggestionAnswer: LocalCoding {
    .cbor { answer, writer in
      writer.array(2)
      writer.bool(answer.isTaken)
      writer.text(answer.reason)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 2 else { throw .value }
      return SuggestionAnswer(isTaken: try reader.bool(), reason: try reader.text())
    }
  }
}
