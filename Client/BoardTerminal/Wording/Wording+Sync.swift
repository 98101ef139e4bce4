// Wording for syncing: sending, getting news, and every way in which the connection or the hub can fail.

internal import SafeText

extension Wording {
  static func sending(_ count: Int) -> TerminalText {
    count == 1
      ? "Sending 1 change now. You can keep working." : "Sending \(count) changes now. You can keep working."
  }

  static func waiting(_ time: Duration) -> TerminalText {
    let seconds = max(1, Int(time.components.seconds))
    return """
      The Centre is busy. Waiting \(seconds == 1 ? "1 second" : "\(seconds) seconds"), then going on. \
      Your work is safe: you can stop with Ctrl-C and type 'send' another time.
      """
  }

  static let gettingNews: TerminalText = "Getting the Centre's news."

  static func received(at time: TerminalText) -> TerminalText {
    "Done: The Centre has your changes. It got them at \(time)."
  }

  static func news(_ count: Int) -> TerminalText {
    switch count {
    case 0: "There is no news."
    case 1: "Getting news. 1 item."
    default: "Getting news. \(count) items."
    }
  }

  static func allNews(at time: TerminalText) -> TerminalText {
    "Done: You have all the news the Centre had at \(time)."
  }

  static func part(_ sent: Int, of count: Int) -> [TerminalText] {
    [
      "\(sent) of \(count) \(count == 1 ? "change" : "changes") sent. The line dropped. Nothing is lost.",
      "We will carry on from here next time.",
    ]
  }

  static func someSent(_ sent: Int, of count: Int) -> TerminalText {
    "\(sent) of \(count) \(count == 1 ? "change" : "changes") sent. Nothing is lost."
  }

  /// - Parameter space: The label of a part of the copy.
  static func unknownSpace(_ space: TerminalText) -> TerminalText {
    "The Centre does not know this computer's part '\(space)'. Nothing of it is lost: it stays here. Please tell the Centre."
  }

  static func stillWaiting(_ count: Int) -> TerminalText {
    count == 1
      ? "1 change is still waiting. The Centre cannot take it yet. Type 'send' again later."
      : "\(count) changes are still waiting. The Centre cannot take them yet. Type 'send' again later."
  }

  // MARK: Allowances

  static func memberIsFull(until time: TerminalText) -> TerminalText {
    "The Centre takes only so much from one person in a day, and you have sent that much. It takes more from \(time)."
  }

  static func memberIsNearlyFull(percent: UInt64, until time: TerminalText) -> TerminalText {
    """
    You have sent \(percent) percent of what the Centre takes from one person in a day. \
    What is more will wait here until \(time).
    """
  }

  static func beganTooOften(until time: TerminalText) -> TerminalText {
    "This copy was put back from an older one too often today. The Centre takes more of its work from \(time)."
  }

  static func beganOften(until time: TerminalText) -> TerminalText {
    "This copy was put back from an older one very often today. If it goes on, its work will wait here until \(time)."
  }

  static func tooManyNotTaken(until time: TerminalText) -> TerminalText {
    "The Centre has said no to too many of this computer's changes today. It looks at more from \(time)."
  }

  static func manyNotTaken(until time: TerminalText) -> TerminalText {
    """
    The Centre has said no to very many of this computer's changes today. \
    If it goes on, the others will wait here until \(time).
    """
  }

  /// - Parameter space: The label of a part of the copy.
  static func spaceIsFull(_ space: TerminalText) -> TerminalText {
    "The Centre has no room left for '\(space)'. Please tell the Centre: it can make room."
  }

  static func spaceIsNearlyFull(_ space: TerminalText, percent: UInt64) -> TerminalText {
    "The Centre's room for '\(space)' is \(percent) percent full. Please tell the Centre: it can make room."
  }

  static func question(_ text: TerminalText) -> TerminalText { "Question: \(text)" }
  static func note(_ text: TerminalText) -> TerminalText { "Note: \(text)" }

  static func left(_ space: TerminalText) -> TerminalText {
    "Note: You have left \(space). Its records are gone from this computer."
  }

  static func sealed(_ count: Int) -> TerminalText {
    count == 1
      ? "1 change had not been sent. It went to the Centre locked, and a person there will look at it."
      : "\(count) changes had not been sent. They went to the Centre locked, and a person there will look at them."
  }
  static func receivedThen(at time: TerminalText) -> TerminalText { "The Centre got it at \(time):" }
  static let notReceived: TerminalText = "The Centre does not have it yet:"
  static let ownWordsKept: TerminalText = "Your own words are kept here too. Type 'why' to see them."

