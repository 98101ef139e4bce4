// The records of an import file, as the first content of a hub. Keys in the file are fixed, so the ids derived from them
// are the same on every hub, importing twice makes no duplicates, and a link may point to a record in another file. A
// file has a record a line, and is read a line at a time; the program chooses the format, by a ``SeedFormat``.

package import Replication

/// The format of an import file: makes the reader of its lines under one model.
package typealias SeedFormat = @Sendable (RecordModel) -> SeedLineReader

/// Reads a line that is not blank, without its line break. The description of an error says, for people, what is wrong in
/// the line.
package typealias SeedLineReader = (ArraySlice<UInt8>) throws -> SeedRecord

/// One record of an import file.
package struct SeedRecord: Hashable, Sendable {
  package let kind: String
  /// The fixed key, for example `event/2013-02-reform-birmingham`.
  package let key: String
  /// The id derived from kind and key; see `RecordID.fixed(kind:key:)`.
  package let id: RecordID
  /// The set with which the record is loaded and removed: `core`, `leeds`, `names`.
  package let set: String
  /// The intended readers, in the file's words.
  package let scope: String
  /// The model's name of the space it belongs to.
  package let spaceName: String
  /// Field → values, including `key`, `set`, `scope` and the other common fields; nulls in the file are absent.
  package let fields: [String: SeedField]

  package init(
    kind: String, key: String, set: String, scope: String, spaceName: String, fields: [String: SeedField]
  ) {
    self.kind = kind
    self.key = key
    self.set = set
    self.scope = scope
    self.spaceName = spaceName
    self.fields = fields
    id = .fixed(kind: kind, key: key)
  }

  /// The records this one links to, in the order of field names.
  package var links: [RecordID] {
    fields.sorted { $0.key < $1.key }.flatMap(\.value.values).compactMap { value in
      if case .link(let record) = value { record } else { nil }
    }
  }
}

/// A field of a record of an import file.
package struct SeedField: Hashable, Sendable {
  /// The field's one value; for a set or list, its elements in order, perhaps none; for a question, two or more rivals.
  package let values: [Value]
  /// True if the file asks a person to choose (`_review`), so that the values are written as rivals.
  package let isQuestion: Bool

  package init(_ values: [Value], isQuestion: Bool = false) {
    self.values = values
    self.isQuestion = isQuestion
  }
}
