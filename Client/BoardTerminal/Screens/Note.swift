// The names of the notes that the terminal keeps between commands.

internal import ClientCore

/// The names of the terminal's notes, which are stored beside the records.
enum Note {
  /// The ids of the list last shown.
  static let list = MemberReplica.listNote
  /// The record last opened.
  static let opened = "opened"
  /// The ids of the proposals last listed by `held`.
  static let proposals = "held"
  /// The fingerprint of the question last shown by `choices`.
  static let question = "question"
  /// The member's overridden values that they have been told of.
  static let overriddenTold = "unshown-told"
  /// A half-written comment.
  static let draft = MemberReplica.draftNote
  /// Present if the last contact did not fetch all news.
  static let partOfNews = "part-of-news"
}
