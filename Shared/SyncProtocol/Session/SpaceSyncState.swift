// The state of one space as a request needs it: its read position, and what to bring or to offer.

package import Replication

/// One space's read position and outgoing work.
package struct SpaceSyncState: Sendable {
  package let space: SpaceID
  /// The last position read; `nil` before the first.
  package let position: ReadPosition?
  /// The last news of bodies heard; `nil` before the first.
  package let bodyNews: BodyNewsPosition?
  /// Rows that the hub once had and lacks now, in the order of its log. While there are any, nothing is offered: what is
  /// new may name them.
  package let segments: [LogSegment]
  /// The front of the outbox, in log order.
  package let outbox: [Change]
  /// Signed heads of the offered chains.
  package let heads: [SignedHead]

  package init(
    space: SpaceID, position: ReadPosition?, bodyNews: BodyNewsPosition? = nil, segments: [LogSegment] = [],
    outbox: [Change] = [],
    heads: [SignedHead] = []
  ) {
    self.space = space
    self.position = position
    self.bodyNews = bodyNews
    self.segments = segments
    self.outbox = outbox
    self.heads = heads
  }

  /// The approximate encoded size of the outgoing work.
  var byteCount: Int {
    segments.reduce(0) { $0 + $1.byteCount } + outbox.reduce(0) { $0 + LogEntry.change($1).byteCount }
  }
}
