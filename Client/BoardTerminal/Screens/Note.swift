// The notes a terminal keeps from one command to the next.

internal import ClientCore

/// The names of what the screen remembers between commands, kept beside the records.
enum Note {
  /// The ids of the list last shown.
  static let list = "list"
  /// The record last opened.
  static let opened = "opened"
  /// The question last shown by `choices`.
  static let question = "question"
  /// Own values that are kept but not shown, as far as the member was told.
  static let unshownTold = "unshown-told"
  /// Half-written words.
  static let draft = MemberReplica.draftNote
  /// There while the last contact ended before everything was fetched.
  static let partOfNews = "part-of-news"
}
