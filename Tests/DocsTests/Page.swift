// A page in Markdown, as far as the tests read it: its links, headings, tables and code marks.

import Foundation

/// One page of the project.
struct Page: Sendable, CustomStringConvertible {
  /// From the project's folder.
  let path: String
  /// Without fenced code.
  let lines: [String]

  var description: String { path }

  init(_ path: String) throws {
    self.path = path
    var isFenced = false
    lines = try text(of: path).components(separatedBy: "\n").filter { line in
      if line.hasPrefix("```") { isFenced.toggle() }
      return !isFenced
    }
  }

  static func all() throws -> [Page] {
    try (["README.md", "CONTRIBUTING.md"] + files(below: "Docs", endingIn: ".md")).map(Page.init)
  }

  /// Every `word in code marks`, but for those the glossary has retired.
  var marks: [String] {
    lines.prefix { $0 != "## Retired words" }.flatMap { line in
      line.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }
  }

  /// The targets of links to files: path and, behind `#`, heading.
  var links: [(path: String, heading: String?)] {
    lines.flatMap { $0.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) } }
      .filter { !$0.contains("://") }
      .map { link in
        let parts = link.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : nil)
      }
  }

  /// The headings as links name them.
  var anchors: Set<String> {
    Set(
      lines.filter { $0.hasPrefix("#") }.map { line in
        line.drop { $0 == "#" || $0 == " " }.lowercased().replacing(" ", with: "-")
          .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
      })
  }

  /// The rows of the tables under a heading, or of the whole page, cell by cell, without their heads.
  func rows(under heading: String? = nil) -> [[String]] {
    var section = lines[...]
    if let heading {
      section = section.drop { $0 != "## " + heading }.dropFirst().prefix { !$0.hasPrefix("## ") }
    }
    return section.filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }.map { row in
      row.dropFirst().dropLast().components(separatedBy: " | ").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// The words in code marks of a cell.
  static func words(in cell: String) -> [String] {
    cell.matches(of: /`([^`]+)`/).map { String($0.1) }
  }
}
