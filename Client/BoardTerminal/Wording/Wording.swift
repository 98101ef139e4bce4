// The catalogue of sentences about a member's work and what went wrong, in one place, so that one person can review
// them and one test can enforce the rule: short plain words, and none of the engine's terms.

internal import SafeText

/// The catalogue of sentences. Those about a person's status come from the Centre's wording list.
enum Wording {
  // MARK: Where work is

  static let savedHere: TerminalText = "Saved on this computer. Not sent yet."
  static let saved: TerminalText = "Done: " + savedHere
  static let safeHere: TerminalText = "Your work is safe on this computer."
  static let offline: TerminalText = "You are working offline. Your work is safe on this computer."

  static func waiting(_ count: Int) -> TerminalText {
    count == 1 ? "1 change is waiting to be sent." : "\(count) changes are waiting to be sent."
  }

  static let centreHasAll: TerminalText = "The Centre has your work. Nothing is waiting to be sent."

  static func notTaken(_ count: Int) -> TerminalText {
    count == 1
      ? "1 change was not taken. Nothing is lost. Type 'why 1' to see the reason."
      : "\(count) changes were not taken. Nothing is lost. Type 'why' to see the reasons."
  }

  static func choices(_ count: Int) -> TerminalText {
    count == 1
      ? "1 thing needs your choice. Type 'choices' to see it."
      : "\(count) things need your choice. Type 'choices' to see them."
  }

  // MARK: How fresh the copy is

  static let noNewsYet: TerminalText = "You have not had the Centre's news yet. Type 'send' to get it."

  static func latest(_ time: TerminalText) -> TerminalText {
    "You have all the news the Centre had at \(time)."
  }

  static func partOfNews(_ time: TerminalText) -> TerminalText {
    "You have only part of the news the Centre had at \(time). Type 'send' to get the rest."
  }

  static func stale(days: Int64) -> TerminalText {
    """
    You last joined up with the Centre \(days) \(days == 1 ? "day" : "days") ago. \
    Other people may have made changes since then.
    """
  }

  static let meetingIsSoon: TerminalText = "Your next meeting is soon. Type 'send' to get the news before it."

  // MARK: Clocks

  static func clockLooksWrong(here: TerminalText, centre: TerminalText) -> TerminalText {
    "The date on this computer looks wrong. It says \(here). The Centre says \(centre)."
  }

  static let clockIsHarmless: TerminalText =
    "Your work is safe and in the right order. We will use the date from the Centre."

  // MARK: Joining

  static let emptyCopy: TerminalText = "Welcome. This copy is empty."
  static let notJoined: TerminalText = "This copy belongs to no board yet."
  static let joinHint: TerminalText = "Type 'join', then the Centre's address and the code you were given."

  static func alreadyJoined(_ url: String) -> TerminalText {
    "This copy belongs to a board already. Its Centre is at \(url)."
  }

  static func welcome(_ name: String) -> TerminalText { "Welcome, \(name)." }

  static func youCanSee(_ boards: TerminalText) -> TerminalText { "You can now see: \(boards)." }

  static func fingerprint(_ fingerprint: String) -> TerminalText {
    "This computer's mark is \(fingerprint). The Centre sees the same one: you can compare them on the telephone."
  }

  static let newsLater: TerminalText =
    "You have joined. The Centre's news could not be fetched just now. Type 'send' to get it."

  // MARK: What was typed

  static func unknownWord(_ word: String, meant: TerminalText) -> TerminalText {
    unknownWord(word, perhaps: meant) + " Type 'yes' or type another word."
  }

  static func unknownWord(_ word: String, perhaps: TerminalText) -> TerminalText {
    "We do not know the word '\(word)'. Did you mean '\(perhaps)'?"
  }

  static func unknownWord(_ word: String) -> TerminalText {
    "We do not know the word '\(word)'. Type 'help' to see the words we know."
  }

  static func howToType(_ usage: TerminalText) -> TerminalText { "Type it like this: \(usage)" }

