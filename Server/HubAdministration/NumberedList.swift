// The lists whose items an administrator names by number. A number is a name for what was last listed and for nothing
// else: an item that is answered, or one that arrives, moves the numbers of a later list, and a number typed again must
// not mean another item.

internal import Replication

/// A list that was shown with numbers, from 1. The hub remembers the ids of the last one, for all its administrators.
enum NumberedList: String, CaseIterable {
  case questions, proposals

  private var ids: LocalKey<String> { LocalKey("listed/\(rawValue)", .text) }

  /// Remembers what is about to be listed.
  func remember(_ ids: [String], in transaction: any LocalStateWriter) throws {
    try transaction.set(self.ids, to: ids.joined(separator: "\n"))
  }

  /// The id that an administrator names, by its number in the list last shown or by itself.
  ///
  /// - Returns: `nil` for a number that the last list did not have.
  func id(named word: String, in reader: any LocalStateReader) throws -> String? {
    guard let number = Int(word) else { return word }
    let listed = try last(reader)
    return listed.indices.contains(number - 1) ? listed[number - 1] : nil
  }

  /// The number of an id in the list last shown; 0 if it was not in it.
  func number(of id: String, in reader: any LocalStateReader) throws -> Int {
    try last(reader).firstIndex(of: id).map { $0 + 1 } ?? 0
  }

  /// Forgets every list: in data that were put back, they are not what was last shown.
  static func forgetAll(in transaction: any LocalStateWriter) throws {
    for list in allCases { try transaction.set(list.ids, to: nil) }
  }

  private func last(_ reader: any LocalStateReader) throws -> [String] {
    try reader.value(of: ids)?.split(separator: "\n").map(String.init) ?? []
  }
}
