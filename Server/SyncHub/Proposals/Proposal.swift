// Work that arrived sealed, because its author had left the space or its device was revoked. It is not a change yet: a
// person decides. Until then, and afterwards, it is a record of the control space, so that it is backed up and never
// lost.

internal import Cryptography
package import Replication
internal import SyncProtocol

/// One piece of sealed work, opened, with the decision on it.
package struct Proposal: Equatable, Sendable {
  /// The work itself.
  package enum Content: Equatable, Sendable {
    case change(Change)
    /// Words that had not become a change yet.
    case words(String)
  }

  /// The id of its control record, derived from device and content, so that repeated deliveries coincide.
  package let id: RecordID
  /// The member whose device brought it.
  package let member: MemberID
  /// The key of that device, as text.
  let device: String
  /// The hub's time of the first delivery.
  package let received: Timestamp
  /// The reason it could not be synced as usual.
  package let reason: RefusalReason
  package let content: Content
  /// The decision: `taken` or `declined`; `nil` while it waits.
  package let answer: String?
  /// True if its author has said yes, but that alone could not get it applied.
  package let hasOwnersYes: Bool

  /// The sealed work that a device has brought, in all.
  fileprivate struct Brought {
    var count: UInt64 = 0
    var bytes: UInt64 = 0
  }

  private static let brought = LocalTable("hub/sealed_brought", .publicKey, .brought)
  private static let fromAll = LocalKey("hub/sealed_from_all", .presence)
  /// The members who have a reason to bring sealed work: they left a space once, or a device of theirs was revoked. Such
  /// work may come long afterwards, from another device, when they are members again.
  private static let senders = LocalTable("hub/sealed_sender", .id() as LocalCoding<MemberID>, .presence)

  // MARK: Taking in

  /// Lets a member who left a space, or a device of whom was revoked, bring sealed work from now on.
  static func expect(from member: MemberID, in transaction: any StoreTransaction) throws {
    try senders.set(member, to: (), in: transaction)
  }

  /// Lets every member bring sealed work from now on: a hub that has gone back may have forgotten who has a reason to.
  static func expectFromAll(in transaction: any StoreTransaction) throws { try transaction.set(fromAll, to: ()) }

  private static func isExpected(from member: MemberID, in reader: any StoreReader) throws -> Bool {
    try senders.contains(member, in: reader) || reader.value(of: fromAll) != nil
  }

  /// Opens a sealed change and stores its content.
  ///
  /// The same work is stored once, however often it is brought. Work this hub has accepted directly is not stored
  /// again: only the answer had been lost, or the device did not know what a restored hub has. Edits of records that
  /// are erased here, or by the ledger, are dropped.
  ///
  /// - Returns: True if the device need not keep it any longer. False if it cannot be opened, decoded or stored, its member
  ///   has no reason to seal anything, or the device exceeds ``Limits/proposalBytesPerDeviceMax`` or
  ///   ``Limits/proposalsPerDeviceMax``: it stays on its device.
  static func receive(
    _ sealed: [UInt8], from member: MemberID, device: PublicKey, isRevoked: Bool, ledger: Ledger, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard try isRevoked || isExpected(from: member, in: transaction) else { return false }
    guard let opened = try HubIdentity.sealingKey(in: transaction).open(sealed) else { return false }
    let content: Content
    let reason: RefusalReason
    do {
      switch try SealedChange(decoding: opened) {
      case .words(let words): (content, reason) = (.words(words), .left)
      case .change(let header, let body, let why):
        let whole = try Change(headerBytes: header, bodyBytes: body)
        if try whole.isHere(transaction) { return true }
        let known = ledger.redacted(.change(whole)).remainder
        guard let change = try known?.withoutErased(transaction) else { return true }
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
    var taken = try brought.value(device, in: transaction) ?? Brought()
    taken.count += 1
    taken.bytes += UInt64(opened.count)
    guard taken.count <= Limits.proposalsPerDeviceMax, taken.bytes <= Limits.proposalBytesPerDeviceMax else {
      return false
    }
    do {
      try work.keep(now: now, transaction)
    } catch is CommitError {
      // Words that no record can hold: too long, or with U+0000 in them.
      return false
    }
    try brought.set(device, to: taken, in: transaction)
    // The device may have been in other hands, so its owner is asked first.
    if isRevoked { try questions.set(work.id, of: member, to: (), in: transaction) }
    return true
  }

  private static func id(of content: Content, from device: String) -> RecordID {
    let words: [UInt8] =
      switch content {
      case .change(let change): change.headerBytes + change.bodyBytes
      case .words(let words): Array(words.utf8)
      }
    return RecordID(prefixOf: Digest(tag: "board.held", Array(device.utf8) + words))
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
    try setIndexed(true, in: transaction)
  }

  /// Removes what proposals, decided or not, hold of a record that was just erased. Their edits of other records stay.
  /// Costs a scan of all proposals.
  package static func purge(_ key: RecordKey, now: Timestamp, _ transaction: any StoreTransaction) throws {
    for work in try Directory(transaction).proposals() {
      guard case .change(let change) = work.content, change.header.space == key.space,
        change.records.contains(key.record)
      else { continue }
      let dot = try Directory(transaction).dot(ofAccepted: work.id)
      let isAsked = try questions.contains(work.id, of: work.member, in: transaction)
      try questions.set(work.id, of: work.member, to: nil, in: transaction)
      try Directory.commit([.erase(work.id)], now, transaction)
      try work.setIndexed(false, in: transaction)
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

extension LocalCoding<Proposal.Brought> {
  fileprivate static var brought: LocalCoding {
    .cbor { brought, writer in
      writer.array(2)
      writer.unsigned(brought.count)
      writer.unsigned(brought.bytes)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 2 else { throw .type }
      return Proposal.Brought(count: try reader.unsigned(), bytes: try reader.unsigned())
    }
  }
}

extension Change {
  /// Tests whether this very change is in the log of its space, and was not refused.
  func isHere(_ reader: any StoreReader) throws -> Bool {
    guard let row = try reader.row(of: dot, in: header.space), row.entry.digest == digest else { return false }
    if case .void = row.entry { return false }
    return true
  }

  /// The change without its edits of records that are erased here; `nil` if none remain.
  fileprivate func withoutErased(_ transaction: any StoreTransaction) throws -> Change? {
    try Replica(rules: .none, in: transaction).redacted(.change(self)).remainder
  }
}
