// Builds the proof of an offer from a store. This copy's key signs the heads of its own chains; other replicas' chains
// are proved by the heads that arrived with their changes.

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
      // Kept heads go with this copy's own chains too: they attest what the hub accepted before a restore lost it.
      try carry(entry, headerBytesMax, reader)
    }
  }

  /// Adds the kept heads at or after a chain's last offered change, with the headers that connect the two.
  ///
  /// The headers stop where `headerBytesMax` is used up.
  private mutating func carry(_ entry: LogEntry, _ headerBytesMax: Int, _ reader: any StoreReader) throws {
    let (space, replica) = (entry.header.space, entry.dot.replica)
    let kept = try reader.heads(of: replica, in: space)
    let later = kept.filter { $0.dot.sequence >= entry.dot.sequence }
    // If no head attests everything that is offered, an earlier one may still attest its beginning.
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
