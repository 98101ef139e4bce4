// The cases that have bytes of their own, listed so that none can be added without a golden file.

import Replication
import SyncProtocol

/// Every case that has bytes of its own. The switches are exhaustive, so whoever adds a case is sent here, and from
/// here to a golden file.
enum WireCase: CaseIterable {
  case hello, offer, head, segment, rescue, cleared, answer, welcome, verdict, notice, page, cursorUnknown, end, kept,
    bodies, ticket
  case recorded, missing, forked, later
  case allowance, enter, forgotten, held, leave, restoring, restrict, revoke, schema, settled
  case clearedSpaces, clearedEverything
  case pageBody, pageVoid, pageRemainder, pageHeld, pageCheckpointWithin
  case segmentBody, segmentVoid, segmentRemainder, segmentStub, segmentRefusedStub
  case assign, add, remove, count, append, makePresent, delete, erase
  case null, bool, integer, text, bytes, link, list, map, unknown

  static func cases(in golden: Golden) -> [WireCase] {
    switch golden {
    case .request(let messages): messages.flatMap { cases(in: $0) }
    case .answer(let messages): messages.flatMap { cases(in: $0) } + [.end]
    case .message(let message): cases(in: message)
    case .edit(let edit): [of(edit.operation)]
    case .value(let value): cases(in: value)
    case .header, .change, .state, .turn, .turnReply, .agreement, .ending, .certificate: []
    }
  }

  private static func cases(in message: Message) -> [WireCase] {
    switch message {
    case .hello: [.hello]
    case .offer: [.offer]
    case .head: [.head]
    case .segment(let segment): [.segment] + segment.rows.map { of($0.content) }
    case .sealedChange: [.rescue]
    case .proposalAnswer: [.answer]
    case .cleared(let clearing): [.cleared, clearing == .everything ? .clearedEverything : .clearedSpaces]
    case .welcome: [.welcome]
    case .verdict(let verdict): [.verdict, of(verdict.outcome)]
    case .notice(let notice): [.notice, of(notice)]
    case .page(let page):
      [.page] + page.rows.map { of($0.entry.content) } + page.held.map { _ in .pageHeld }
        + page.checkpoints.dropLast().map { _ in .pageCheckpointWithin }
    case .cursorUnknown: [.cursorUnknown]
    case .sealedChangeStored: [.kept]
    case .bodies: [.bodies]
    case .ticket: [.ticket]
    }
  }

  private static func of(_ content: RawEntry.Content) -> WireCase {
    switch content {
    case .body: .pageBody
    case .void: .pageVoid
    case .redactedBody: .pageRemainder
    }
  }

  private static func of(_ content: LogSegment.Row.Content) -> WireCase {
    switch content {
    case .entry(let entry):
      switch entry.content {
      case .body: .segmentBody
      case .void: .segmentVoid
      case .redactedBody: .segmentRemainder
      }
    case .stub(_, nil): .segmentStub
    case .stub(_, _?): .segmentRefusedStub
    }
  }

  private static func of(_ outcome: Verdict.Outcome) -> WireCase {
    switch outcome {
    case .recorded: .recorded
    case .missing: .missing
    case .forked: .forked
    case .later: .later
    }
  }

  private static func of(_ notice: Notice) -> WireCase {
    switch notice {
    case .allowance: .allowance
    case .enter: .enter
    case .forgotten: .forgotten
    case .leave: .leave
    case .proposal: .held
    case .proposalClosed: .settled
    case .restoring: .restoring
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
