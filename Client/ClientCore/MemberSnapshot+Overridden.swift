// What became of a member's words that nobody is asked about: another's version is shown, or the record was removed by
// somebody who had not seen them. Nothing was lost, but only their writer would miss them, so their writer is told.

internal import BoardModel
package import Replication

/// Words of the member's that stand in a record and that it does not show.
package struct OverriddenWords: Equatable, Sendable {
  package let view: RecordView
  package let words: OverriddenValue
}

extension MemberSnapshot {
  /// Every one of them, in the order of spaces, then ids. Cost grows with the copy.
  package func overriddenWords() throws -> [OverriddenWords] {
    var found: [OverriddenWords] = []
    for space in try reader.spaces() {
      try reader.forEachRecord(in: space.id, kind: nil) { record, state in
        let words = state.overriddenValues(by: membership.member, model.rules)
        guard !words.isEmpty else { return }
        let view = try view(state, at: RecordKey(space.id, record))
        found += words.map { OverriddenWords(view: view, words: $0) }
      }
    }
    return found
  }
}
