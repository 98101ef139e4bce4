// `proposal list`: the sealed changes that are waiting for a person's decision.

package import JSONText
package import Replication
internal import SyncHub

package struct ProposalListCommand: PlainAdminCommand {
  package static let name = "proposal list"
  package init() {}

  package func run(in hub: AdminContext) throws -> ProposalList {
    let (ids, list) = try hub.store.read { reader in
      let waiting = try Directory(reader).waitingProposals()
      let summaries = try waiting.enumerated().map { try ProposalSummary($1, number: $0 + 1, reader) }
      return (waiting.map(\.id.description), ProposalList(proposals: summaries))
    }
    try hub.store.write { try NumberedList.proposals.remember(ids, in: $0) }
    return list
  }
}

extension AdminCommand where Self == ProposalListCommand {
  package static var proposalList: Self { Self() }
}

extension Directory {
  /// The unanswered proposals, in the order of the list.
  func waitingProposals() throws -> [Proposal] {
    try proposals().filter { $0.answer == nil }
  }

  /// Finds an unanswered proposal.
  ///
  /// - Parameter name: The proposal's number in the list last shown, or its id.
  /// - Throws: ``AdminError``, `noSuchProposal`.
  func waitingProposal(named name: String) throws -> Proposal {
    let id = try NumberedList.proposals.id(named: name, in: reader)
    guard let proposal = try waitingProposals().first(where: { $0.id.description == id }) else {
      throw AdminError(
        .noSuchProposal,
        "There is no waiting proposal '\(name)' in the list last shown. Type 'proposal list' to see them.")
    }
    return proposal
  }
}

/// The answer of `proposal list`.
package struct ProposalList: JSONConvertible {
  package let proposals: [ProposalSummary]

  package var json: JSON { .object(["proposals": proposals.json]) }
}

extension ProposalList {
  package init(json: JSON) throws(JSONMismatch) { self.init(proposals: try json.member("proposals")) }
}

/// A proposal, as shown to an administrator: either half-written words or a change.
package struct ProposalSummary: JSONConvertible {
  /// The number in the list, from 1.
  package let number: Int
  package let id: RecordID
  /// The name of the member whose device delivered it.
  package let member: String
  package let received: Timestamp
  package let reason: RefusalReason
  /// True if its owner has accepted it on another device.
  package let hasOwnersYes: Bool
  /// The half-written words; `nil` if it is a change.
  package let words: String?
  /// For a change: its space's name, its author's name, and its time by the author's device. They help a person to
  /// judge the change; they prove nothing.
  package let space: String?
  package let author: String?
  package let written: Timestamp?
  package let edits: [EditSummary]

  package var json: JSON {
    .object([
      "number": number.json, "id": id.json, "member": member.json, "received": received.json, "reason": reason.json,
      "space": space.json, "author": author.json, "written": written.json, "edits": edits.json, "words": words.json,
      "ownersYes": hasOwnersYes.json,
    ])
  }
}

extension ProposalSummary {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      number: try json.member("number"), id: try json.member("id"), member: try json.member("member"),
      received: try json.member("received"), reason: try json.member("reason"),
      hasOwnersYes: try json.member("ownersYes"), words: try json.member("words"), space: try json.member("space"),
      author: try json.member("author"), written: try json.member("written"), edits: try json.member("edits"))
  }

  fileprivate init(_ proposal: Proposal, number: Int, _ reader: any StoreReader) throws {
    let directory = Directory(reader)
    let (words, change): (String?, Change?) =
      switch proposal.content {
      case .words(let words): (words, nil)
      case .change(let change): (nil, change)
      }
    self.init(
      number: number, id: proposal.id, member: try directory.authorName(proposal.member), received: proposal.received,
      reason: proposal.reason, hasOwnersYes: proposal.hasOwnersYes, words: words,
      space: try change.map { try reader.space($0.header.space)?.name ?? $0.header.space.description },
      author: try change.map { try directory.authorName($0.header.author) }, written: change?.header.time,
      edits: change?.edits.map { EditSummary($0) } ?? [])
  }
}

/// One edit of a proposed change.
package struct EditSummary: JSONConvertible {
  /// An operation, by its name for scripts.
  package enum Operation: String, JSONConvertible {
    case set, add, remove, count, append, make, delete, erase
  }

  package let record: RecordID
  package let kind: String
  package let operation: Operation
  package let field: String?
  /// The operand in the form that scripts read; `null` if the operation has none.
  package let value: JSON

  package var json: JSON {
    .object([
      "record": record.json, "kind": kind.json, "operation": operation.json, "field": field.json, "value": value,
    ])
  }
}

extension EditSummary {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      record: try json.member("record"), kind: try json.member("kind"), operation: try json.member("operation"),
      field: try json.member("field"), value: try json.member("value"))
  }

  fileprivate init(_ edit: Edit) {
    let (operation, value): (Operation, JSON) =
      switch edit.operation {
      case .assign(_, let value, _): (.set, JSON(value))
      case .add(_, let element, _): (.add, JSON(element))
      case .remove(_, let element, _): (.remove, JSON(element))
      case .count(_, let amount): (.count, .integer(amount))
      case .append(_, let entry): (.append, JSON(entry))
      case .makePresent: (.make, .null)
      case .delete: (.delete, .null)
      case .erase: (.erase, .null)
      }
    self.init(
      record: edit.record, kind: edit.kind, operation: operation, field: edit.operation.field, value: value)
  }
}
