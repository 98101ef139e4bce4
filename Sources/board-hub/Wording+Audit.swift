// The time line of a hub in plain words.

import Foundation
import Replication

extension Wording {
  static func audit(_ answer: JSON) -> String {
    let entries = answer["entries"].items
    let count = entries.count == 1 ? "1 entry, oldest first." : "\(entries.count) entries, oldest first."
    let end =
      answer["verified"] == .bool(true)
      ? "Everything is as it was written: every change, every signature, every record."
      : "Not everything is as it was written. \(answer["damage"].words)"
    let gaps =
      answer["unreadable"] == .integer(0) ? [] : ["\(answer["unreadable"].words) entries cannot be read any more."]
    return
      (["\(count) Times are what each computer's clock said, and a clock may be wrong."]
      + entries.map { "\($0["time"].words)  \($0["act"] == .string("change") ? change($0) : act($0))" } + gaps + [end])
      .joined(separator: "\n")
  }

  private static func change(_ entry: JSON) -> String {
    let start = "\(entry["space"].words): \(entry["name"].words) "
    guard entry["refused"] == .null else { return start + "wrote what was not taken (\(entry["refused"].words))" }
    let records = entry["records"].items.map { record in
      let acts = record["acts"].items
      let isMade = acts.contains(.string("make"))
      let verb = acts.contains(.string("delete")) ? "removed" : isMade ? "made or brought back" : "changed"
      let fields = record["fields"].items.map(\.words).joined(separator: ", ")
      return "\(verb) \(record["kind"].words) \(record["record"].words)" + (fields.isEmpty ? "" : " (\(fields))")
    }
    return start + records.joined(separator: "; ")
  }

  private static func act(_ entry: JSON) -> String {
    let name = entry["name"].words
    let spaces = entry["spaces"].items.map(\.words).joined(separator: ", ")
    let records = entry["records"].items.map(\.words).joined(separator: ", ")
    let marks = entry["devices"].items.map(\.words).joined(separator: ", ")
    let (counts, field) = (entry["counts"], entry["field"])
    if entry["act"] == .string("copy noticed") { return "The hub found that its data had been put back from a copy" }
    let words =
      switch entry["act"].words {
      case "init": "made this hub, with model \(counts["version"].words)"
      case "model": "put model \(counts["version"].words) in force"
      case "import": "loaded a file: \(counts["added"].words) records added, \(counts["changed"].words) changed"
      case "invite": "invited \(name), \(entry["role"].words), to \(spaces)"
      case "leave": "ended \(name)'s reading of \(spaces)"
      case "device revoke": "took off the computer \(marks) of \(name)"
      case "proposal take": "took in a proposal of \(name): \(records)"
      case "proposal decline": "said no to a proposal of \(name): \(records)"
      case "review settle": "settled a question of \(records)" + (field == .null ? "" : " (\(field.words))")
      case "backup": "made a backup"
      case "restore": "put a backup in the place of the data"
      default: entry["act"].words
      }
    return "The administrator \(words)"
  }
}
