// One field of a comma-separated file (RFC 4180). A spreadsheet runs a field that begins like a formula, so such a
// field is prefixed with an apostrophe, which tells spreadsheets that it is text.

/// Untrusted text as a CSV field, quoted as RFC 4180 requires.
package struct CSVField: Hashable, Sendable, CustomStringConvertible {
  /// The field as written to the file, with its quotation marks.
  package let description: String

  /// Escapes a text.
  ///
  /// - Parameter words: The text. Its line breaks are kept, as CR LF; all other invisible characters are made visible.
  package init(words: String) {
    let lines = words.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    let safe = lines.map { String($0).visible }.joined(separator: "\r\n")
    let isFormula = safe.first.map { "=+-@\t\r".contains($0) } ?? false
    description = "\"" + (isFormula ? "'" : "") + safe.replacing("\"", with: "\"\"") + "\""
  }
}
