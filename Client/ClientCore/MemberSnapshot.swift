// One state of a member's copy, and the questions a screen asks of it. A screen that opened a transaction for every
// title and every author would be made of several states, and would pay for each; here the whole screen is one.

package import BoardModel
package import Replication

/// A member's copy as it stands in one read transaction. Valid only inside the closure it was given to.
package struct MemberSnapshot {
  package let membership: Membership
  package let model: BoardModel
  let reader: any StoreReader
}

extension MemberReplica {
  /// Answers any number of questions from one state of the copy.
  ///
  /// - Parameter body: Runs inside one read transaction. It must not call this replica again, because reads of a store
  ///   do not nest, and must not let the snapshot escape.
  /// - Throws: ``ClientError/notJoined``, ``ClientError/revoked(_:)``, ``ClientError/modelUnreadable(_:)``, and what
  ///   the body throws.
  package func reading<Result>(_ body: (MemberSnapshot) throws -> Result) throws -> Result {
    try store.read { reader in
      try body(MemberSnapshot(membership: Self.membership(in: reader), model: model(in: reader), reader: reader))
    }
  }
}

extension MemberSnapshot {
  /// In the order of their names, then ids.
  package func spaces() throws -> [Space] { try reader.spaces() }

  // MARK: Records

  /// A record, or `nil` where this copy does not hold it.
  package func record(_ id: RecordID) throws -> RecordView? {
    try MemberReplica.record(id, in: reader).map { try view($0.state, at: $0.key) }
  }

  /// - Parameter id: A record's id as it is written.
  /// - Throws: ``ClientError/noSuchRecord(_:)``.
  package func show(_ id: String) throws -> RecordView {
    let (key, state) = try MemberReplica.find(id, in: reader)
    return try view(state, at: key)
  }

  /// Every record of a kind that is there, in the order of ids, which is the order of making.
  ///
  /// - Throws: ``ClientError/noSuchKind(_:)``.
  package func list(kind: String) throws -> [RecordView] {
    guard model.kinds[kind] != nil else { throw ClientError.noSuchKind(kind) }
    return try views(kind: kind)
  }

  /// Records with the words in any text they show, all words, in any case. Cost grows with the copy.
  package func find(_ words: [String]) throws -> [RecordView] {
    let wanted = words.map { $0.lowercased() }
    return try views(kind: nil).filter { view in
      let text = view.fields.values.map(\.searchText).joined(separator: "\n").lowercased()
      return wanted.allSatisfy { text.contains($0) }
    }
  }

  private func views(kind: String?) throws -> [RecordView] {
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

  /// Every record with something that waits for a person, in the order of spaces' names, then ids.
  package func conflicts() throws -> [RecordView] {
    try reader.spaces().flatMap { space in
      try reader.contestedRecords(in: space.id).map { try view($1, at: RecordKey(space.id, $0)) }
    }.filter { !$0.conflicts.isEmpty }
  }

  /// The changes of a record with author, time and what each replaced, oldest first.
  ///
  /// - Throws: ``ClientError/noSuchRecord(_:)``.
  package func history(_ id: String) throws -> [HistoryEntry] {
    try Replication.history(of: MemberReplica.find(id, in: reader).0, in: reader)
  }

  /// Records that others changed since the member last looked, latest change last.
  package func news() throws -> [RecordView] {
    var views: [RecordView] = []
    for space in try reader.spaces() {
      var seen: Set<RecordID> = []
      let rows = try reader.rows(after: MemberReplica.looked(space.id, reader), in: space.id, bytesMax: .max)
      for row in rows.reversed() where row.entry.header.author != membership.member {
        for record in row.entry.edits.records.reversed() where seen.insert(record).inserted {
          let key = RecordKey(space.id, record)
          guard let state = try reader.record(key), state.kind != "member" else { continue }
          views.append(try view(state, at: key))
        }
      }
    }
    return views.reversed()
  }

  // MARK: People

  /// The name by which a person knows an author: as the member's own record says it, `import` for the importer, and
  /// else the id.
  package func authorName(_ author: MemberID) throws -> String {
    if author == .importer { return "import" }
    if author == .hub { return "the Centre" }
    if author == membership.member { return membership.name }
    let record = RecordID(author)
    for space in try reader.spaces(holding: record) {
      let state = try reader.record(RecordKey(space, record))
      if case .text(let name)? = state?.shown("name", by: FieldRules(.latest)) { return name }
    }
    return author.description
  }
}

extension Value {
  fileprivate var searchText: String {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .list(let values): values.map(\.searchText).joined(separator: "\n")
    case .map(let values): values.values.map(\.searchText).joined(separator: "\n")
    case .null, .bool, .bytes, .link, .unknown: ""
    }
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
