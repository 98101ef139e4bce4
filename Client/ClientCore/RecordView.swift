// A record as people read it, derived from its state by the model's rules.

package import Replication

/// A record as people read it.
package struct RecordView: Equatable, Sendable {
  package let key: RecordKey
  package let kind: String
  /// The space's name.
  package let space: String
  package let presence: Presence
  /// Field → shown value. Groups are split into their fields.
  package let fields: [String: Value]
  package let conflicts: [Conflict]
  /// The time and author of the last change, by causal order.
  package let lastChange: Stamp?

  package var id: RecordID { key.record }
}
