// What the acts do. Each runs in one transaction of the hub's store, and answers with one JSON object.

package import BoardModel
internal import Cryptography
package import Replication
package import SyncHub

/// The acts of one hub, on its open store.
package struct AdminService: Sendable {
  let store: any ReplicaStore
  let model: BoardModel
  let clock: @Sendable () -> Timestamp
  private let backup: @Sendable (String) throws -> Void

  /// - Parameter backup: Writes a whole copy of the store to a path that is not there yet.
  package init(
    store: any ReplicaStore, model: BoardModel, clock: @escaping @Sendable () -> Timestamp,
    backup: @escaping @Sendable (String) throws -> Void
  ) {
    self.store = store
    self.model = model
    self.clock = clock
    self.backup = backup
  }

  /// Does one act. Whatever it changed is durable when this returns.
  ///
  /// - Throws: ``AdminError``; nothing was changed then.
  package func run(_ act: AdminCommand) throws(AdminError) -> JSON {
    do {
      switch act {
      case .importFile(let text, let set): return try runImport(text, set: set)
      case .invite(let member, let role, let spaces, let isPreview):
        return try invite(member, role, spaces, isPreview: isPreview)
      case .leave(let member, let space, let isPreview): return try leave(member, space, isPreview: isPreview)
      case .deviceList: return try store.read { try deviceList($0) }
      case .deviceRevoke(let fingerprint, let reason, let isPreview):
        return try revoke(fingerprint, reason, isPreview: isPreview)
      case .proposalList: return try store.read { try proposalList($0) }
      case .proposalTake(let id, let isUnproved): return try proposalTake(id, isUnproved: isUnproved)
      case .proposalDecline(let id): return try proposalDecline(id)
      case .reviewList: return try store.read { try reviewList($0) }
      case .reviewShow(let id): return try store.read { try reviewShow(id, $0) }
      case .reviewSettle(let id, let value): return try reviewSettle(id, value)
      case .erase(let record, let reason): return try erase(record, reason)
      case .backup(let path):
        try backup(path)
        // After it: of a copy that did not come about nothing is said. So the copy itself does not name its own making.
        let now = clock()
        try store.write { try Audit.record(AuditEntry(.backup), now: now, in: $0) }
        return .object(["backup": .string(path)])
      case .digest: return try store.read { try digest($0) }
      case .audit(let space): return try store.read { try audit(space, $0) }
      case .verify: return try store.read { try verify($0) }
      case .status: return try store.read { try status($0) }
      }
    } catch let error as AdminError {
      throw error
    } catch let error as StoreError {
      throw AdminError(error)
    } catch {
      throw AdminError(.disk, "failed", "The act could not be done: \(error)")
    }
  }

  // MARK: Setting up

  /// Makes a fresh store a hub's: its name, epoch, control and audit space and the spaces the model names.
  package static func begin(model: BoardModel, in transaction: any StoreTransaction) throws {
    try HubIdentity.begin(in: transaction)
    try Directory.begin(in: transaction)
    try Audit.begin(in: transaction)
    let names = Set(try transaction.spaces().map(\.name))
    for space in model.spaces where !space.isPerMember && !names.contains(space.name) {
      try transaction.put(Space(id: .random(), name: space.name))
    }
  }

  // MARK: Acts

  private func runImport(_ text: String, set: String?) throws -> JSON {
    let file: SeedFile
    do {
      file = try SeedFile(parsing: Array(text.utf8), model: model)
    } catch {
      throw AdminError(.data, "badFile", "\(error)")
    }
    guard !file.records.isEmpty else { throw AdminError(.data, "badFile", "There is no record in the file.") }
    let now = clock()
    let summary: ImportSummary
    let waiting: Int
    do {
      (summary, waiting) = try store.write { transaction in
        let summary = try SeedImport(model: model, now: now, transaction).run(file, set: set)
        if summary.added + summary.changed > 0 {
          let counts = ["added": Int64(summary.added), "changed": Int64(summary.changed)]
          try Audit.record(AuditEntry(.importFile, counts: counts), now: now, in: transaction)
        }
        return (summary, try ReviewQueue(model: model, transaction).questions().count)
      }
    } catch ImportError.noSuchSet(let set, let known) {
      throw AdminError(
        .usage, "noSuchSet", "The file has no set '\(set)'. It has: \(known.joined(separator: ", ")).")
    } catch ImportError.noSuchSpace(let name) {
      throw AdminError(.data, "noSuchSpace", "This hub has no space '\(name)'.")
    } catch ImportError.refused(let key, let reason, let field) {
      throw AdminError(.data, "refused", "\(key): \(field) is not taken (\(reason.rawValue)).")
    }
    return .object([
      "added": .integer(Int64(summary.added)), "changed": .integer(Int64(summary.changed)),
      "unchanged": .integer(Int64(summary.unchanged)), "deleted": .integer(Int64(summary.deleted)),
      "unsettledLinks": .integer(Int64(summary.unsettledLinks)), "questions": .integer(Int64(waiting)),
    ])
  }

  /// A reason as an administrator types it: a word or a few.
  static func reason(_ text: String) throws(AdminError) -> String {
    let reason = text.trimmingSpaces
    guard !reason.isEmpty, reason.utf8.count <= Limits.nameBytesMax else {
      throw AdminError(.usage, "badReason", "A reason is one word or a few, of at most \(Limits.nameBytesMax) letters.")
    }
    return reason
  }

  private func reviewList(_ reader: any StoreReader) throws -> JSON {
    let questions = try ReviewQueue(model: model, reader).questions()
    return .object(["questions": .array(try questions.enumerated().map { try json($0.element, $0.offset + 1, reader) })]
    )
  }

  private func reviewShow(_ id: String, _ reader: any StoreReader) throws -> JSON {
    let questions = try ReviewQueue(model: model, reader).questions()
    guard
      let place = Int(id).map({ $0 - 1 }).flatMap({ questions.indices.contains($0) ? $0 : nil })
        ?? questions.firstIndex(where: { $0.id == id })
    else { throw AdminError(.data, "noSuchQuestion", "There is no question '\(id)'. Type 'review list' to see them.") }
    return try json(questions[place], place + 1, reader)
  }

  private func reviewSettle(_ id: String, _ value: String) throws -> JSON {
    let now = clock()
    do {
      let settled = try store.write { transaction in
        let question = try ReviewQueue.settle(id, value, model: model, now: now, transaction)
        try Audit.record(auditEntry(of: question), now: now, in: transaction)
        return question
      }
      let left = try store.read { try ReviewQueue(model: model, $0).questions().count }
      return .object([
        "settled": .string(settled.id), "field": .string(settled.field), "value": .string(value),
        "questions": .integer(Int64(left)),
      ])
    } catch ReviewError.noSuchQuestion(let name) {
      throw AdminError(.data, "noSuchQuestion", "There is no question '\(name)'. Type 'review list' to see them.")
    } catch ReviewError.input(.badValue(let field, let expected)) {
      throw AdminError(.data, "badValue", "\(field) takes \(expected).")
    } catch ReviewError.input(.noSuchField(let field, let kind)) {
      throw AdminError(.data, "noSuchField", "A \(kind) has no \(field).")
    } catch ReviewError.refused(let reason, let field) {
      throw AdminError(.data, "refused", "\(field) does not take that (\(reason.rawValue)).")
    }
  }

  private func auditEntry(of question: ReviewItem) -> AuditEntry {
    // The field of a loaded item is as its file said it: only a word of the model's is surely nobody's own.
    let isKnown = model.rules.kinds[question.kind]?.fields[question.field] != nil
    let records = [question.targetID, question.item?.record].compactMap { $0 }
    let spaces = Set([question.target?.space, question.item?.space].compactMap { $0 }).sorted()
    return AuditEntry(.reviewSettle, spaces: spaces, records: records, field: isKnown ? question.field : nil)
  }

  private func json(_ question: ReviewItem, _ number: Int, _ reader: any StoreReader) throws -> JSON {
    let directory = Directory(reader)
    let values: [JSON] = try question.rivals.map { rival in
      .object([
        "value": JSON(rival.value), "author": .string(try directory.authorName(rival.stamp.author)),
        "dot": .object([
          "replica": .string(rival.stamp.dot.replica.description),
          "sequence": .integer(Int64(rival.stamp.dot.sequence)),
        ]),
      ])
    }
    return .object([
      "number": .integer(Int64(number)), "id": .string(question.id),
      "record": question.targetID.map { .string($0.description) } ?? .null, "kind": .string(question.kind),
      "title": .string(question.title), "field": .string(question.field), "question": .string(question.words),
      "values": .array(values),
    ])
  }

  private func digest(_ reader: any StoreReader) throws -> JSON {
    let spaces = try reader.spaces().filter { !$0.isHubsOwn }
    let digests = try spaces.map { ($0.name, JSON.string(try spaceDigest(of: $0.id, in: reader).description)) }
    return .object(["spaces": .object(Dictionary(digests, uniquingKeysWith: { $1 }))])
  }

  private func status(_ reader: any StoreReader) throws -> JSON {
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    let directory = Directory(reader)
    let spaces = try reader.spaces().filter { !$0.isHubsOwn }.map { space in
      var records = 0
      try reader.forEachRecord(in: space.id, kind: nil) { _, _ in records += 1 }
      return JSON.object([
        "id": .string(space.id.description), "name": .string(space.name), "head": .integer(Int64(space.lastPosition)),
        "records": .integer(Int64(records)),
      ])
    }
    return .object([
      "hub": .string(hub.description), "epoch": .string(epoch.description),
      "model": .integer(Int64(model.version)), "spaces": .array(spaces),
      "members": .integer(Int64(try directory.members().count)),
      "devices": .integer(Int64(try directory.devices().count)),
      "questions": .integer(Int64(try ReviewQueue(model: model, reader).questions().count)),
    ])
  }
}

extension Directory {
  /// An author as an administrator reads it.
  package func authorName(_ author: MemberID) throws -> String {
    if author == .importer { return "import" }
    if author == .hub { return "the Centre" }
    return try principal(author)?.name ?? author.description
  }
}
