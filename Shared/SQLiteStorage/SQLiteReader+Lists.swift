// Lists of records, answered from indexes alone: no state is read.

internal import GRDB
internal import Replication

extension SQLiteReading {
  func listed(
    kind: String, in space: SpaceID, from date: String, limit: Int
  ) throws -> [(record: RecordID, date: String)] {
    try flush()
    let sql = """
      SELECT record, date FROM engine_record WHERE space = ? AND kind = ? AND listed = 1 AND date >= ?
      ORDER BY date, record LIMIT ?
      """
    let values: [SQLiteValue] = [.blob(space), .text(kind), .text(date), .integer(Int64(limit))]
    return try database.all(sql, values) { (try $0.id(0, of: "a listed record"), $0.text(1)) }
  }

  func listed(kind: String, in space: SpaceID, linkingTo target: RecordID) throws -> [RecordID] {
    try flush()
    let sql = """
      SELECT record FROM engine_record WHERE space = ?1 AND kind = ?2 AND listed = 1 AND instr(display_json, ?3) > 0
        AND EXISTS (SELECT 1 FROM json_tree(display_json) WHERE atom = ?3)
      ORDER BY record
      """
    let values: [SQLiteValue] = [.blob(space), .text(kind), .text(target.description)]
    return try database.all(sql, values) { try $0.id(0, of: "a linking record") }
  }

  func listedCount(kind: String, in space: SpaceID) throws -> Int {
    try flush()
    let sql = "SELECT count(*) FROM engine_record WHERE space = ? AND kind = ? AND listed = 1"
    return try database.first(sql, [.blob(space), .text(kind)]) { Int($0.integer(0)) } ?? 0
  }

  func news(
    after position: UInt64, in space: SpaceID, without kind: String, limit: Int
  ) throws -> [(record: RecordID, position: UInt64)] {
    try flush()
    let sql = """
      SELECT record, news FROM engine_record WHERE space = ? AND news > ? AND kind <> ? ORDER BY news, record LIMIT ?
      """
    let values: [SQLiteValue] = [.blob(space), .bound(position), .text(kind), .integer(Int64(limit))]
    return try database.all(sql, values) { (try $0.id(0, of: "a changed record"), $0.bits(1)) }
  }

  func newsCount(after position: UInt64, in space: SpaceID, without kind: String) throws -> Int {
    try flush()
    let sql = "SELECT count(*) FROM engine_record WHERE space = ? AND news > ? AND kind <> ?"
    return try database.first(sql, [.blob(space), .bound(position), .text(kind)]) { Int($0.integer(0)) } ?? 0
  }

  func search(_ words: [String], limit: Int) throws -> (records: [RecordKey], count: Int) {
    try flush()
    guard hasTexts else { throw StoreError.failed("this copy keeps no text index") }
    let numbers = try numbers(with: words, limit: limit)
    let sql = "SELECT space, record FROM engine_record WHERE number = ?"
    let keys = try numbers.found.compactMap { number in
      try database.first(sql, [.integer(number)]) { row in
        RecordKey(try row.id(0, of: "a space"), try row.id(1, of: "a found record"))
      }
    }
    return (keys, numbers.count)
  }

  /// The numbers of the records that have every word, ascending, at most `limit`; and how many there are.
  private func numbers(with words: [String], limit: Int) throws -> (found: [Int64], count: Int) {
    let queries = TextQuery.queries(for: words)
    // Of what is waiting, the index has old words.
    let isIndexed = " AND rowid NOT IN (SELECT number FROM engine_text_queue)"
    guard let first = queries.first else { return ([], 0) }
    if queries.count == 1 {
      let found = "SELECT rowid FROM engine_text WHERE engine_text MATCH ?\(isIndexed) ORDER BY rowid LIMIT ?"
      let count = "SELECT count(*) FROM engine_text WHERE engine_text MATCH ?\(isIndexed)"
      return (
        try database.all(found, [.text(first), .integer(Int64(limit))]) { $0.integer(0) },
        try database.first(count, [.text(first)]) { Int($0.integer(0)) } ?? 0
      )
    }
    var left: Set<Int64>?
    for query in queries where left?.isEmpty != true {
      let all = "SELECT rowid FROM engine_text WHERE engine_text MATCH ?\(isIndexed) ORDER BY rowid"
      let found = try Set(database.all(all, [.text(query)]) { $0.integer(0) })
      left = left?.intersection(found) ?? found
    }
    let found = (left ?? []).sorted()
    return (Array(found.prefix(limit)), found.count)
  }
}

/// Queries in the language of FTS5 for words that a person typed. A word in quotation marks is data there, never syntax.
private enum TextQuery {
  /// The most words of one query: FTS5 holds the places of all of them in memory at once.
  private static let wordsMax = 32

  /// The queries that a text must all match. The longest words come first, because few records have them.
  static func queries(for words: [String]) -> [String] {
    let known = Set(words.filter { $0.unicodeScalars.contains { isInWord($0) } })
    let sorted = known.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    return stride(from: 0, to: sorted.count, by: wordsMax).map { start in
      sorted[start..<min(start + wordsMax, sorted.count)].map(prefix).joined(separator: " ")
    }
  }

  /// The query for texts that have a word, or one that begins with it. FTS5 would end a query at a NUL character.
  private static func prefix(_ word: String) -> String {
    let data = word.split(separator: "\0", omittingEmptySubsequences: false).joined(separator: " ")
    return "\"" + data.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"*"
  }

  /// Tests whether a character is part of words. A word with others only is passed over, as FTS5 itself does where it
  /// stands beside another.
  private static func isInWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .privateUse:
      true
    default: false
    }
  }
}