  static let pastedNotRun: TerminalText = "Several lines came at once, as when text is pasted. None of them was run."
  static let pastedHint: TerminalText = "Type one line at a time. To paste a longer text, type 'comment' first."

  static func noSuchRecord(_ id: String) -> TerminalText { "There is no record '\(id)' in this copy." }
  static func noSuchKind(_ kind: String) -> TerminalText { "There is no kind of record called '\(kind)'." }
  static func noSuchField(_ field: String, _ kind: String) -> TerminalText {
    "A record of the kind '\(kind)' has no field '\(field)'."
  }
  static func noSuchSpace(_ name: String) -> TerminalText {
    "This copy has no place called '\(name)' for such a record."
  }
  static func badValue(_ field: String, _ expected: String) -> TerminalText {
    field.isEmpty ? "We expected \(expected)." : "For '\(field)' we expected \(expected)."
  }
  static func nothingToSettle(_ field: String) -> TerminalText { "Nothing waits for a choice at '\(field)'." }
  static func settleFirst(_ field: String) -> TerminalText {
    "This was not saved: settle '\(field)' first. It is written in two ways, and nobody has chosen."
  }
  static func howToSettle(_ field: String) -> TerminalText {
    "Type 'choices' to see both. Or say '\(field)' as well, then both are saved in one step."
  }
  static func noSuchNumber(_ number: String) -> TerminalText {
    "There is no item \(number) on the list you last saw. Ask for a list first, such as 'meetings'."
  }
  static func refusedHere(_ field: String) -> TerminalText {
    field.isEmpty ? "This was not saved." : "This was not saved, because of '\(field)'."
  }

  static func noFieldInput(_ word: String) -> TerminalText {
    "'\(word)' is no field. Type it like this: title=words, or count:=3 for anything but words."
  }
  static let notText: TerminalText = "Some of these words hold a character we cannot keep. Nothing was saved."
  static let noHome: TerminalText =
    "We do not know where your copy is. Type '--home' and the name of its folder after 'board'."
  static func unknownOption(_ option: String) -> TerminalText { "We do not know the option '\(option)'." }
  static func optionWithoutWord(_ option: String) -> TerminalText { "The option '\(option)' needs a word after it." }
  static let homeOnlyAtStart: TerminalText =
    "The folder is chosen when the board starts. Type 'quit', then start it anew."
  static func numberOf(_ id: String) -> TerminalText { "Its number is \(id)." }

  // MARK: Looking round

  static let helpHint: TerminalText =
    "Type 'help' at any time. Type 'quit' to stop. Your work is always kept."
  static let nothingWaits: TerminalText = "Nothing is waiting to be sent."
  static let halfWritten: TerminalText =
    "You have a half-written comment. Type 'comment' to go on, or 'discard' to let it go."
  static func newThings(_ count: Int) -> TerminalText {
    switch count {
    case 0: "Nothing is new since you last looked."
    case 1: "1 new thing since you last looked. Type 'new' to see it."
    default: "\(count) new things since you last looked. Type 'new' to see them."
    }
  }
  static let openHint: TerminalText = "Type 'open' and a number to read one."
  static func more(_ count: Int) -> TerminalText { "\(count) more. Type 'more' to see them." }
  static func moreNews(_ count: Int) -> TerminalText { "\(count) more after these. Type 'new' again to see them." }
  static func notListed(_ count: Int) -> TerminalText {
    "\(count) more are not in this list. Type 'find' and a word to see fewer."
  }
  static let noMore: TerminalText = "There is no more of that list."
  static let choicesHint: TerminalText = "Nobody's words were lost. Type 'choices' to choose."
  static func unsettledCount(_ count: Int) -> TerminalText {
    count == 1 ? "1 field is not settled." : "\(count) fields are not settled."
  }
  static func unsettled(_ title: TerminalText) -> TerminalText { "Not settled: \(title)" }

