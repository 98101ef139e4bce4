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
  /// Whether its writer has said yes to it, but it could not be put in its place by that alone.
  package let hasOwnersYes: Bool

  // MARK: Taking in

  /// Opens a rescue and keeps what is in it. The same work a second time is kept once.
  ///
  /// - Returns: Whether it is held here now. What cannot be opened, or makes no sense, is not: it stays with its device.
  static func hold(
    _ sealed: [UInt8], from member: MemberID, device: PublicKey, isTakenOff: Bool, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard let opened = try HubLife.sealingKey(in: transaction).open(sealed),
      let rescue = try? Rescue(decoding: opened)
    else { return false }
    let directory = Directory(transaction)
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
    // Of a computer that was taken off its owner is asked first: it may have been in other hands.
    if isTakenOff { try transaction.set(ask(member, record), to: []) }
    return true
  }

  // MARK: Asking its owner

  private static let asks = "held-ask/"
  private static func ask(_ member: MemberID, _ id: RecordID) -> String { "\(asks)\(member)/\(id)" }

  /// What a member is to be asked about. Costs nothing where there is nothing.
  private static func asked(of member: MemberID, in reader: any StoreReader) throws -> [HeldWork] {
    let start = "\(asks)\(member)/"
    return try reader.settings(startingWith: start).keys.sorted().compactMap { name in
      try RecordID(String(name.dropFirst(start.count))).flatMap { try Directory(reader).heldWork($0) }
    }.filter { $0.answer == nil }
  }

  /// What to tell a member's device: what they are newly asked about, as much as goes into one answer, and what they are
  /// not asked about any more.
  ///
  /// - Parameter known: What the device was told of.
  static func notices(for member: MemberID, known: Set<RecordID>, in reader: any StoreReader) throws -> [Notice] {
    let asked = try asked(of: member, in: reader)
    var bytesLeft = Limits.offerBytesMax
    let news = asked.filter { !known.contains($0.id) }.prefix { work in
      defer { bytesLeft -= work.rescue.encoded.count }
      return bytesLeft > 0
    }
    return news.map { .held($0.id, $0.rescue) }
      + known.subtracting(asked.map(\.id)).sorted().map { .settled($0) }
  }

  private var rescue: Rescue {
    switch content {
    case .change(let change): Rescue(change, reason)
    case .words(let words): .words(words)
    }
  }

  /// Heeds a member's yes or no to work of theirs. What their yes alone cannot put in its place waits for an administrator.
  static func heed(
    _ isYes: Bool, to id: RecordID, by visitor: Visitor, rules: RuleBook, policy: any HubPolicy, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws {
    guard try transaction.setting(ask(visitor.member, id)) != nil else { return }
    try transaction.set(ask(visitor.member, id), to: nil)
    guard let work = try Directory(transaction).heldWork(id), work.answer == nil else { return }
    guard isYes, case .change(let change) = work.content else { return try work.decline(now: now, transaction) }
    let mayWrite =
      try change.header.author == visitor.member && visitor.spaces.contains(change.header.space)
      && policy.refusal(of: change, by: visitor, transaction) == nil
    if mayWrite, try work.take(rules: rules, now: now, transaction) == nil { return }
    try Directory.commit([.set(id, field: "owner", .text("yes"))], now, transaction)
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
    try Directory.commit(
      [
        .set(id, field: "answer", .text("taken")), .set(id, field: "dot", .text("\(taken.dot)")),
      ], now, transaction)
    return nil
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

  func heldWork(_ id: RecordID) throws -> HeldWork? {
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
      answer: answer, hasOwnersYes: fields["owner"] == .text("yes"))
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
