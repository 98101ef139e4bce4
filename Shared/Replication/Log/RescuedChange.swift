// The rescue box: work that was refused or stranded, kept whole on its device.

/// Refused or stranded work, kept whole.
package struct RescuedChange: Equatable, Sendable {
  package let change: Change
  package let reason: RefusalReason

  package init(change: Change, reason: RefusalReason) {
    self.change = change
    self.reason = reason
  }
}
