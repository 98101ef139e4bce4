// Wall time is kept and shown, never compared by a rule (guarantee G8).

/// What a clock said: milliseconds since 1970-01-01T00:00:00Z. Any value is taken, however wrong.
package struct Timestamp: Hashable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }
}