  static let digestHead: TerminalText = "Two copies hold the same where these numbers are the same."
  static let helpHead: TerminalText = "Type one of these words."
  static let helpTail: [TerminalText] = [
    "Numbers pick from the list you last saw. You can stop at any moment. Your work is always kept.",
    "Two people at one computer take a folder each: 'board --home FOLDER'. Without it, your copy is where BOARD_HOME says, "
      + "or else in .local/share/board in your home folder.",
  ]
  static let goodbye: TerminalText = "Goodbye. Your work is kept on this computer."
  static func goodbye(from folder: String) -> TerminalText {
    "Goodbye. Your work is kept in \(folder), and nothing of it anywhere else on this computer."
  }
  static func namedFolder(_ folder: String) -> TerminalText {
    "Your copy is in \(folder). If this is not your own computer: nothing is kept on it outside that folder."
  }
  static let whyHint: TerminalText = "Nothing is lost. Type 'why 1' to see the words of the first."
  static func noSuchRefusal(_ number: String) -> TerminalText {
    "There is no number \(number). Type 'why' to see which changes were not taken."
  }

  // MARK: This computer

  static let inUse: TerminalText =
    "Your board is open in another window on this computer. Close that one, or go on there."
  static let notShown: TerminalText = "We could not show you the answer. The screen or file it goes to cannot be used."
  static let savedAllTheSame: TerminalText = "What you did is saved on this computer. Do not do it again."
  static let diskFull: TerminalText = "We could not save this. This computer is full."
  static let diskFullHint: TerminalText = "Make some space, then try again. What was saved before is safe."
  static let diskFailed: TerminalText = "We could not use the disk. What was saved before is kept."
  static let unreadable: TerminalText =
    "This program cannot read your copy. It is kept as it is. Ask the Centre for the new version."
  static func keyIsOpen(_ path: String) -> TerminalText {
    "Others on this computer can read this computer's key, \(path). It is not used any more. Tell the Centre."
  }
  static let keyHint: TerminalText = "Your work is kept. To go on, delete that file and ask the Centre for a new code."
  static func keyIsDamaged(_ path: String) -> TerminalText { "This computer's key, \(path), is damaged." }
  static let corrupt: TerminalText =
    "Your copy on this computer is damaged. Do not delete it. Type 'repair'. If that does not help, tell the Centre."
  static let checkingCopy: TerminalText = "Checking your copy. This can take a minute."
  static let copyIsSound: TerminalText = "Your copy is in order. Nothing was changed."
  static func checked(records: Int, changes: Int) -> TerminalText {
    "Checked: \(records) records, made of \(changes) changes."
  }
  static let recordsRebuilt: TerminalText =
    "Some records were wrong. They are put right from what is saved on this computer. Nothing is lost."
  static let copyReplaced: TerminalText = "Something in your copy was wrong. A new copy takes its place."
  static func keptUnsent(_ count: Int) -> TerminalText {
    switch count {
    case 0: "Nothing was waiting to be sent."
    case 1: "Your 1 change that was waiting to be sent is kept."
    default: "Your \(count) changes that were waiting to be sent are kept."
    }
  }
  static func unreadableWork(_ count: Int) -> TerminalText {
    let changes: TerminalText = count == 1 ? "1 change" : "\(count) changes"
    return "\(changes) of yours cannot be read. Tell the Centre, and keep the old file for them."
  }
  static func setAside(_ path: String) -> TerminalText { "The old file is not deleted. It is now \(path)." }
  static let sendForRest: TerminalText = "Type 'send' to get everything else from the Centre again."
  static let tooOld: TerminalText =
    "This program is too old to send your work. Your work is safe. Ask the Centre for the new version."
  static func fault(_ detail: String) -> TerminalText {
    "Something went wrong in this program. What was saved is safe. Tell the Centre: \(detail)"
  }
  static func detail(_ detail: String) -> TerminalText { "What the computer says: \(detail)" }
}
