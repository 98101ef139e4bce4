// Text in an HTML page, between tags or between the quotation marks of an attribute (HTML Living Standard, section
// 13.1).

/// Untrusted text, escaped for an HTML page: markup in it is shown, never interpreted.
package struct HTMLText: Hashable, Sendable, CustomStringConvertible {
  /// The text as written to the page.
  package let description: String

  /// Escapes a text.
  ///
  /// - Parameter words: The text. Its line breaks are kept, as LF; all other invisible characters are made visible.
  package init(words: String) {
    let marks: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"]
    description = words.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
      .map { line in String(line).visible.map { marks[$0] ?? String($0) }.joined() }
      .joined(separator: "\n")
  }
}
