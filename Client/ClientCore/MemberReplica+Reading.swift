// Single queries of a copy, each in a transaction of its own, and the notes that screens keep. The queries are those of
// ``MemberSnapshot``, which serves any number of them from one transaction.

package import Cryptography
package import Replication

extension MemberReplica {
  package func spaces() throws -> [Space] { try store.read { try $0.spaces() } }

  /// The rescue box, oldest first.
  package func rescued() throws -> [RescuedChange] { try store.read { try $0.rescued() } }

  package func show(_ id: String) throws -> RecordView { try reading { try $0.show(id) } }

  package func list(kind: String) throws -> [RecordView] { try reading { try $0.list(kind: kind) } }

  /// The present records that have every word; see ``MemberSnapshot/search(_:limit:)``.
  package func find(_ words: [String]) throws -> [RecordView] {
    try indexTexts()
    return try reading { snapshot in try snapshot.search(words, limit: .max).keys.map { try snapshot.view($0) } }
  }

  /// Makes everything that this copy holds ready to be found. Call it before a search.
  package func indexTexts() throws { try store.indexTexts() }

  package func conflicts() throws -> [RecordView] { try reading { try $0.conflicts() } }

  package func history(_ id: String) throws -> [HistoryEntry] { try reading { try $0.history(id) } }

  package func status() throws -> CopyStatus { try reading { try $0.status() } }

  package func digests() throws -> [String: Digest] { try reading { try $0.digests() } }

  package func overriddenWords() throws -> [OverriddenWords] { try reading { try $0.overriddenWords() } }

  package func ownProposals() throws -> [OwnProposal] { try reading { try $0.ownProposals() } }

  // MARK: News

  /// Records what the member has seen. Nothing that they had seen becomes news again.
  ///
  /// - Parameter positions: Space → the position in this copy's log up to which they have seen all news. Other spaces
  ///   stay as they are.
  package func markLooked(_ positions: [SpaceID: UInt64]) throws {
    guard !positions.isEmpty else { return }
    try store.write { transaction in
      for (space, position) in positions where try transaction.space(space) != nil {
        let looked = try max(position, Self.looked(space, transaction))
        try ClientState.looked.set(space, to: looked, in: transaction)
      }
    }
  }

  static func looked(_ space: SpaceID, _ reader: any LocalStateReader) throws -> UInt64 {
    try ClientState.looked.value(space, in: reader) ?? 0
  }

  // MARK: Notes of the screen

  /// Stores a small text beside the records, such as half-written words or the list last shown. `nil` removes it.
  /// Durable when this returns.
  package func setNote(_ name: String, _ text: String?) throws {
    try store.write { try ClientState.notes.set(name, to: text, in: $0) }
  }

  /// Reads a note; `nil` if there is none.
  package func note(_ name: String) throws -> String? { try store.read { try Self.note(name, in: $0) } }

  static func note(_ name: String, in reader: any LocalStateReader) throws -> String? {
    try ClientState.notes.value(name, in: reader)
  }
}
