// Work that came in sealed, because its writer had left the space or its device was taken off. It is nobody's change yet: a
// person decides. Until then, and after, it is a record of the control space, so that it is backed up and never lost.

internal import Cryptography
package import Replication
internal import SyncProtocol

/// One piece of held work.
package struct HeldWork: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    case change(Change)
    /// Words that were not yet a change.
    case words(String)
  }

  package let id: RecordID
  /// Whose device brought it.
  package let member: MemberID
  package let received: Timestamp
  /// Why it could not go the common road.
  package let reason: RefusalReason
  package let content: Content
  /// What a person has said: `taken` or `declined`; `nil` while it waits.
  package let answer: String?

  // MARK: Taking in

  /// Opens a rescue and keeps what is in it. The same work a second time is kept once, and what this hub took in by the
  /// common road not at all: only the answer had been lost, or the device did not know what a hub put back to a backup has.
  ///
  /// - Returns: Whether it is here now. What cannot be opened, or makes no sense, is not: it stays with its device.
  static func hold(
    _ sealed: [UInt8], from member: MemberID, device: PublicKey, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard let opened = try HubLife.sealingKey(in: transaction).open(sealed),
      let rescue = try? Rescue(decoding: opened)
    else { return false }
    let directory = Directory(transaction)
    if case .change(let header, let body, _) = rescue, let change = try? Change(headerBytes: header, bodyBytes: body),
      try isTakenIn(change, transaction)
    {
      return true
    }
    let record = RecordID(bytes: Digest(tag: "board.held", device.bytes + opened).bytes.prefix(16))!
    if try directory.fields(record) != nil { return true }
    guard try directory.heldCount(of: device) < Limits.heldPerDeviceMax else { return false }
    var drafts: [Draft] = [
      .create(record, kind: ControlRules.held), .set(record, field: "member", .link(RecordID(bytes: member.bytes)!)),
      .set(record, field: "device", .text(device.description)),
      .set(record, field: "received", .integer(now.milliseconds)),
    ]
    switch rescue {
    case .change(let header, let body, let reason):
      guard (try? Change(headerBytes: header, bodyBytes: body)) != nil else { return false }
      drafts += [
        .set(record, field: "reason", .text(reason.rawValue)), .set(record, field: "header", .bytes(header)),
        .set(record, field: "body", .bytes(body)),
      ]
    case .words(let words):
      drafts += [
        .set(record, field: "reason", .text(RefusalReason.left.rawValue)), .set(record, field: "words", .text(words)),
      ]
    }
    try Directory.commit(drafts, now, transaction)
    return true
  }

  private static func isTakenIn(_ change: Change, _ reader: any StoreReader) throws -> Bool {
    switch try reader.row(of: change.dot, in: change.header.space)?.entry {
    case .change(let held)?: held.digest == change.digest
    case .erased(let held)?: held.digest == change.digest
    // Refused, its words are nowhere but here.
    case .void?, nil: false
    }
  }

  // MARK: Deciding

  /// Puts held work where it was meant to go, as a change of this hub's in its writer's name. It supersedes what its writer
  /// was looking at and nothing newer, so that where others have written since, a person is asked.
  ///
  /// - Returns: Why the model does not allow it, or `nil` where it is done.
  /// - Throws: ``HeldWorkError``.
  package func take(
    rules: RuleBook, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    guard answer == nil else { throw HeldWorkError.isAnswered }
    guard case .change(let change) = content else { throw HeldWorkError.isNoChange }
    let space = change.header.space
    guard let row = try transaction.space(space) else { throw HeldWorkError.noSuchSpace }
    if let dot = try dotOfTheSame(change, transaction) {
      try answer("taken", as: dot, now, transaction)
      return nil
    }
    // Only the Centre erases, and it does so itself.
    guard !change.edits.contains(where: \.isErasure) else { return .notAllowed }
    let edits = try change.edits.map { try followed($0, in: space, transaction) }
    let replica = Replica(rules: rules)
    for edit in edits {
      let before = try transaction.record(RecordKey(space, edit.record))
      let isMade = edits.contains { $0.record == edit.record && $0.makesPresent }
      if let reason = rules.refusal(of: edit, before: before, isCreatedHere: isMade) { return reason }
    }
    let name = try replica.identity(in: transaction)
    let taken = Change(
      edits: edits, space: space, replica: name, previous: try transaction.tip(of: name, in: space),
      lamport: row.lamport + 1, author: change.header.author, time: change.header.time, modelVersion: rules.version)
    try replica.apply(.change(taken), isAcknowledged: true, transaction)
    try answer("taken", as: taken.dot, now, transaction)
    return nil
  }

  /// Where the very change is already: it came by the common road since, or another computer had brought it too.
  private func dotOfTheSame(_ change: Change, _ transaction: any StoreTransaction) throws -> Dot? {
    if try Self.isTakenIn(change, transaction) { return change.dot }
    let directory = Directory(transaction)
    return try directory.heldWork().filter { other in
      if case .change(let held) = other.content { held.digest == change.digest } else { false }
    }.compactMap { try directory.dot(ofTaken: $0.id) }.first
  }

  private func answer(
    _ answer: String, as dot: Dot, _ now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    try Directory.commit(
      [.set(id, field: "answer", .text(answer)), .set(id, field: "dot", .text("\(dot)"))], now, transaction)
  }

  /// Says no to held work. It stays where it is.
  package func decline(now: Timestamp, _ transaction: any StoreTransaction) throws {
    guard answer == nil else { throw HeldWorkError.isAnswered }
    try Directory.commit([.set(id, field: "answer", .text("declined"))], now, transaction)
  }

  /// An edit as it goes out now: a change of the same chain that was taken before it is named as it is here; one that was
  /// not is passed over, down to what it had superseded.
  private func followed(_ edit: Edit, in space: SpaceID, _ transaction: any StoreTransaction) throws -> Edit {
    var renamed: [Dot: Dot] = [:]
    var given: [Dot: [Edit]] = [:]
    for other in try Directory(transaction).heldWork() {
      guard case .change(let change) = other.content, change.header.space == space else { continue }
      if let dot = try Directory(transaction).dot(ofTaken: other.id) {
        renamed[change.dot] = dot
      } else if try transaction.row(of: change.dot, in: space)?.entry.digest != change.digest {
        given[change.dot] = change.edits
      }
    }
    let known = edit.reading(past: given).renaming(renamed)
    return try known.naming { dot in
      try (transaction.tip(of: dot.replica, in: space)?.sequence ?? 0) >= dot.sequence
    }
  }
}

