// Work that came in sealed, from who has left or whose computer was taken off: listed, and taken or declined by a person.

internal import BoardModel
internal import Replication
internal import SyncHub

extension AdminService {
  func proposalList(_ reader: any StoreReader) throws -> JSON {
    let waiting = try Self.waiting(reader)
    return .object(["proposals": .array(try waiting.enumerated().map { try json($0.element, $0.offset + 1, reader) })])
  }

  func proposalTake(_ id: String, isUnproved: Bool) throws -> JSON {
    let now = clock()
    return try store.write { transaction in
      let work = try Self.named(id, transaction)
      do throws(any Error) {
        if let reason = try work.accept(isUnprovedTaken: isUnproved, rules: model.rules, now: now, transaction) {
          throw AdminError(
            .data, "refused", "This cannot be put in its place any more (\(reason.rawValue)). It stays here.")
        }
      } catch ProposalError.isNoChange {
        throw AdminError(
          .data, "noChange", "These are half-written words. Read them, write them where they belong, and decline them.")
      } catch ProposalError.notProved {
        throw AdminError(
          .data, "notProved",
          "This is in another's name than that of who brought it. Ask that person; if it is theirs, add --unproved.")
      } catch ProposalError.noSuchSpace {
        throw AdminError(.data, "noSuchSpace", "The space they were written in is not here any more.")
      }
      try Audit.record(work.auditEntry(.proposalTake), now: now, in: transaction)
      return try left("taken", transaction)
    }
  }

  func proposalDecline(_ id: String) throws -> JSON {
    let now = clock()
    return try store.write { transaction in
      let work = try Self.named(id, transaction)
      try work.decline(now: now, transaction)
      try Audit.record(work.auditEntry(.proposalDecline), now: now, in: transaction)
      return try left("declined", transaction)
    }
  }

  private func left(_ answer: String, _ reader: any StoreReader) throws -> JSON {
    .object(["answer": .string(answer), "proposals": .integer(Int64(try Self.waiting(reader).count))])
  }

  private static func waiting(_ reader: any StoreReader) throws -> [Proposal] {
    try Directory(reader).proposals().filter { $0.answer == nil }
  }

  private static func named(_ id: String, _ reader: any StoreReader) throws -> Proposal {
    let waiting = try waiting(reader)
    guard
      let place = Int(id).map({ $0 - 1 }).flatMap({ waiting.indices.contains($0) ? $0 : nil })
        ?? waiting.firstIndex(where: { $0.id.description == id })
    else {
      throw AdminError(.data, "noSuchProposal", "There is no proposal '\(id)'. Type 'proposal list' to see them.")
    }
    return waiting[place]
  }

  private func json(_ work: Proposal, _ number: Int, _ reader: any StoreReader) throws -> JSON {
    let directory = Directory(reader)
    var fields: [String: JSON] = [
      "number": .integer(Int64(number)), "id": .string(work.id.description),
      "member": .string(try directory.authorName(work.member)), "received": .string(work.received.iso8601),
      "reason": .string(work.reason.rawValue), "space": .null, "author": .null, "written": .null, "edits": .array([]),
      "words": .null, "ownersYes": .bool(work.hasOwnersYes),
    ]
    switch work.content {
    case .words(let words): fields["words"] = .string(words)
    case .change(let change):
      fields["space"] = .string(try reader.space(change.header.space)?.name ?? change.header.space.description)
      fields["author"] = .string(try directory.authorName(change.header.author))
      // By their computer's clock: a help to judge by, never a proof.
      fields["written"] = .string(change.header.time.iso8601)
      fields["edits"] = .array(change.edits.map { Self.json($0) })
    }
    return .object(fields)
  }

  private static func json(_ edit: Edit) -> JSON {
    let (name, value): (String, JSON) =
      switch edit.operation {
      case .assign(_, let value, _): ("set", JSON(value))
      case .add(_, let element, _): ("add", JSON(element))
      case .remove(_, let element, _): ("remove", JSON(element))
      case .count(_, let amount): ("count", .integer(amount))
      case .append(_, let entry): ("append", JSON(entry))
      case .makePresent: ("make", .null)
      case .delete: ("delete", .null)
      case .erase: ("erase", .null)
      }
    return .object([
      "record": .string(edit.record.description), "kind": .string(edit.kind), "operation": .string(name),
      "field": edit.operation.field.map { .string($0) } ?? .null, "value": value,
    ])
  }
}

extension Proposal {
  fileprivate func auditEntry(_ act: AuditEntry.Event) -> AuditEntry {
    guard case .change(let change) = content else { return AuditEntry(act, member: member, records: [id]) }
    return AuditEntry(act, member: member, spaces: [change.header.space], records: [id] + change.records)
  }
}
