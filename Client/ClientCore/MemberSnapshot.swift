// A consistent snapshot of a member's copy, and the queries that a screen makes of it. A screen that opened a
// transaction for every title and author would mix several states, and pay for each; here it reads a single one.

package import RecordModel
package import Replication

/// A member's copy within one read transaction. Valid only inside the closure that receives it.
package struct MemberSnapshot {
  package let membership: Membership
  package let model: RecordModel
  let reader: any StoreReader
}

extension MemberReplica {
  /// Runs any number of queries on one snapshot of the copy.
  ///
  /// - Parameter body: Runs inside one read transaction. It must not call this replica, because a store's reads do not
  ///   nest, and must not let the snapshot escape.
  /// - Throws: ``ClientError/notJoined``, ``ClientError/revoked(_:)``, ``ClientError/modelUnreadable(_:)``, and what
  ///   the body throws.
  package func reading<Result>(_ body: (MemberSnapshot) throws -> Result) throws -> Result {
    try store.read { reader in
      try body(MemberSnapshot(membership: Self.membership(in: reader), model: model(in: reader), reader: reader))
    }
  }
}

extension MemberSnapshot {
  /// The copy's spaces, in the order of their names, then ids.
  package func spaces() throws -> [Space] { try reader.spaces() }

  // MARK: Records

  /// A record; `nil` if this copy does not hold it.
  package func record(_ id: RecordID) throws -> RecordView? {
    try MemberReplica.record(id, in: reader).map { try view($0.state, at: $0.key) }
  }

  /// Reads a record.
  ///
  /// - Parameter id: The record's id as text.
  /// - Throws: ``ClientError/noSuchRecord(_:)``.
  package func show(_ id: String) throws -> RecordView {
    let (key, state) = try MemberReplica.find(id, in: reader)
    return try view(state, at: key)
  }

  /// A record.
  ///
  /// - Throws: ``ClientError/noSuchRecord(_:)`` if this copy does not hold it there.
  package func view(_ key: RecordKey) throws -> RecordView {
    guard let state = try reader.record(key) else { throw ClientError.noSuchRecord(key.record.description) }
    return try view(state, at: key)
  }

  /// The present records of a kind, in the order of ids within each space, which is the order of creation. Cost grows
  /// with all records of the kind; ``listing(kind:limit:)`` reads none.
  ///
  /// - Throws: ``ClientError/noSuchKind(_:)``.
  package func list(kind: String) throws -> [RecordView] {
    guard model.kinds[kind] != nil else { throw ClientError.noSuchKind(kind) }
    var views: [RecordView] = []
    for space in try reader.spaces() {
      try reader.forEachRecord(in: space.id, kind: kind) { record, state in
        guard state.presence(by: model.rules.deletes(of: state.kind)).isThere else { return }
        views.append(try view(state, at: RecordKey(space.id, record)))
      }
    }
    return views
  }

  func view(_ state: RecordState, at key: RecordKey) throws -> RecordView {
    RecordView(
      key: key, kind: state.kind, space: try reader.space(key.space)?.name ?? "",
      presence: state.presence(by: model.rules.deletes(of: state.kind)), fields: state.shownFields(by: model.rules),
      conflicts: state.conflicts(by: model.rules), lastChange: state.latestStamp)
  }

  /// The records with a conflict, in the order of their spaces' names, then ids.
  package func conflicts() throws -> [RecordView] {
    try reader.spaces().flatMap { space in
      try reader.contestedRecords(in: space.id, listedOnly: true).map { try view($1, at: RecordKey(space.id, $0)) }
    }.filter { !$0.conflicts.isEmpty }
  }

  /// The changes of a record with author, time and the values each replaced, oldest first.
  ///
  /// - Throws: ``ClientError/noSuchRecord(_:)``.
  package func history(_ id: String) throws -> [HistoryEntry] {
    try Replication.history(of: MemberReplica.find(id, in: reader).0, in: reader)
  }

  // MARK: People

  /// An author's name as their own record has it; `nil` if this copy does not hold that record, and for the importer and
  /// the hub, which are no people.
  package func authorName(_ author: MemberID) throws -> String? {
    if author == membership.member { return membership.name }
    let record = RecordID(author)
    for space in try reader.spaces(holding: record) {
      let state = try reader.record(RecordKey(space, record))
      if case .text(let name)? = state?.shown("name", by: FieldRules(.latest)) { return name }
    }
    return nil
  }

  /// The name of an author's role, as their record has it; `nil` if this copy does not hold that record.
  package func authorRole(_ author: MemberID) throws -> String? {
    let record = RecordID(author)
    for space in try reader.spaces(holding: record) {
      let state = try reader.record(RecordKey(space, record))
      if case .text(let role)? = state?.shown("role", by: FieldRules(.latest)) { return role }
    }
    return nil
  }
}

extension RecordState {
  /// The stamp of the last change by causal order.
  fileprivate var latestStamp: Stamp? {
    let values = fields.values.flatMap { field in
      (field.siblings + field.counts + field.entries).map(\.stamp) + field.elements.flatMap(\.stamps)
    }
    return (values + existence.map(\.stamp) + erasures).max { $0.precedes($1) }
  }
}
