// Import files: the Centre's real records, one JSON object a line, as first content of a hub. Keys in the file are
// fixed, so the ids made from them are the same on every hub, two imports never make doubles, and a link may point
// at a record that is in another file.
//
//   {"type": "event", "key": "event/2013-02-reform", "fields": {"title": …, "host_refs": [key, …], "_review": [name]}}

package import Replication

/// An import file, read and checked as a whole; nothing of it is stored yet.
package struct SeedFile: Equatable, Sendable {
  /// The largest file: the Centre's real one is 64 KiB.
  package static let bytesMax = Limits.importBytesMax
  /// The longest line: as much as one change can carry.
  package static let lineBytesMax = Limits.changeBytesMax

  /// In the order of the file, each key once.
  package let records: [SeedRecord]

  /// Every link of every record, in order and as often as it stands there: for counting those whose record has not
  /// come yet.
  package var links: [RecordID] { records.flatMap(\.links) }

  /// Reads an import file; white lines are skipped, and a record that stands twice alike is taken once. Linear cost.
  ///
  /// - Throws: ``SeedError`` with the first line that is wrong; then nothing of the file is taken.
  package init(parsing bytes: [UInt8], model: BoardModel) throws(SeedError) {
    guard bytes.count <= Self.bytesMax else {
      throw SeedError(line: 0, problem: .fileTooLarge(bytes: bytes.count))
    }
    let reader = SeedReader(model)
    var records: [SeedRecord] = []
    var places: [String: Int] = [:]
    var rest = bytes[...]
    var number = 0
    while !rest.isEmpty {
      // Line by line: a file of nothing but line ends must not become a list of millions of them.
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
  /// Made from kind and key; see `RecordID.fixed(kind:key:)`.
  package let id: RecordID
  /// The set it is loaded and removed with: `core`, `leeds`, `names`.
  package let set: String
  /// Who it was meant for, in the file's words.
  package let scope: String
  /// The space it belongs in, in the model's words.
  package let spaceName: String
  /// Field → values, with `key`, `set`, `scope` and the other common fields; what is null in the file is absent.
  package let fields: [String: SeedField]

  /// The records this one links to, fields by name.
  package var links: [RecordID] {
    fields.sorted { $0.key < $1.key }.flatMap(\.value.values).compactMap { value in
      if case .link(let record) = value { record } else { nil }
    }
  }
}

/// A field of a record of an import file.
package struct SeedField: Equatable, Sendable {
  /// One value; of a set or list its elements, in order, perhaps none; of a question its rivals, two or more.
  package let values: [Value]
  /// The file says that a person must choose (`_review`): the values are to be written as rivals.
  package let isQuestion: Bool

  package init(_ values: [Value], isQuestion: Bool = false) {
    self.values = values
    self.isQuestion = isQuestion
  }
}