  static func newRole(_ role: TerminalText) -> TerminalText {
    "Note: Your part on the board has changed. You are now \(role)."
  }

  static func revoked(at time: TerminalText) -> TerminalText {
    "Your copy has been taken off this computer. The Centre asked for this on \(time)."
  }
  static let sealedStays: TerminalText =
    "What had not been sent also stays here, locked, until the Centre's own backups have it. Nobody here can read it."
  static let notReported: TerminalText = "The Centre has not heard yet that it is done. Type 'send' again."

  static func entered(_ space: TerminalText) -> TerminalText { "Note: You can now see \(space)." }

  static func renamed(_ count: Int) -> TerminalText {
    """
    Note: This copy looks like it was put back from an older one. \
    We sent \(count == 1 ? "1 change" : "\(count) changes") again under a new number. Nothing is lost.
    """
  }

  static func setAside(_ count: Int) -> TerminalText {
    """
    Note: The Centre has something else in place of \(count == 1 ? "1 change" : "\(count) changes"). \
    The words are kept. Type 'why' to see them.
    """
  }

  // MARK: Failures

  /// Untrusted text, as the end of a sentence.
  private static func said(_ detail: String) -> TerminalText { TerminalText(words: detail).sentence }

  static func noConnection(_ detail: String) -> TerminalText { "We could not reach the Centre: \(said(detail))" }
  static let checkAddress: TerminalText =
    "Check the address the Centre gave you, and your connection, then type it again."
  static func notJoinable(_ detail: String) -> TerminalText { "We could not join: \(said(detail))" }
  static let cut: TerminalText = "The line dropped before the Centre had finished. Type 'send' to go on."
  static let notKnown: TerminalText =
    "The Centre does not know this computer. Ask the Centre for a new code, then type 'join'."
  static let forgotten: TerminalText =
    """
    The Centre had to go back to an older copy of its own, and does not remember this computer as it was. \
    What your copy still had has been given back to it. The Centre has been asked about you; until it answers, your new \
    work waits here. Type 'send' again tomorrow.
    """
  static func notAllowed(_ detail: String) -> TerminalText { "The Centre said no: \(said(detail))" }
  static let busy: TerminalText = "The Centre is busy just now. Type 'send' again in a few minutes."
  static func rejected(_ detail: String) -> TerminalText {
    "The Centre could not read what we sent. Please tell the Centre: \(said(detail))"
  }
  static func hubFailed(_ status: Int) -> TerminalText {
    "The Centre has trouble of its own, number \(status). Type 'send' again later."
  }
  static let notTheCentre: TerminalText = "Something answered, but it was not the Centre."
  static let portalHint: TerminalText =
    "On a public network, open a web page first and sign in to the network. Then type 'send' again."
  static let revoked: TerminalText =
    "The Centre has taken this computer off the board. Nothing can be sent or fetched with it. Please tell the Centre."
  static let revokedHint: TerminalText =
    "Your work is kept. If you have the computer back and the Centre agrees: delete the file device.key beside your copy, "
    + "ask for a new code, and type 'join' again."
  static func homeIsOpen(_ folder: String) -> TerminalText {
    "Everybody who uses this computer can look into \(folder), where your copy is. It was not opened."
  }
  static func homeIsOpenHint(_ folder: String) -> TerminalText {
    """
    To make it yours alone, type: chmod 700 '\(folder)' \
    A memory stick may not allow that. Then use a folder of your own on this computer, or ask for the stick to be opened \
    for you alone (mount option umask=077).
    """
  }
  static func noSuchFile(_ path: String) -> TerminalText { "There is no file \(path) that can be read." }
  static let notProved: TerminalText =
    "Whoever answered at that address could not prove to be your Centre. Nothing was sent to them."
  static let proofHint: TerminalText =
    "Look at this computer's date first: proofs have an end. If it is right, please tell your Centre."
  static let wrongCentre: TerminalText =
    "Another Centre answered than the one this copy belongs to. Nothing was sent. Please tell your Centre."
  static func nonsense(_ detail: String) -> TerminalText {
    "The Centre's answer made no sense, so we took nothing from it. Please tell the Centre: \(said(detail))"
  }
  static let restoring: TerminalText =
    "The Centre is being put back after a loss. It has taken what you sent, and gives news again once that is done."
  static func massRemoval(_ vanishing: Int, of total: Int, in space: TerminalText) -> TerminalText {
    "\(space): \(vanishing) of \(total) records would go from this copy, and nobody said why. We left them as they were."
  }
  static let partOfCopy: TerminalText = "One part of your copy"
  static let massRemovalHint: TerminalText =
    "Ask the Centre if that is right. If it is, type 'send --agree'."
}
