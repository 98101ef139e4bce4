// Wall-clock time, which is stored and shown but never compared by a rule (guarantee G8).

/// A reading of the wall clock, in milliseconds since 1970-01-01T00:00:00Z. Any value is accepted, however wrong.
package struct Timestamp: Hashable, Sendable {
  /// Milliseconds since 1970-01-01T00:00:00Z, negative before.
  package let milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }
}
