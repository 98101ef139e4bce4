// One view for each kind, so that any SQLite tool can query it: `sqlite3 replica.db 'select title, date from event'`.
//
// A view shows the fields that the model defines for a kind, of all present records in every space:
//
//   id       the record's id, as text
//   space    the label of its space
//   …        its fields in the order given; lists and groups are JSON text, true and false are 1 and 0
//
// The view of a kind whose name begins with `engine_`, `sqlite_` or `kind_` is called `kind_` plus that name, so that
// it cannot clash with our tables, SQLite's, or another kind. If the name is taken all the same (by a table added by
// hand, or a second kind that differs only in case), the kind gets no view. A field whose name contains a quotation
// mark gets no column, since no JSON path can name it.

internal import GRDB
internal import Replication

extension ReadableView {
  /// The view's name in the file.
  var viewName: String {
    let isReserved = ["engine_", "sqlite_", "kind_"].contains { name.lowercased().hasPrefix($0) }
    return isReserved ? "kind_" + name : name
  }

  /// The statement that creates the view.
  var definition: String {
    let columns = fields.filter { !$0.contains("\"") }.map { field in
      ",\n  json_extract(display_json, \(literal("$.\"\(field)\""))) AS \(identifier(field))"
    }
    return """
      CREATE VIEW \(identifier(viewName)) AS SELECT
        \(Self.id) AS id,
        (SELECT name FROM engine_space WHERE id = engine_record.space) AS space\(columns.joined())
      FROM engine_record WHERE kind = \(literal(name)) AND presence = \(literal(Presence.present.rawValue))
      """
  }

  /// The SQL expression that formats the record's 16 bytes like `Identifier.description`.
  private static let id = [(1, 4), (5, 2), (7, 2), (9, 2), (11, 6)]
    .map { "lower(hex(substr(record, \($0.0), \($0.1))))" }.joined(separator: " || '-' || ")

  private func identifier(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  private func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}

extension SQLiteSchema {
  /// Replaces the file's views with those given; does nothing if they are the same. Views added by people stay.
  static func setViews(_ views: [ReadableView], in database: Database) throws {
    let wanted = views.sorted { $0.name < $1.name }.map { ($0.viewName, $0.definition) }
    let standing = try database.all("SELECT name, definition FROM engine_view") { ($0.text(0), $0.text(1)) }
    let wantedByName = Dictionary(wanted) { first, _ in first }
    if wantedByName == Dictionary(uniqueKeysWithValues: standing) { return }
    for (name, _) in standing {
      let quoted = name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      try database.execute(sql: "DROP VIEW IF EXISTS \"\(quoted)\"")
    }
    try database.run("DELETE FROM engine_view")
    for (name, definition) in wanted where try !isTaken(name, in: database) {
      try database.execute(sql: definition)
      try database.run("INSERT INTO engine_view (name, definition) VALUES (?, ?)", [.text(name), .text(definition)])
    }
  }

  private static func isTaken(_ name: String, in database: Database) throws -> Bool {
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE"
    return try database.first(sql, [.text(name)]) { _ in true } ?? false
  }
}
