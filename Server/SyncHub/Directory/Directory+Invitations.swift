// Invitations: a one-time code, redeemed by one device.

package import Cryptography
package import Replication

/// A fresh invitation: the only moment at which its code can be read.
package struct Invitation: Equatable, Sendable {
  /// The code in groups, as it is read aloud.
  package let code: String
  /// The time from which it can no longer be redeemed.
  package let expires: Timestamp
}

/// The person for whom an invitation is.
package struct Invitee: Equatable, Sendable {
  package let member: MemberID
  package let name: String

  /// Somebody the directory knows.
  package init(_ principal: Principal) {
    member = principal.member
    name = principal.name
  }

  /// Somebody the directory does not know. Others may be called the same.
  ///
  /// The id follows from the hub, the name and a number, so that a member whom a restored hub has lost is the same member
  /// when invited again, and their unsent work is still theirs.
  package init(newPersonNamed name: String, in reader: any StoreReader) throws {
    let hub = try HubIdentity.identity(in: reader).hub
    func member(_ number: Int) -> MemberID {
      MemberID(RecordID.fixed(kind: "member", key: "\(hub)/\(number)/\(name)"))
    }
    var number = 1
    while try Directory(reader).principal(member(number)) != nil { number += 1 }
    self.member = member(number)
    self.name = name
  }
}

extension Directory {
  /// The time within which a code may be redeemed.
  package static let codeLifetimeMilliseconds: Int64 = 30 * 60 * 1000
  /// The number of wrong tries after which a code is void.
  package static let triesMax = 5

  /// Adds a member, or gives one the role and further spaces, and makes a code for one device.
  package static func invite(
    _ invitee: Invitee, role: String, spaces: [SpaceID], now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Invitation {
    let record = RecordID(invitee.member)
    let code = try unusedCode(transaction)
    let expires = Timestamp(milliseconds: now.milliseconds + codeLifetimeMilliseconds)
    let invite = invitationRecord(code)
    var drafts: [Draft] = [.create(record, kind: ControlRules.member)]
    drafts += [.set(record, field: "name", .text(invitee.name)), .set(record, field: "role", .text(role))]
    drafts += spaces.flatMap { space -> [Draft] in
      let name = Value.text(space.description)
      return [.add(record, field: "spaces", name), .remove(record, field: "left", name)]
    }
    drafts += [
      .create(invite, kind: ControlRules.invitation), .set(invite, field: "member", .link(record)),
      .set(invite, field: "secret", .text(digest(of: code))),
      .set(invite, field: "expires", .integer(expires.milliseconds)),
    ]
    try commit(drafts, now, transaction)
    try TicketRegister.decide(about: invitee.member, in: transaction)
    for device in try Directory(transaction).devices(of: invitee.member) {
      let shown = try PartnerSpace.received(with: spaces, in: transaction)
      try PendingWipe.end(spaces + shown, of: device.key, in: transaction)
    }
    return Invitation(code: code.text, expires: expires)
  }

  /// A code whose selector no invitation has ever had.
  private static func unusedCode(_ transaction: any StoreTransaction) throws -> InvitationCode {
    guard let space = try Directory(transaction).control() else { throw StoreError.unreadable("this is no hub's data") }
    while true {
      let code = InvitationCode.random()
      if try transaction.record(RecordKey(space, invitationRecord(code))) == nil { return code }
    }
  }

  /// Redeems a code for one device, known by its key from now on. The same device may repeat the request until the code
  /// expires, because the first answer may have been lost.
  ///
  /// A wrong try is counted in the caller's transaction, so the caller must commit it.
  ///
  /// - Parameter isPartner: True for the hub of a partner, which redeems no member's code, as no member's device redeems
  ///   a partner's: whoever types the wrong one has not spent it.
  /// - Returns: `nil` if the code does not exist, was redeemed by another device, has expired, or was tried too often.
  /// - Throws: ``DirectoryError/keyTaken``, ``DirectoryError/deviceRevoked``; nothing is written then.
  package static func join(
    code text: String, key: PublicKey, isPartner: Bool = false, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Principal? {
    let directory = Directory(transaction)
    guard let code = InvitationCode(text), let invite = try directory.fields(invitationRecord(code)),
      case .integer(let expires)? = invite["expires"], now.milliseconds < expires,
      let member = invite["member"].flatMap(MemberID.init(link:)), let principal = try directory.principal(member)
    else { return nil }
    let tries: Int64 = if case .integer(let count)? = invite["tries"] { count } else { 0 }
    guard tries < triesMax else { return nil }
    guard invite["secret"] == .text(digest(of: code)) else {
      try commit([.count(invitationRecord(code), field: "tries", 1)], now, transaction)
      return nil
    }
    guard (principal.role == Partner.role) == isPartner else { return nil }
    if case .text(let first)? = invite["spent_by"], first != key.description { return nil }
    let known = try directory.fields(deviceRecord(key))
    if let known, Revocation(known) != nil { throw DirectoryError.deviceRevoked }
    let enrolled = known?["member"].flatMap(MemberID.init(link:))
    guard enrolled == nil || enrolled == member else { throw DirectoryError.keyTaken }

    let device = deviceRecord(key)
    let drafts: [Draft] = [
      .set(invitationRecord(code), field: "spent_by", .text(key.description)),
      .create(device, kind: ControlRules.device),
      .set(device, field: "member", .link(RecordID(member))),
      .set(device, field: "key", .text(key.description)),
    ]
    try commit(drafts, now, transaction)
    return principal
  }

  private static func invitationRecord(_ code: InvitationCode) -> RecordID {
    RecordID(prefixOf: Digest(tag: "board.invitation", Array(code.selector.utf8)))
  }

  /// The digest of a code's secret: what is stored cannot be redeemed.
  private static func digest(of code: InvitationCode) -> String {
    Digest(tag: "board.code", Array(code.secret.utf8)).description
  }
}