/// Why nothing could be decided.
package enum HeldWorkError: Error, Equatable, Sendable {
  /// It was decided before.
  case isAnswered
  /// It is half-written words: there is nothing to put anywhere.
  case isNoChange
  /// The space is gone.
  case noSuchSpace
}

extension Directory {
  /// What is held, oldest first, decided or not.
  package func heldWork() throws -> [HeldWork] {
    guard let space = try control() else { return [] }
    var ids: [RecordID] = []
    try reader.forEachRecord(in: space.id, kind: ControlRules.held) { record, _ in ids.append(record) }
    return try ids.compactMap { try heldWork($0) }.sorted {
      ($0.received.milliseconds, $0.order, $0.id) < ($1.received.milliseconds, $1.order, $1.id)
    }
  }

  private func heldWork(_ id: RecordID) throws -> HeldWork? {
    guard let fields = try fields(id), let member = fields["member"].flatMap(MemberID.init(link:)),
      let received = fields["received"].flatMap(Timestamp.init(value:)), case .text(let reason)? = fields["reason"]
    else { return nil }
    let content: HeldWork.Content
    switch (fields["header"], fields["body"], fields["words"]) {
    case (.bytes(let header)?, .bytes(let body)?, nil):
      do {
        content = .change(try Change(headerBytes: header, bodyBytes: body))
      } catch { throw StoreError.corrupt("held work \(id): \(error)") }
    case (nil, nil, .text(let words)?): content = .words(words)
    default: throw StoreError.corrupt("held work \(id)")
    }
    let answer: String? = if case .text(let text)? = fields["answer"] { text } else { nil }
    return HeldWork(
      id: id, member: member, received: received, reason: RefusalReason(rawValue: reason), content: content,
      answer: answer)
  }

  fileprivate func heldCount(of device: PublicKey) throws -> Int {
    guard let space = try control() else { return 0 }
    var count = 0
    try reader.forEachRecord(in: space.id, kind: ControlRules.held) { record, _ in
      if try fields(record)?["device"] == .text(device.description) { count += 1 }
    }
    return count
  }

  fileprivate func dot(ofTaken id: RecordID) throws -> Dot? {
    guard case .text(let text)? = try fields(id)?["dot"] else { return nil }
    let parts = text.split(separator: "/")
    guard parts.count == 2, let replica = ReplicaID(String(parts[0])), let sequence = UInt64(parts[1]) else {
      return nil
    }
    return Dot(replica, sequence)
  }
}

extension HeldWork {
  /// The place in its chain, so that what came in one request is listed as it was written.
  fileprivate var order: UInt64 {
    if case .change(let change) = content { change.header.lamport } else { .max }
  }
}
