// Cuts the part of its hub's log that a copy has read into segments, at the checkpoints that it keeps.

internal import Cryptography
package import Replication

extension LogSegment {
  /// The segments after a position of the hub's log, as many as fit into `bytesMax`, but at least one if there is any.
  /// They end at the last checkpoint that this copy has.
  package static func read(
    after start: ReadPosition, in space: SpaceID, bytesMax: Int, _ reader: any StoreReader
  ) throws -> [LogSegment] {
    var (segments, bytesLeft): ([LogSegment], Int) = ([], bytesMax)
    // What has a checkpoint behind it, and what follows that.
    var (proved, rest): (Run, Run) = (Run(after: start), Run(after: start))
    func close() {
      guard let signature = proved.signature else { return }
      segments.append(
        LogSegment(
          space: space, epoch: signature.epoch, from: proved.start.position, start: proved.start.digest,
          rows: proved.rows, signature: signature.bytes))
      bytesLeft -= proved.bytes
    }
    var position = start.position
    while true {
      let read = try reader.rows(placedAfter: position, in: space, bytesMax: Limits.offerBytesMax)
      for row in read {
        guard let place = row.place, place.position == position + 1 else { break }
        position = place.position
        rest.add(row, at: place)
        guard place.signature != nil else { continue }
        if proved.signature == nil || proved.fits(rest) {
          proved.add(rest)
        } else {
          close()
          guard bytesLeft > 0 else { return segments }
          proved = rest
        }
        rest = Run(after: ReadPosition(position, place.digest))
      }
      guard position == read.last?.place?.position else { break }
    }
    close()
    return segments
  }

  /// Successive rows, up to a checkpoint or not.
  private struct Run {
    let start: ReadPosition
    private(set) var rows: [Row] = []
    private(set) var bytes = 0
    /// The signature of the checkpoint at the last row.
    private(set) var signature: CheckpointSignature?

    init(after start: ReadPosition) { self.start = start }

    mutating func add(_ row: LogRow, at place: LogPlace) {
      rows.append(Row(time: place.time, content: .entry(RawEntry(row.entry))))
      bytes += row.entry.byteCount
      signature = place.signature
    }

    /// Tests whether both together are short enough for one segment.
    func fits(_ next: Run) -> Bool {
      rows.count + next.rows.count <= LogSegment.rowsMax && bytes + next.bytes <= LogSegment.bytesMax
    }

    mutating func add(_ next: Run) {
      rows += next.rows
      bytes += next.bytes
      signature = next.signature
    }
  }
}
