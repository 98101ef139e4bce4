// The acts' answers in plain words, for a person at a terminal. Records' text is data: it is shown as JSON would write
// it, so no control character of a stranger's ever reaches the screen.

import Foundation
import Replication

/// From an act's answer to what an administrator reads.
enum Wording {
  static func status(_ answer: JSON) -> String {
    let spaces = answer["spaces"].items.map {
      "  \($0["name"].words): \($0["records"].words) records, \($0["head"].words) changes"
    }
    return """
      Hub \(answer["hub"].words), model \(answer["model"].words).
      \(answer["members"].words) members with \(answer["devices"].words) computers. \
      \(answer["questions"].words) questions need a person.
      Spaces:
      \(spaces.joined(separator: "\n"))
      """
  }

  static func imported(_ answer: JSON) -> String {
    """
    Done: \(answer["added"].words) records added, \(answer["changed"].words) changed, \
    \(answer["unchanged"].words) as they were.
    \(answer["unsettledLinks"].words) links point to records that are not loaded.
    \(answer["questions"].words) questions need a person. Type 'board-hub review list' to see them.
    """
  }

  static func questions(_ answer: JSON) -> String {
    let questions = answer["questions"].items
    let lines = questions.map { "\($0["number"].words). \($0.title): \($0["question"].words)" }
    return
      (["\(questions.count) questions need a person."] + lines
      + (questions.isEmpty ? [] : ["Type 'review show 1' to see one, 'review settle 1 VALUE' to settle it."]))
      .joined(separator: "\n")
  }

  static func question(_ answer: JSON) -> String {
    let versions = answer["values"].items.enumerated().map { place, version in
      "Version \(letter(place)), by \(version["author"].words): \(version["value"].words)"
    }
    return (["\(answer.title), \(answer["field"].words)", answer["question"].words] + versions)
      .joined(separator: "\n")
  }

  static func settled(_ answer: JSON) -> String {
    "Done: \(answer["field"].words) is now \(answer["value"].words). \(answer["questions"].words) questions are left."
  }

  static func erased(_ answer: JSON) -> String {
    let receipt = answer["dot"]
    let isSwept = answer["swept"] == .bool(true)
    return """
      Done: The record is erased (\(answer["reason"].words)). Its words went from \(answer["changes"].words) changes.
      The receipt is \(receipt["replica"].words)/\(receipt["sequence"].words), at \(answer["time"].words).
      Computers that have not joined up since then still hold it, and so do backups made before.
      """ + (isSwept ? "" : "\nTraces may be left in the hub's files. They go when it is next used or started.")
  }

  static func backedUp(_ answer: JSON) -> String {
    "Done: The copy is in \(answer["backup"].words)."
  }

  static func restored(_ answer: JSON) -> String {
    """
    Done: The backup is in place. Members' computers will send what it lacks.
    Computers that were taken off since then may visit again. Type 'device list' and take them off anew.
    """
  }

  static func digests(_ answer: JSON) -> String {
    guard case .object(let spaces) = answer["spaces"] else { return "" }
    return spaces.sorted { $0.key < $1.key }.map { "\($0.value.words)  \(JSON.string($0.key).words)" }
      .joined(separator: "\n")
  }

  static func verified(_ answer: JSON) -> String {
    let spaces = answer["spaces"].items.map { space in
      "  \(space["name"].words): \(counted(space["changes"], "change", "changes")), "
        + "\(space["refused"].words) refused, \(counted(space["records"], "record", "records"))"
        + (space["unproved"] == .integer(0)
          ? "" : "; not yet signed for by its writer's computer: \(counted(space["unproved"], "change", "changes"))")
    }
    return (["Everything is as it was written: every change, every signature, every record."] + spaces)
      .joined(separator: "\n")
  }

  private static func letter(_ place: Int) -> String {
    place < 26 ? String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place))) : String(place + 1)
  }
}

extension JSON {
  subscript(name: String) -> JSON {
    if case .object(let members) = self { members[name] ?? .null } else { .null }
  }

  var items: [JSON] {
    if case .array(let items) = self { items } else { [] }
  }

  /// A text without its quotation marks but with every control character still escaped; anything else as JSON.
  var words: String {
    if case .string = self {
      String(text.dropFirst().dropLast()).replacingOccurrences(of: "\\\"", with: "\"")
    } else {
      text
    }
  }

  var title: String {
    let title = self["title"].words
    return title.isEmpty ? "A record that is not loaded" : title
  }
}
