// Work that came in sealed, because its writer had left the space or its device was taken off. It is nobody's change yet: a
// person decides. Until then, and after, it is a record of the control space, so that it is backed up and never lost.

internal import Cryptography
package import Replication
internal import SyncProtocol

/// One piece of held work.
package struct Proposal: Equatable, Sendable {
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

  /// Per device, the bytes of all it has brought.
  private static let bytesTaken = LocalTable("proposal_bytes", .publicKey, .number)

  // MARK: Taking in

  /// Opens a rescue and keeps what is in it. The same work a second time is kept once; what this hub took in by the common
  /// road not at all, for only the answer had been lost, or the device did not know what a hub put back to a backup has; and
  /// nothing of what is erased here.
  ///
  /// - Returns: Whether it is here now. What cannot be opened, or makes no sense, is not: it stays with its device.
  static func receive(
    _ sealed: [UInt8], from member: MemberID, device: PublicKey, isRevoked: Bool, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard let opened = try HubIdentity.sealingKey(in: transaction).open(sealed) else { return false }
    let content: Content
    let reason: RefusalReason
    do {
      switch try SealedChange(decoding: opened) {
      case .words(let words): (content, reason) = (.words(words), .left)
      case .change(let header, let body, let why):
        let whole = try Change(headerBytes: header, bodyBytes: body)
        if try whole.isHere(transaction) { return true }
        guard let change = try whole.withoutErased(transaction) else { return true }
        (content, reason) = (.change(change), why)
      }
    } catch is CBORError {
      return false
    } catch is Change.DecodingError {
      return false
    }
    let work = Proposal(
      id: id(of: content, from: device.description), member: member, device: device.description, received: now,
      reason: reason, content: content, answer: nil, hasOwnersYes: false)
    guard try Directory(transaction).fields(work.id) == nil else { return true }
    let bytes = try bytesTaken.value(device, in: transaction) ?? 0
    guard Int(bytes) + opened.count <= Limits.proposalBytesPerDeviceMax else { return false }
    do {
      try work.keep(now: now, transaction)
    } catch is CommitError {
      // Words that no record can hold: too long, or with U+0000 in them.
      return false
    }
    try bytesTaken.set(device, to: bytes + UInt64(opened.count), in: transaction)
    // Of a computer that was taken off its owner is asked first: it may have been in other hands.
    if isRevoked { try questions.set(work.id, of: member, to: (), in: transaction) }
    return true
  }

  private static func id(of content: Content, from device: String) -> RecordID {
    let words: [UInt8] =
      switch content {
      case .change(let change): change.headerBytes + change.bodyBytes
      case .words(let words): Array(words.utf8)
      }
    return RecordID(bytes: Digest(tag: "board.held", Array(device.utf8) + words).bytes.prefix(16))!
  }

  private func keep(now: Timestamp, _ transaction: any StoreTransaction) throws {
    var drafts: [Draft] = [
      .create(id, kind: ControlRules.proposal), .set(id, field: "member", .link(RecordID(member))),
      .set(id, field: "device", .text(device)), .set(id, field: "received", .integer(received.milliseconds)),
      .set(id, field: "reason", .text(reason.rawValue)),
    ]
    switch content {
    case .change(let change):
      drafts += [
        .set(id, field: "header", .bytes(change.headerBytes)), .set(id, field: "body", .bytes(change.bodyBytes)),
      ]
    case .words(let words): drafts.append(.set(id, field: "words", .text(words)))
    }
    if let answer { drafts.append(.set(id, field: "answer", .text(answer))) }
    if hasOwnersYes { drafts.append(.set(id, field: "owner", .text("yes"))) }
    try Directory.commit(drafts, now, bytesMax: 2 * Limits.changeBytesMax, transaction)
  }

  /// Takes what is held of a record that was just erased out of all that is held, decided or not. What the same work says of
  /// other records stays.
  package static func purge(_ key: RecordKey, now: Timestamp, _ transaction: any StoreTransaction) throws {
    for work in try Directory(transaction).proposals() {
      guard case .change(let change) = work.content, change.header.space == key.space,
        change.records.contains(key.record)
      else { continue }
      let dot = try Directory(transaction).dot(ofAccepted: work.id)
      let isAsked = try questions.contains(work.id, of: work.member, in: transaction)
      try questions.set(work.id, of: work.member, to: nil, in: transaction)
      try Directory.commit([.erase(work.id)], now, transaction)
      guard let rest = try change.withoutErased(transaction) else { continue }
      let kept = Proposal(
        id: id(of: .change(rest), from: work.device), member: work.member, device: work.device, received: work.received,
        reason: work.reason, content: .change(rest), answer: work.answer, hasOwnersYes: work.hasOwnersYes)
      try kept.keep(now: now, transaction)
      if let dot { try Directory.commit([.set(kept.id, field: "dot", .text("\(dot)"))], now, transaction) }
      if isAsked { try questions.set(kept.id, of: kept.member, to: (), in: transaction) }
    }
  }
}

extension Change {
  /// Whether this very change is in the log of its space, and was not refused.
  func isHere(_ reader: any StoreReader) throws -> Bool {
    guard let row = try reader.row(of: dot, in: header.space), row.entry.digest == digest else { return false }
    if case .void = row.entry { return false }
    return true
  }

  /// The change without its edits of records that are erased here; `nil` where nothing is left.
  fileprivate func withoutErased(_ transaction: any StoreTransaction) throws -> Change? {
    try Replica(rules: .none, in: transaction).redacted(.change(self)).remainder
  }
}
