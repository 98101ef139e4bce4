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
  /// Whose device brought it, and which.
  package let member: MemberID
  let device: String
  package let received: Timestamp
  /// Why it could not go the common road.
  package let reason: RefusalReason
  package let content: Content
  /// What a person has said: `taken` or `declined`; `nil` while it waits.
  package let answer: String?
  /// Whether its writer has said yes to it, but it could not be put in its place by that alone.
  package let hasOwnersYes: Bool

  // MARK: Taking in

  /// Opens a rescue and keeps what is in it. The same work a second time is kept once, and what this hub took in by the
  /// common road not at all: only the answer had been lost, or the device did not know what a hub put back to a backup has.
  ///
  /// - Returns: Whether it is here now. What cannot be opened, or makes no sense, is not: it stays with its device.
  static func hold(
    _ sealed: [UInt8], from member: MemberID, device: PublicKey, isTakenOff: Bool, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard let opened = try HubLife.sealingKey(in: transaction).open(sealed),
      let rescue = try? Rescue(decoding: opened)
    else { return false }
    let record = RecordID(bytes: Digest(tag: "board.held", device.bytes + opened).bytes.prefix(16))!
    if try Directory(transaction).fields(record) != nil { return true }
    let size = "held-bytes/\(device)"
    let held = try transaction.setting(size)?.reduce(0) { $0 << 8 | Int($1) } ?? 0
    guard held + opened.count <= Limits.heldBytesPerDeviceMax else { return false }
    var drafts: [Draft] = [
      .create(record, kind: ControlRules.held), .set(record, field: "member", .link(RecordID(bytes: member.bytes)!)),
      .set(record, field: "device", .text(device.description)),
      .set(record, field: "received", .integer(now.milliseconds)),
    ]
    switch rescue {
    case .change(let header, let body, let reason):
      guard let change = try? Change(headerBytes: header, bodyBytes: body) else { return false }
      // It was taken in, and the answer was lost; or what it says is erased.
      if try change.isHere(transaction) { return true }
      let isErased = try change.records.contains {
        try transaction.record(RecordKey(change.header.space, $0))?.isErased == true
      }
      if isErased { return true }
      drafts += [
        .set(record, field: "reason", .text(reason.rawValue)), .set(record, field: "header", .bytes(header)),
        .set(record, field: "body", .bytes(body)),
      ]
    case .words(let words):
      drafts += [
        .set(record, field: "reason", .text(RefusalReason.left.rawValue)), .set(record, field: "words", .text(words)),
      ]
    }
    try Directory.commit(drafts, now, bytesMax: 2 * Limits.changeBytesMax, transaction)
    try transaction.set(size, to: (0..<8).map { UInt8(truncatingIfNeeded: (held + opened.count) >> (56 - 8 * $0)) })
    // Of a computer that was taken off its owner is asked first: it may have been in other hands.
    if isTakenOff { try transaction.set(ask(member, record), to: []) }
    return true
  }

  /// Erases what is held of a record that is erased, decided or not.
  package static func forget(_ key: RecordKey, now: Timestamp, _ transaction: any StoreTransaction) throws {
    for work in try Directory(transaction).heldWork() {
      guard case .change(let change) = work.content, change.header.space == key.space,
        change.records.contains(key.record)
      else { continue }
      try Directory.commit([.erase(work.id)], now, transaction)
    }
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
      try change.header.author == work.member && visitor.spaces.contains(change.header.space)
      && policy.refusal(of: change, by: visitor, transaction) == nil
    if mayWrite, try work.take(rules: rules, now: now, transaction) == nil { return }
    try Directory.commit([.set(id, field: "owner", .text("yes"))], now, transaction)
  }

  // MARK: Deciding

  /// Puts held work where it was meant to go, as a change of this hub's in its writer's name. It supersedes what its writer
  /// was looking at and nothing newer, so that where others have written since, a person is asked.
  ///
  /// - Parameter isUnprovedTaken: Whether a person stands for it that it is its author's, where somebody else brought it.
  /// - Returns: Why the model does not allow it, or `nil` where it is done.
  /// - Throws: ``HeldWorkError``.
  package func take(
    isUnprovedTaken: Bool = false, rules: RuleBook, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    guard answer == nil else { throw HeldWorkError.isAnswered }
    guard case .change(let change) = content else { throw HeldWorkError.isNoChange }
    guard change.header.author == member || isUnprovedTaken && change.header.author.owner != .centre else {
      throw HeldWorkError.notProved
    }
    let space = change.header.space
    guard let row = try transaction.space(space) else { throw HeldWorkError.noSuchSpace }
    if let dot = try dotOfTheSame(change, transaction) {
      try answer("taken", as: dot, now, transaction)
      return nil
    }
    // Only the Centre erases, and it does so itself.
    guard !change.edits.contains(where: \.isErasure) else { return .notAllowed }
    let edits = try followed(change.edits, in: space, transaction)
    let replica = Replica(rules: rules)
    for edit in edits {
      let before = try transaction.record(RecordKey(space, edit.record))
      if before == nil, !rules.mayBegin(edit.kind, inSpaceNamed: row.name) { return .wrongSpace }
      guard edits.allSatisfy({ $0.record != edit.record || $0.kind == edit.kind }) else { return .wrongKind }
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
    if try change.isHere(transaction) { return change.dot }
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

  /// Edits as they go out now: a change of the same computer that was taken before is named as it is here; one that was not
  /// is passed over, down to what it had superseded.
  private func followed(
    _ edits: [Edit], in space: SpaceID, _ transaction: any StoreTransaction
  ) throws -> [Edit] {
    var renamed: [Dot: Dot] = [:]
    var given: [Dot: [Edit]] = [:]
    // Only what the same computer brought, for it says what its own earlier words were and nobody else's.
    for other in try Directory(transaction).heldWork() where other.device == device && other.id != id {
      guard case .change(let change) = other.content, change.header.space == space else { continue }
      if let dot = try Directory(transaction).dot(ofTaken: other.id) {
        renamed[change.dot] = dot
      } else if try !change.isHere(transaction) {
        given[change.dot] = change.edits
      }
    }
    return try edits.map { edit in
      try edit.reading(past: given).renaming(renamed).naming { dot in
        try (transaction.tip(of: dot.replica, in: space)?.sequence ?? 0) >= dot.sequence
      }
    }
  }
}

extension Change {
  /// Whether this very change is in the log of its space, and was not refused.
  fileprivate func isHere(_ reader: any StoreReader) throws -> Bool {
    guard let row = try reader.row(of: dot, in: header.space), row.entry.digest == digest else { return false }
    if case .void = row.entry { return false }
    return true
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
  /// It is written in another's name than its bringer's, and nobody stands for that.
  case notProved
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
      let received = fields["received"].flatMap(Timestamp.init(value:)), case .text(let reason)? = fields["reason"],
      case .text(let device)? = fields["device"]
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
      id: id, member: member, device: device, received: received, reason: RefusalReason(rawValue: reason),
      content: content,
      answer: answer, hasOwnersYes: fields["owner"] == .text("yes"))
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
