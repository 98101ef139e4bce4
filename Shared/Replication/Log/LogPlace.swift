// The signed log. A hub's log of a space is a hash chain: each row has a running digest over its position, its header,
// the hub's decision and the time of receipt, and over the running digest before it. Whoever has read the log up to a
// position can compute the digest there, so one signature by the hub (`Checkpoint`) vouches for every row up to it, and for
// nothing having been left out. Haber and Stornetta, "How to Time-Stamp a Digital Document" (1991); checkpoints are
// those of transparency logs.

package import Cryptography

/// The place of a row in its hub's log of a space.
package struct LogPlace: Equatable, Sendable {
  /// The row's position in the hub's log, dense from 1.
  package let position: UInt64
  /// The hub's clock when it took the row in. Shown to people; never compared.
  package let time: Timestamp
  /// The running digest of the log up to and including the row.
  package let digest: Digest
  /// The hub's signature of its checkpoint here, on a copy that has read one.
  package var signature: CheckpointSignature?

  package init(position: UInt64, time: Timestamp, digest: Digest, signature: CheckpointSignature? = nil) {
    self.position = position
    self.time = time
    self.digest = digest
    self.signature = signature
  }

  /// The place of the row after one with this position and running digest.
  ///
  /// - Parameters:
  ///   - change: The digest of the change's header.
  ///   - refusal: The reason for which the hub refused the change; `nil` if it took it.
  package init(
    after position: UInt64, _ digest: Digest, of change: Digest, refusedFor refusal: RefusalReason?, at time: Timestamp
  ) {
    var writer = CBORWriter()
    writer.array(5)
    writer.bytes(digest.bytes)
    writer.unsigned(position + 1)
    writer.bytes(change.bytes)
    writer.integer(time.milliseconds)
    if let refusal { writer.text(refusal.rawValue) } else { writer.null() }
    self.init(position: position + 1, time: time, digest: Digest(tag: Self.tag, writer.bytes))
  }

  /// The running digest of a space's log before its first row.
  package static func start(of space: SpaceID) -> Digest {
    var writer = CBORWriter()
    writer.array(1)
    writer.id(space)
    return Digest(tag: tag, writer.bytes)
  }

  private static let tag = "board.log"
}

extension LogEntry {
  /// The reason of a void; `nil` for every other entry.
  package var refusal: RefusalReason? { if case .void(let void) = self { void.reason } else { nil } }
}

extension LogReader {
  /// The place of the row that a hub appends next to its own log of a space. Costs one lookup.
  func nextPlace(for entry: LogEntry, at time: Timestamp) throws -> LogPlace {
    let space = entry.header.space
    let last = try lastPlace(in: space)
    return LogPlace(
      after: last?.position ?? 0, last?.digest ?? LogPlace.start(of: space), of: entry.digest,
      refusedFor: entry.refusal, at: time)
  }
}
