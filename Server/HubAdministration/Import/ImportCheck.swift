// The first reading of an import file: all of it is checked before any of it is written, because one bad line refuses
// the whole file. Remembers 32 bytes a record and a digest a batch; nothing else grows with the file.

internal import Cryptography
internal import RecordModel
internal import Replication

/// The findings of the first reading of an import file: no bad line, and the digests of its batches.
struct ImportCheck {
  /// The digest of each batch, in order.
  private(set) var batches: [Digest] = []
  /// The number of lines, blank ones included.
  private(set) var lines = 0
  /// The records that stand more than once in the file, each time with the same content. They count once.
  private(set) var repeated: Set<RecordID> = []
  /// The names of the spaces that records belong to.
  private(set) var spaces: Set<String> = []
  /// The first names of sets that the file has, for saying what there is.
  private(set) var sets: Set<String> = []
  /// True if a record is of the set that is to be loaded.
  private(set) var hasSet = false
  private var places: [Place] = []

  /// The place of a record in the file.
  private struct Place {
    let record: RecordID
    /// A hash of the record's content, alike for equal records. It is seeded anew in each process, so nobody can choose
    /// two that agree.
    let content: Int
    let line: Int
  }

  /// The most names of sets that are remembered. The Centre's file has three.
  private static let setsMax = 32

  /// Checks a file.
  ///
  /// - Parameters:
  ///   - set: The only set to be loaded; `nil` for all.
  ///   - telling: Called after each batch. What it throws is thrown.
  /// - Throws: ``AdminError`` for the first line that is wrong, for two lines of one key and different content, and for a
  ///   file without records.
  init(
    _ file: ImportFile, set: String?, reading line: SeedLineReader, telling: (ImportProgress) throws -> Void
  ) throws {
    var reading = file.batches()
    while let batch = try reading.next() {
      batches.append(batch.digest)
      for line in try batch.records(by: line) { note(line.record, on: line.number, wanted: set) }
      lines = batch.lastNumber
      try telling(.checked(lines: lines, about: Int(Double(lines) * Double(file.byteCount) / Double(batch.bytesRead))))
    }
    guard !places.isEmpty else { throw AdminError(.badFile, "There is no record in the file.") }
    try compareRepeated()
    if let set, !hasSet {
      throw AdminError(.noSuchSet, "The file has no set '\(set)'. It has: \(sets.sorted().joined(separator: ", ")).")
    }
  }

  private mutating func note(_ record: SeedRecord, on line: Int, wanted set: String?) {
    places.append(Place(record: record.id, content: record.hashValue, line: line))
    spaces.insert(record.spaceName)
    hasSet = hasSet || record.set == set
    if sets.count < Self.setsMax { sets.insert(record.set) }
  }

  /// Finds the records that stand in the file more than once. Sorted in place, because an index of all records would take
  /// several times the memory.
  private mutating func compareRepeated() throws(AdminError) {
    places.sort { ($0.record, $0.line) < ($1.record, $1.line) }
    var contradiction: (line: Int, earlier: Int)?
    var first = 0
    for place in places.indices.dropFirst() {
      guard places[place].record == places[first].record else {
        first = place
        continue
      }
      let (line, earlier) = (places[place].line, places[first].line)
      if places[place].content == places[first].content {
        repeated.insert(places[place].record)
      } else if contradiction.map({ line < $0.line }) ?? true {
        contradiction = (line, earlier)
      }
    }
    places = []
    guard let contradiction else { return }
    throw AdminError(
      .badFile,
      "Line \(contradiction.line): The same key stands on line \(contradiction.earlier) with other content.")
  }
}

extension ImportBatch {
  /// Reads the batch's records.
  ///
  /// - Throws: ``AdminError``, `badFile`, for the first line that is wrong.
  func records(by read: SeedLineReader) throws(AdminError) -> [(number: Int, record: SeedRecord)] {
    var records: [(number: Int, record: SeedRecord)] = []
    for (number, line) in lines {
      do {
        records.append((number, try read(line)))
      } catch {
        throw AdminError(.badFile, "Line \(number): \(error)")
      }
    }
    return records
  }
}
