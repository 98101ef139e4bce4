// Cuts the part of its hub's log that a copy has read into runs, at the checkpoints that it keeps.

internal import Cryptography
package import Replication

/// Successive rows of a hub's log, as a copy has read them, up to a checkpoint.
struct LogRun {
  typealias Row = (entry: LogEntry, time: Timestamp)

  /// The position before the first row.
  let start: ReadPosition
  private(set) var rows: [Row]
  private var byteCount: Int
  /// The hub's signature of its checkpoint at the last row.
  private(set) var signature: CheckpointSignature

  /// The position of the last row.
  var end: UInt64 { start.position + UInt64(rows.count) }

  /// The runs after a position, as many as fit into `bytesMax`, but at least one if there is any; each as long as a
  /// segment may be. They end at the last checkpoint that this copy has.
  static func read(
    after start: ReadPosition, in space: SpaceID, bytesMax: Int, _ reader: any StoreReader
  ) throws -> [LogRun] {
    var (runs, bytesLeft): ([LogRun], Int) = ([], bytesMax)
    // A run that may still grow, and the rows behind its checkpoint.
    var open: LogRun?
    var (from, rest, restBytes): (ReadPosition, [Row], Int) = (start, [], 0)
    var position = start.position
    while true {
      let read = try reader.rows(placedAfter: position, in: space, bytesMax: Limits.offerBytesMax)
      for row in read {
        guard let place = row.place, place.position == position + 1 else { break }
        position = place.position
        rest.append((row.entry, place.time))
        restBytes += row.entry.byteCount
        guard let signature = place.signature else { continue }
        let next = LogRun(start: from, rows: rest, byteCount: restBytes, signature: signature)
        if let run = open, !run.fits(next) {
          runs.append(run)
          bytesLeft -= run.byteCount
          guard bytesLeft > 0 else { return runs }
          open = next
        } else {
          open = open?.followed(by: next) ?? next
        }
        (from, rest, restBytes) = (ReadPosition(position, place.digest), [], 0)
      }
      guard position == read.last?.place?.position else { break }
    }
    return runs + [open].compactMap { $0 }
  }

  /// Tests whether both together are short enough for one segment.
  private func fits(_ next: LogRun) -> Bool {
    rows.count + next.rows.count <= LogSegment.rowsMax && byteCount + next.byteCount <= LogSegment.bytesMax
  }

  private func followed(by next: LogRun) -> LogRun {
    LogRun(
      start: start, rows: rows + next.rows, byteCount: byteCount + next.byteCount, signature: next.signature)
  }
}

extension LogSegment {
  /// The segments after a position of the hub's log, as many as fit into `bytesMax`, but at least one if there is any.
  package static func read(
    after start: ReadPosition, in space: SpaceID, bytesMax: Int, _ reader: any StoreReader
  ) throws -> [LogSegment] {
    try LogRun.read(after: start, in: space, bytesMax: bytesMax, reader).map { run in
      LogSegment(
        space: space, epoch: run.signature.epoch, from: run.start.position, start: run.start.digest,
        rows: run.rows.map { Row(time: $0.time, content: .entry(RawEntry($0.entry))) },
        signature: run.signature.bytes)
    }
  }
}
