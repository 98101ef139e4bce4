// A record's space is decided when it is made: whoever reads the space has it. A file that puts a known key into another
// space would leave the record where it was as well, so an administrator takes it away there first.

internal import RecordModel
internal import Replication
internal import SyncHub

extension SeedImport {
  /// Refuses a record that stands in another shared space. One that was removed or erased there does not.
  ///
  /// - Throws: ``AdminError``, `refused`.
  func checkPlace(of record: SeedRecord, in space: SpaceID) throws {
    for other in try transaction.spaces(holding: record.id) where other != space {
      guard let state = try transaction.record(RecordKey(other, record.id)), !state.isErased,
        state.presence(by: model.rules.deletes(of: state.kind)).isThere
      else { continue }
      let name = try transaction.space(other)?.name ?? ""
      throw AdminError(
        .refused,
        "\(record.key) is in the space '\(name)', and the file puts it into another: who reads '\(name)' would go on "
          + "reading it there. Erase it first, or give it another key.")
    }
  }
}
