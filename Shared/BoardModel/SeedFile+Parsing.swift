// Parses the file of the Centre's real records: one JSON object per line.
//
//   {"type": "event", "key": "event/2013-02-reform", "fields": {"title": …, "host_refs": [key, …], "_review": [name]}}

package import RecordModel
internal import Replication

extension SeedFile {
  /// The most bytes of a file; the Centre's real one has 64 KiB.
  package static let bytesMax = Limits.importBytesMax
  /// The most bytes of a line: as many as one change can carry.
  package static let lineBytesMax = Limits.changeBytesMax

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
    self.init(records: records)
  }
}
