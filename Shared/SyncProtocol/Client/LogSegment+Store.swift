// Cuts the part of its hub's log that a copy has read into segments, at the checkpoints that it keeps.

internal import Cryptography
package import Replication

extension LogSegment {
  /// The segments after a position of the hub's log, as many as fit into `bytesMax`, but at least one if there is any.
  /// They end at the last checkpoint that this copy has.
  package static func read(
    after start: ReadPosition, in space: SpaceID, bytesMax: Int, _ reader: any StoreReader
  ) throws -> [LogSegment] {
    var segments: [LogSegment] = []
    var (rows, next): ([Row], ReadPosition) = ([], start)
    var (position, bytesLeft) = (start.position, bytesMax)
    while bytesLeft > 0 {
      let read = try reader.rows(placedAfter: position, in: space, bytesMax: Limits.offerBytesMax)
      for row in read {
        guard let place = row.place, place.position == position + 1 else { return segments }
        position = place.position
        rows.append(Row(time: place.time, content: .entry(RawEntry(row.entry))))
        bytesLeft -= row.entry.byteCount
        guard let signature = place.signature else { continue }
        if bytesLeft < 0, !segments.isEmpty { return segments }
        segments.append(
          LogSegment(
            space: space, epoch: signature.epoch, from: next.position, start: next.digest, rows: rows,
            signature: signature.bytes))
        (rows, next) = ([], ReadPosition(position, place.digest))
        if bytesLeft <= 0 { return segments }
      }
      if read.isEmpty { return segments }
    }
    return segments
  }
}
