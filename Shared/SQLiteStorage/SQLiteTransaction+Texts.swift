// The text index: which words are in which records. It is built after bulk loads: a transaction that writes a record
// only puts its number in a queue, with the words under which it is indexed so far, and `SQLiteStore.indexTexts()`
// indexes what is waiting. The queue is written in the same transaction as the record, so that a crash loses no entry.
// Many at once: FTS5 writes what it has collected to the file before each statement that changes it, which costs a
// record by itself ten times as much.
//
// FTS5 deletes a record by the text that was indexed, and leaves its words in the index's older segments until they are
// merged. (Its option to remove them at once needs SQLite 3.42; Debian 12 has 3.40.) So a transaction that erases
// empties the whole index, whose pages SQLite then overwrites (`secure_delete`), and queues every record.

internal import GRDB
internal import Replication

/// The numbers and words of listed records. The words are the texts and numbers of `display_json`, without bytes and
/// values of unknown type. A text in the form of an id is a link there, and no words either.
private let listedWords = """
  SELECT number, (
    SELECT group_concat(atom, char(10)) FROM json_tree(display_json)
    WHERE type IN ('text', 'integer') AND NOT (path <> '$' AND key IN ('bytes', 'unknown'))
      AND NOT (length(atom) = 36 AND atom GLOB '????????-????-????-????-????????????'
        AND atom NOT GLOB '*[^0-9a-f-]*')
  ) FROM engine_record WHERE listed = 1
  """

extension SQLiteTransaction {
  /// Queues listed records that are about to be written, with the words that the index has of them. Records that are
  /// waiting already stay as they are.
  ///
  /// - Parameter condition: An SQL condition on the rows of `engine_record`.
  func queueIndexedTexts(_ condition: String, _ values: [SQLiteValue]) throws {
    try database.run("INSERT OR IGNORE INTO engine_text_queue (number, words) \(listedWords) AND \(condition)", values)
  }

  /// Queues records of which the index has no words, unless they are waiting already.
  func queueTexts(_ condition: String, _ values: [SQLiteValue] = []) throws {
    let queue = "INSERT OR IGNORE INTO engine_text_queue (number) SELECT number FROM engine_record WHERE \(condition)"
    try database.run(queue, values)
  }

  /// Takes records that are to be removed out of the index and the queue. Their numbers may be given to others.
  func removeTexts(_ condition: String, _ values: [SQLiteValue]) throws {
    try queueIndexedTexts(condition, values)
    let those = "number IN (SELECT number FROM engine_record WHERE \(condition))"
    try unindexWaiting(those, values)
    try database.run("DELETE FROM engine_text_queue WHERE \(those)", values)
  }

  /// Empties the index and queues every listed record. Does nothing to an index without words. One without records may
  /// still have the words of those that were taken out, so the segments are asked for (sqlite.org/fts5.html, 9: the two
  /// lowest rows of the data are no segments).
  func forgetTexts() throws {
    guard try database.first("SELECT 1 FROM engine_text_data WHERE id > 10 LIMIT 1", [], { _ in true }) ?? false
    else { return }
    try database.run("INSERT INTO engine_text (engine_text) VALUES ('delete-all')")
    try database.run("DELETE FROM engine_text_queue")
    try queueTexts("listed = 1")
  }

  /// Indexes records that are waiting.
  ///
  /// - Parameter limit: The most records to index.
  /// - Returns: True if others may still be waiting.
  func indexTexts(limit: Int64) throws -> Bool {
    let those = "number IN (SELECT number FROM engine_text_queue ORDER BY number LIMIT ?)"
    try unindexWaiting(those, [.integer(limit)])
    let index = "INSERT INTO engine_text (rowid, words) \(listedWords) AND \(those) ORDER BY number"
    try database.run(index, [.integer(limit)])
    return try database.run("DELETE FROM engine_text_queue WHERE \(those)", [.integer(limit)]) == limit
  }

  /// Takes the old words of waiting records out of the index.
  private func unindexWaiting(_ condition: String, _ values: [SQLiteValue]) throws {
    let unindex = """
      INSERT INTO engine_text (engine_text, rowid, words)
      SELECT 'delete', number, words FROM engine_text_queue WHERE words IS NOT NULL AND \(condition) ORDER BY number
      """
    try database.run(unindex, values)
  }
}
