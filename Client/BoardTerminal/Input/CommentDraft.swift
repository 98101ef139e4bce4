// A half-written comment, stored beside the records line by line, so that an interruption loses nothing that was typed.

internal import ClientCore
internal import Replication

/// The lines typed so far, and their subject.
struct CommentDraft: Equatable {
  /// The record that the comment is about; `nil` for a view on anything.
  let about: RecordID?
  /// The name of that record's space, which a view on reserved business must not leave.
  let space: String?
  var lines: [String]

  init(about view: RecordView?) {
    about = view?.id
    space = view?.space
    lines = []
  }

  var text: String { lines.joined(separator: "\n") }

  /// Stores the draft, durably when this returns.
  func save(_ replica: MemberReplica) throws {
    let head = [about?.description ?? "", space ?? ""]
    try replica.setNote(Note.draft, (head + lines).joined(separator: "\n"))
  }

  /// Loads the stored draft; `nil` if there is none.
  static func load(_ snapshot: MemberSnapshot) throws -> CommentDraft? {
    guard let text = try snapshot.note(Note.draft) else { return nil }
    let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 2 else { throw StoreError.corrupt("the half-written comment") }
    return CommentDraft(about: RecordID(parts[0]), space: parts[1].isEmpty ? nil : parts[1], lines: Array(parts[2...]))
  }

  private init(about: RecordID?, space: String?, lines: [String]) {
    self.about = about
    self.space = space
    self.lines = lines
  }

  static func forget(_ replica: MemberReplica) throws {
    try replica.setNote(Note.draft, nil)
  }
}
