// Wording for the reasons a hub or this program refuses a change: for each, one plain sentence and what the person can
// do next.

internal import ClientCore
internal import Replication
internal import SafeText

extension Wording {
  /// The sentence for a reason. A reason that this program does not know, from a newer hub, is shown as it is.
  static func reason(_ reason: RefusalReason) -> TerminalText {
    reasons[reason] ?? "The Centre gave this reason: \(reason.rawValue)."
  }

  private static let reasons: [RefusalReason: TerminalText] = [
    .notAllowed: "You may not change this. Ask the chair, or the Centre.",
    .suggestOnly: "You may suggest a change here. The Centre has to take it in. Ask the chair, or the Centre.",
    .malformed: "The change could not be read. Please tell the Centre.",
    .unknownKind: "The Centre does not know this kind of record yet. Ask the Centre.",
    .unknownField: "This kind of record has no such field. Ask the Centre.",
    .wrongSpace:
      "This cannot be written here. Choose another space. Only the other university can change what it gave.",
    .wrongKind: "The record is of another kind.",
    .wrongOperation: "This field cannot be changed in this way.",
    .wrongType: "What was written does not fit this field.",
    .tooLarge: "It is too long. Write it in shorter parts.",
    .deletesNever: "Records of this kind are never taken away. They are closed or put right instead.",
    .goesBack: "This only moves forward, and somebody has moved it on already.",
    .writtenOnce: "This is written once and then stands. Write a new record to put it right.",
    .dependsOnRefused: "It is about a record that was not taken. Look at that one first.",
    .unknownRecord: "It is about a record the Centre does not have.",
    .deleted: "The record has been removed. Bring it back first, then change it.",
    .unsettled: "Another part of it is written in two ways. Settle that first.",
    .erased: "The Centre has erased this record. Nothing can be written in it any more.",
    .lamport: "The numbers of this copy do not fit. Please tell the Centre.",
    .left: "You left before this was sent. The Centre has it as a proposal, or gets it when you send.",
    .forked: "This computer's copy was put back from an older one, and the Centre has something else in its place.",
  ]

  // MARK: Not saved, because of the member's role

  private static let nobodyMay: TerminalText = "Nobody on the board can do this. You can ask the Centre."

  static func notAllowed(_ reason: RefusalReason, _ rights: Rights) -> [TerminalText] {
    let writers = (rights.isOpenToCreator ? ["whoever wrote it"] : []) + rights.writers.map { TerminalText(words: $0) }
    let suggest: [TerminalText] = reason == .suggestOnly ? ["You may suggest a change to this, but not make it."] : []
    guard let last = writers.last else { return suggest + [nobodyMay] }
    let list = writers.count == 1 ? last : "\(writers.dropLast().joined(by: ", ")) or \(last)"
    return suggest + ["Only \(list) can do this. You can ask \(writers.count == 1 ? last : "them")."]
  }

  // MARK: Kept, but not shown

  static func overridden(_ count: Int) -> TerminalText {
    count == 1
      ? "Something you wrote is kept, but another version is shown. Type 'why' to see both."
      : "\(count) things you wrote are kept, but other versions are shown. Type 'why' to see them."
  }
  static func another(_ author: TerminalText) -> TerminalText {
    "You and \(author) wrote at the same time. This version is shown:"
  }
  static let yours: TerminalText = "   Yours is kept in the history:"
  static let removedUnseen: TerminalText =
    "Somebody removed this without having seen what you wrote. Your words are kept:"

  static func erased(at time: TerminalText?) -> TerminalText {
    let day: TerminalText = time.map { " at \($0)" } ?? ""
    return "The Centre erased this\(day). Its words are gone from this computer. Only what you never sent is kept."
  }

  static let whatToDo: TerminalText =
    "Your words are kept here. You can write them again, or ask the chair or the Centre."
  static let noneRefused: TerminalText = "Every change you sent was taken."

  // MARK: Proposals from a revoked device

  static func proposals(_ count: Int) -> TerminalText {
    count == 1
      ? "1 thing you had not sent came from a computer of yours that was taken off. Type 'held' to look."
      : "\(count) things you had not sent came from a computer of yours that was taken off. Type 'held' to look."
  }
  static let noProposals: TerminalText = "Nothing from a computer that was taken off waits for your answer."
  static let proposalHint: TerminalText =
    "Type 'held 1' to see the words, 'held 1 yes' if you wrote them and they are to count, 'held 1 no' if not."
  static let heldYes: TerminalText = "You said yes. It counts when you next send."
  static let heldNo: TerminalText = "You said no. It will not count. The Centre keeps the words."
  static let halfWrittenProposal: TerminalText = "They were not finished. Write them again if you want them to count."
  static func noSuchProposal(_ number: String) -> TerminalText {
    "There is no number \(number) there. Type 'held' to see what there is."
  }
}
