// The cases that have bytes of their own, listed so that none can be added without a golden file.

import Replication
import SyncProtocol

/// Every case that has bytes of its own. The switches are exhaustive, so whoever adds a case is sent here, and from
/// here to a golden file.
enum WireCase: CaseIterable {
  case hello, offer, head, headerLink, rescue, cleared, answer, welcome, verdict, notice, page, cursorUnknown, end, kept
  case accepted, alreadyHad, missing, forked, refused, later
  case enter, held, leave, restrict, revoke, schema, settled
  case clearedSpaces, clearedEverything
  case body, void, rest
  case assign, add, remove, count, append, makePresent, delete, erase
  case null, bool, integer, text, bytes, link, list, map, unknown

  static func cases(in golden: Golden) -> [WireCase] {
    switch golden {
    case .request(let messages): messages.flatMap { cases(in: $0) }
    case .message(let message): cases(in: message)
    case .edit(let edit): [of(edit.operation)]
    case .value(let value): cases(in: value)
    case .header, .change, .state: []
    }
  }

  private static func cases(in message: Message) -> [WireCase] {
    switch message {
    case .hello: [.hello]
    case .offer(let entry): [.offer, of(entry.content)]
    case .head: [.head]
    case .connectingHeader: [.headerLink]
    case .sealedChange: [.rescue]
    case .proposalAnswer: [.answer]
    case .cleared(let clearing): [.cleared, clearing == .everything ? .clearedEverything : .clearedSpaces]
    case .welcome: [.welcome]
    case .verdict(let verdict): [.verdict, of(verdict.outcome)]
    case .notice(let notice): [.notice, of(notice)]
    case .page: [.page]
    case .cursorUnknown: [.cursorUnknown]
    case .end: [.end]
    case .sealedChangeStored: [.kept]
    }
  }

  private static func of(_ content: RawEntry.Content) -> WireCase {
    switch content {
    case .body: .body
    case .void: .void
    case .redactedBody: .rest
    }
  }

  private static func of(_ outcome: Verdict.Outcome) -> WireCase {
    switch outcome {
    case .accepted: .accepted
    case .alreadyHad: .alreadyHad
    case .missing: .missing
    case .forked: .forked
    case .refused: .refused
    case .later: .later
    }
  }

  private static func of(_ notice: Notice) -> WireCase {
    switch notice {
    case .enter: .enter
    case .leave: .leave
    case .proposal: .held
    case .proposalClosed: .settled
    case .restrict: .restrict
    case .revoke: .revoke
    case .schema: .schema
    }
  }

  private static func of(_ operation: Operation) -> WireCase {
    switch operation {
    case .assign: .assign
    case .add: .add
    case .remove: .remove
    case .count: .count
    case .append: .append
    case .makePresent: .makePresent
    case .delete: .delete
    case .erase: .erase
    }
  }

  private static func cases(in value: Value) -> [WireCase] {
    switch value {
    case .null: [.null]
    case .bool: [.bool]
    case .integer: [.integer]
    case .text: [.text]
    case .bytes: [.bytes]
    case .link: [.link]
    case .list(let values): [.list] + values.flatMap { cases(in: $0) }
    case .map(let values): [.map] + values.values.flatMap { cases(in: $0) }
    case .unknown: [.unknown]
    }
  }
}
