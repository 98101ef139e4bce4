// The content of the rescue box, where a device keeps refused or stranded work whole.

/// A refused or stranded change, kept whole.
package struct RescuedChange: Equatable, Sendable {
  package let change: Change
  /// The hub's reason for refusing the change; `left` or `forked` if it was stranded.
  package let reason: RefusalReason

  package init(change: Change, reason: RefusalReason) {
    self.change = change
    self.reason = reason
  }
}
