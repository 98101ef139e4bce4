// The state of one space as a request needs it: its read position, and the front of its outbox with the proof.

package import Replication

/// One space's cursor, vector and outgoing changes.
package struct SpaceSyncState: Sendable {
  package let space: SpaceID
  package let cursor: Cursor?
  /// The version vector, if there is no cursor or the space is resyncing, so that held rows are not sent again.
  package let vector: VersionVector?
  /// True while this copy has lost its place in the hub's log and has not read to its end since. Until then it offers
  /// nothing: its changes may refer to dots that the hub has since reassigned, and reading shows which.
  package let isResyncing: Bool
  /// The front of the outbox, in log order.
  package let outbox: [LogEntry]
  package let proof: OfferProof

  package init(
    space: SpaceID, cursor: Cursor?, vector: VersionVector?, isResyncing: Bool, outbox: [LogEntry],
    proof: OfferProof = OfferProof()
  ) {
    self.space = space
    self.cursor = cursor
    self.vector = vector
    self.isResyncing = isResyncing
    self.outbox = outbox
    self.proof = proof
  }
}

/// The signatures and headers that prove authorship of the offered changes.
package struct OfferProof: Equatable, Sendable {
  /// Signed heads of the offered chains.
  package var heads: [SignedHead] = []
  /// Headers, each leading from an offered change to the head of a later one.
  package var connectingHeaders: [[UInt8]] = []

  package init() {}
}
