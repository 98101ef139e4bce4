// What a member's copy shows: records as people read them, questions, history, and where their work is.

internal import BoardModel
package import Cryptography
package import Replication
internal import SyncProtocol

/// A record as a person reads it.
package struct RecordView: Equatable, Sendable {
  package let key: RecordKey
  package let kind: String
  /// The space's name.
  package let space: String
  package let presence: Presence
  /// Field → shown value. Groups are opened into their fields.
  package let fields: [String: Value]
  package let conflicts: [Conflict]
  /// When and by whom the record was last changed, by causal order.
  package let lastChange: Stamp?

  package var id: RecordID { key.record }
}

/// Where a copy stands: what the hub has of it, and how fresh it is. Two matters, never one.
package struct CopyStatus: Equatable, Sendable {
  package let unsent: Int
  /// Changes in the rescue box.
  package let refused: Int
  /// The hub's clock at the last contact; `nil` before the first.
  package let lastContact: Timestamp?
  package let replica: ReplicaID?
  package let url: String
  package let epoch: EpochID?
  package let spaces: [Space]
}

extension MemberReplica {
  package func spaces() throws -> [Space] {
    try store.read { try $0.spaces() }
  }

  /// - Throws: ``ClientError/noSuchRecord(_:)``.
  package func show(_ id: String) throws -> RecordView {
    try store.read { reader in
      let model = try model(in: reader)
      let (key, state) = try Self.find(id, in: reader)
      return try Self.view(state, at: key, model, reader)
    }
  }

  /// Every record of a kind that is there, in the order of ids, which is the order of making.
  ///
  /// - Throws: ``ClientError/noSuchKind(_:)``.
  package func list(kind: String) throws -> [RecordView] {
    try store.read { reader in
      let model = try model(in: reader)
      guard model.kinds[kind] != nil else { throw ClientError.noSuchKind(kind) }
      return try Self.views(kind: kind, model, reader)
    }
  }

  /// Records with the words in any text they show, all words, in any case.
  package func find(_ words: [String]) throws -> [RecordView] {
    let wanted = words.map { $0.lowercased() }
    return try store.read { reader in
      let model = try model(in: reader)
      return try Self.views(kind: nil, model, reader).filter { view in
        let text = view.fields.values.map(\.searchText).joined(separator: "\n").lowercased()
        return wanted.allSatisfy { text.contains($0) }
      }
    }
  }

  private static func views(kind: String?, _ model: BoardModel, _ reader: any StoreReader) throws -> [RecordView] {
    var views: [RecordView] = []
    for space in try reader.spaces() {
      try reader.forEachRecord(in: space.id, kind: kind) { record, state in
        guard state.presence(by: model.rules.deletes(of: state.kind)).isThere else { return }
        views.append(try view(state, at: RecordKey(space.id, record), model, reader))
      }
    }
    return views
  }

  static func view(
    _ state: RecordState, at key: RecordKey, _ model: BoardModel, _ reader: any StoreReader
  ) throws -> RecordView {
    RecordView(
      key: key, kind: state.kind, space: try reader.space(key.space)?.name ?? "",
      presence: state.presence(by: model.rules.deletes(of: state.kind)), fields: state.shownFields(by: model.rules),
      conflicts: state.conflicts(by: model.rules), lastChange: state.latestStamp)
  }

  /// Every record with something that waits for a person, in the order of spaces' names, then ids.
  package func conflicts() throws -> [RecordView] {
    try store.read { reader in
      let model = try model(in: reader)
      return try reader.spaces().flatMap { space in
        try reader.contestedRecords(in: space.id).map { record, state in
          try Self.view(state, at: RecordKey(space.id, record), model, reader)
        }
      }.filter { !$0.conflicts.isEmpty }
    }
  }

  /// Who changed a record, when, and what it replaced, oldest first.
  package func history(_ id: String) throws -> [HistoryEntry] {
    try store.read { reader in
      let (key, _) = try Self.find(id, in: reader)
      return try Replication.history(of: key, in: reader)
    }
  }

  /// The rescue box.
  package func rescued() throws -> [RescuedChange] {
    try store.read { try $0.rescued() }
  }

  package func status() throws -> CopyStatus {
    try store.read { reader in
      guard let membership = try Membership.load(from: reader) else { throw ClientError.notJoined }
      let contact = try Contact.last(in: reader)
      let spaces = try reader.spaces()
      return CopyStatus(
        unsent: try SyncClient.unsent(in: reader), refused: try reader.rescued().count,
        lastContact: contact?.time, replica: try ReplicaIdentity(reader).current(), url: membership.place.url,
        epoch: contact?.epoch, spaces: spaces)
    }
  }

  /// Space name → digest of all this copy holds there.
  package func digests() throws -> [String: Digest] {
    try store.read { reader in
      guard try Membership.load(from: reader) != nil else { throw ClientError.notJoined }
      return Dictionary(
        try reader.spaces().map { ($0.name, try spaceDigest(of: $0.id, in: reader)) }, uniquingKeysWith: { $1 })
    }
  }

  /// The name by which a person knows an author: as the member's own record says it, `import` for the importer, and
  /// else the id.
  package func authorName(_ author: MemberID) throws -> String {
    if author == .importer { return "import" }
    if author == .hub { return "the Centre" }
    return try store.read { reader in
      if let membership = try Membership.load(from: reader), membership.member == author { return membership.name }
      guard let record = RecordID(bytes: author.bytes) else { return author.description }
      for space in try reader.spaces(holding: record) {
        let state = try reader.record(RecordKey(space, record))
        if case .text(let name)? = state?.shown("name", by: FieldRules(.latest)) { return name }
      }
      return author.description
    }
  }

  // MARK: What is new

  /// Records that others changed since the member last looked, latest change last.
  package func news() throws -> [RecordView] {
    try store.read { reader in
      guard let membership = try Membership.load(from: reader) else { throw ClientError.notJoined }
      let model = try model(in: reader)
      var views: [RecordView] = []
      for space in try reader.spaces() {
        var seen: Set<RecordID> = []
        for row in try reader.rows(after: try Self.looked(space.id, reader), in: space.id, bytesMax: .max).reversed() {
          guard row.entry.header.author != membership.member else { continue }
          for record in row.entry.edits.records.reversed() where seen.insert(record).inserted {
            let key = RecordKey(space.id, record)
            guard let state = try reader.record(key), state.kind != "member" else { continue }
            views.append(try Self.view(state, at: key, model, reader))
          }
        }
      }
      return views.reversed()
    }
  }

  /// Remembers that the member has now seen everything this copy holds.
  package func markLooked() throws {
    try store.write { transaction in
      for space in try transaction.spaces() {
        try ClientState.looked.set(space.id, to: space.lastPosition, in: transaction)
      }
    }
  }

  private static func looked(_ space: SpaceID, _ reader: any StoreReader) throws -> UInt64 {
    try ClientState.looked.value(space, in: reader) ?? 0
  }

  // MARK: Notes of the screen

  /// A small text kept beside the records: half-written words, the list last shown. Durable when this returns.
  package func setNote(_ name: String, _ text: String?) throws {
    try store.write { try ClientState.notes.set(name, to: text, in: $0) }
  }

  package func note(_ name: String) throws -> String? {
    try store.read { try ClientState.notes.value(name, in: $0) }
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
