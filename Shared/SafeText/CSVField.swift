// One field of a comma-separated file (RFC 4180). A spreadsheet takes a field that begins like a formula for one and runs
// it; so such a field gets an apostrophe before it, which spreadsheets take for "this is text".

/// Anybody's words as a field, with the quotation marks that RFC 4180 asks for.
package struct CSVField: Hashable, Sendable, CustomStringConvertible {
  /// The field as it goes into the file.
  package let description: String

  /// - Parameter words: Line breaks stay, between quotation marks; all else that cannot be seen is made visible.
  package init(words: String) {
    let lines = words.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    let safe = lines.map { String($0).visible }.joined(separator: "\r\n")
    let isFormula = safe.first.map { "=+-@\t\r".contains($0) } ?? false
    description = "\"" + (isFormula ? "'" : "") + safe.replacing("\"", with: "\"\"") + "\""
  }
}
