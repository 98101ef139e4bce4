// The proof of an offer, read from a store: this copy's own key signs for its own chains, and for others' go the heads
// that came with their changes.

internal import Cryptography
internal import Replication

extension OfferProof {
  /// Proves the front of one space's outbox.
  ///
  /// - Parameter headerBytesMax: The most bytes of connecting headers.
  init(
    of offered: [LogEntry], for hub: HubID, by key: SigningKey, headerBytesMax: Int, _ reader: any StoreReader
  ) throws {
    self.init()
    let last = Dictionary(offered.map { ($0.dot.replica, $0) }, uniquingKeysWith: { _, later in later })
    for entry in last.values.sorted(by: { $0.dot < $1.dot }) {
      if try ReplicaIdentity(reader).owns(entry.dot.replica) { heads.append(SignedHead(of: entry, for: hub, by: key)) }
      // The hub's word on what it took in before counts for one's own chains too, once it has forgotten.
      try carry(entry, headerBytesMax, reader)
    }
  }

  /// Adds the heads that came with a chain from its last offered change on, with the headers that lead there.
  private mutating func carry(_ entry: LogEntry, _ headerBytesMax: Int, _ reader: any StoreReader) throws {
    let (space, replica) = (entry.header.space, entry.dot.replica)
    let kept = try reader.heads(of: replica, in: space)
    let later = kept.filter { $0.dot.sequence >= entry.dot.sequence }
    // Where nobody stands for the whole of it, somebody may for its beginning.
    heads += later.isEmpty ? kept : later
    guard let reach = later.map(\.dot.sequence).max(), reach > entry.dot.sequence else { return }
    var bytesLeft = headerBytesMax - connectingHeaders.reduce(0) { $0 + $1.count }
    for row in try reader.rows(of: replica, from: entry.dot.sequence + 1, in: space) {
      bytesLeft -= row.entry.headerBytes.count
      guard row.entry.dot.sequence <= reach, bytesLeft >= 0 else { return }
      connectingHeaders.append(row.entry.headerBytes)
    }
  }
}
