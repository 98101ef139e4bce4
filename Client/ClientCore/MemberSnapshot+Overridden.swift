// The member's values that are kept but not shown, and that no conflict asks about: another value won, or the record
// was deleted by somebody who had not seen them. Only their author would miss them, so their author is told.

internal import RecordModel
package import Replication

/// A value of the member's that a record holds but does not show.
package struct OverriddenWords: Equatable, Sendable {
  package let view: RecordView
  package let words: OverriddenValue
}

extension MemberSnapshot {
  /// Returns the member's overridden values, in the order of spaces, then ids. Cost grows with the records
  /// that have rivals or were deleted: no other has a value that is not shown.
  package func overriddenWords() throws -> [OverriddenWords] {
    var found: [OverriddenWords] = []
    for space in try reader.spaces() {
      for (record, state) in try reader.contestedRecords(in: space.id, listedOnly: false) {
        let words = state.overriddenValues(by: membership.member, model.rules)
        guard !words.isEmpty else { continue }
        let view = try view(state, at: RecordKey(space.id, record))
        found += words.map { OverriddenWords(view: view, words: $0) }
      }
    }
    return found
  }
}
