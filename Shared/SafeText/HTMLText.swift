// Text in an HTML page, between tags or between the quotation marks of an attribute (HTML Living Standard, section 13.1).

/// Anybody's words as text of a page: no markup of theirs is markup there.
package struct HTMLText: Hashable, Sendable, CustomStringConvertible {
  /// The text as it goes into the page.
  package let description: String

  /// - Parameter words: Line breaks stay; all else that cannot be seen is made visible.
  package init(words: String) {
    let marks: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"]
    description = words.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
      .map { line in String(line).visible.map { marks[$0] ?? String($0) }.joined() }
      .joined(separator: "\n")
  }
}
