// Import files: the Centre's real records, one JSON object per line, as the first content of a hub. Keys in the file
// are fixed, so the ids derived from them are the same on every hub, importing twice makes no duplicates, and a link
// may point to a record in another file.
//
//   {"type": "event", "key": "event/2013-02-reform", "fields": {"title": …, "host_refs": [key, …], "_review": [name]}}

package import RecordModel
package import Replication

/// An import file, parsed and checked as a whole; nothing of it is stored yet.
package struct SeedFile: Equatable, Sendable {
  /// The most bytes of a file; the Centre's real one has 64 KiB.
  package static let bytesMax = Limits.importBytesMax
  /// The most bytes of a line: as many as one change can carry.
  package static let lineBytesMax = Limits.changeBytesMax

  /// The records in the order of the file, each key once.
  package let records: [SeedRecord]

  /// Every link of every record, in order and with repetitions, for counting those whose record has not arrived yet.
  package var links: [RecordID] { records.flatMap(\.links) }

  /// Parses an import file. Blank lines are skipped, and a record that is repeated unchanged counts once. Linear cost.
  ///
  /// - Throws: ``SeedError`` for the first line that is wrong; then nothing of the file is used.
  package init(parsing bytes: [UInt8], model: RecordModel) throws(SeedError) {
    guard bytes.count <= Self.bytesMax else {
      throw SeedError(line: 0, problem: .fileTooLarge(bytes: bytes.count))
    }
    let reader = SeedReader(model)
    var records: [SeedRecord] = []
    var places: [String: Int] = [:]
    var rest = bytes[...]
    var number = 0
    while !rest.isEmpty {
      // Line by line: a file of nothing but line breaks must not become a list of millions of lines.
      let line = rest.prefix { $0 != 0x0a }
      rest = rest[line.endIndex...].dropFirst()
      number += 1
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
      let record: SeedRecord
      do throws(SeedProblem.Thrown) {
        record = try reader.record(line)
        if let place = places[record.key] {
          guard records[place] == record else { throw SeedProblem.Thrown(.keyTwice(record.key)) }
          continue
        }
      } catch {
        throw SeedError(line: number, problem: error.problem)
      }
      places[record.key] = records.count
      records.append(record)
    }
    self.records = records
  }
}

/// One record of an import file.
package struct SeedRecord: Equatable, Sendable {
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

  /// The records this one links to, in the order of field names.
  package var links: [RecordID] {
    fields.sorted { $0.key < $1.key }.flatMap(\.value.values).compactMap { value in
      if case .link(let record) = value { record } else { nil }
    }
  }
}

/// A field of a record of an import file.
package struct SeedField: Equatable, Sendable {
  /// The field's one value; for a set or list, its elements in order, perhaps none; for a question, two or more rivals.
  package let values: [Value]
  /// True if the file asks a person to choose (`_review`), so that the values are written as rivals.
  package let isQuestion: Bool

  package init(_ values: [Value], isQuestion: Bool = false) {
    self.values = values
    self.isQuestion = isQuestion
  }
}
