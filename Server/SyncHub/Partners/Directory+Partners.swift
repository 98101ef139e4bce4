// Partner universities in the directory. A partner's hub visits like a device: it is a member in the role `partner`,
// with one device whose key is the key of that hub.

package import Cryptography
package import Replication
package import SyncProtocol

/// A partner university, as this hub knows it.
package struct Partner: Equatable, Sendable {
  /// The name of the role of every partner.
  package static let role = "partner"

  /// The partner, as a member.
  package let member: MemberID
  package let name: String
  /// The partner's hub; `nil` until it has joined.
  package let hub: PartnerHub?
}

/// The hub of a partner.
package struct PartnerHub: Equatable, Sendable {
  package let id: HubID
  package let keys: HubKeys
  /// The address at which this hub dials the partner's; `nil` if the partner's dials this one.
  package let address: String?
  /// The only root certificates to trust at the address, in PEM; `nil` for those that the system trusts.
  package let trustRoots: String?

  package init(id: HubID, keys: HubKeys, address: String?, trustRoots: String?) {
    self.id = id
    self.keys = keys
    self.address = address
    self.trustRoots = trustRoots
  }
}

extension Directory {
  /// Every partner, sorted by name.
  package func partners() throws -> [Partner] {
    try members().filter { $0.role == Partner.role }.map(partner)
  }

  /// The partner of a name or id; `nil` if there is none.
  package func partner(called word: String) throws -> Partner? {
    try members(called: word).first { $0.role == Partner.role }.map(partner)
  }

  /// The partner whose hub has this key; `nil` if none does.
  package func partner(key: PublicKey) throws -> Partner? {
    guard let member = try owner(of: key), let principal = try principal(member), principal.role == Partner.role
    else { return nil }
    return try partner(principal)
  }

  private func partner(_ principal: Principal) throws -> Partner {
    Partner(
      member: principal.member, name: principal.name,
      hub: try fields(Self.partnerRecord(principal.member)).flatMap(PartnerHub.init))
  }

  /// Makes a one-time code with which a partner's hub joins. Its link space comes once the hub's key is known.
  package static func invite(
    partnerNamed name: String, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Invitation {
    let known = try Directory(transaction).partner(called: name)
    let invitee =
      try known.map { Invitee(try Directory(transaction).principal($0.member)!) }
      ?? Invitee(newPersonNamed: name, in: transaction)
    return try invite(invitee, role: Partner.role, spaces: [], now: now, transaction)
  }

  /// Makes a partner's hub known: enrols its key, if it is not, and gives it our link space.
  ///
  /// - Returns: The partner as it is now.
  /// - Throws: ``DirectoryError/keyTaken`` if the member has another hub already, or the hub is another member's.
  package static func setHub(
    _ hub: PartnerHub, of member: MemberID, named name: String, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Partner {
    let directory = Directory(transaction)
    let known = try directory.fields(partnerRecord(member)).flatMap(PartnerHub.init)
    let owner = try directory.owner(of: hub.keys.signing)
    // A hub's id and its key are one hub's: nobody is another partner, or this hub itself.
    let home = try HubIdentity.identity(in: transaction).hub
    let isTaken =
      try hub.id == home
      || directory.partners().contains { $0.member != member && $0.hub?.id == hub.id }
    guard !isTaken, known.map({ $0.id == hub.id && $0.keys == hub.keys }) ?? true, owner.map({ $0 == member }) ?? true
    else {
      throw DirectoryError.keyTaken
    }
    let link = PartnerSpace.link(from: home, to: hub.keys.signing)
    try PartnerSpace.begin(.link(member), as: link, named: "partner:\(name)", in: transaction)
    let (person, record) = (RecordID(member), partnerRecord(member))
    let device = deviceRecord(hub.keys.signing)
    var drafts: [Draft] = [
      .create(person, kind: ControlRules.member), .set(person, field: "name", .text(name)),
      .set(person, field: "role", .text(Partner.role)), .add(person, field: "spaces", .text(link.description)),
      .create(record, kind: ControlRules.partner), .set(record, field: "hub", .text(hub.id.description)),
      .set(record, field: "signing", .text(hub.keys.signing.description)),
      .set(record, field: "sealing", .text(hex(hub.keys.sealing.bytes))),
    ]
    drafts += [("address", hub.address), ("roots", hub.trustRoots)].map { field, text in
      .set(record, field: field, text.map { .text($0) } ?? .null)
    }
    if owner == nil {
      drafts += [
        .create(device, kind: ControlRules.device), .set(device, field: "member", .link(person)),
        .set(device, field: "key", .text(hub.keys.signing.description)),
      ]
    }
    try commit(drafts, now, transaction)
    return Partner(member: member, name: name, hub: hub)
  }

  /// Gives or takes away a partner's reading of a space.
  package static func setReading(
    _ isReading: Bool, of space: SpaceID, by partner: MemberID, now: Timestamp, _ ledger: LedgerKeeper,
    _ transaction: any StoreTransaction
  ) throws {
    let record = RecordID(partner)
    guard isReading else {
      try ledger.enter([.left(partner, space, now)], in: transaction)
      _ = try leave(space, member: partner, now: now, transaction)
      return
    }
    if ledger.ledger.spacesLeft(by: partner).contains(space) {
      try ledger.enter([.readmitted(partner, space, now)], in: transaction)
    }
    let name = Value.text(space.description)
    try commit(
      [.add(record, field: "spaces", name), .remove(record, field: "left", name)], now, transaction)
    for device in try Directory(transaction).devices(of: partner) {
      try PendingWipe.end([space], of: device.key, in: transaction)
    }
  }

  /// Closes a space that an agreement had brought: it goes from this hub, and every computer of its readers is expected to
  /// clear it.
  ///
  /// - Returns: The number of those computers.
  package static func closeReceived(_ space: SpaceID, _ transaction: any StoreTransaction) throws -> Int {
    guard
      case .received(let partner, let agreement, let shownWith, false)? = try PartnerSpace.part(
        of: space, in: transaction)
    else { return 0 }
    let readers = try Directory(transaction).members().filter { $0.received.contains(space) }
    let devices = try Directory(transaction).devices().filter { device in
      device.revocation == nil && readers.contains { $0.member == device.member }
    }
    try PendingWipe.expect(space, from: devices, in: transaction)
    try transaction.removeSpace(space)
    try transaction.didErase()
    try PartnerSpace.close(
      .received(partner, agreement: agreement, shownWith: shownWith, isClosed: true), space, in: transaction)
    return devices.count
  }

  /// The number of computers that may still hold a space which their readers may not read any more.
  package func devicesYetToClear(_ space: SpaceID) throws -> Int {
    try devices().filter { try $0.revocation == nil && PendingWipe.spaces(of: $0, in: reader).contains(space) }.count
  }

  private static func partnerRecord(_ member: MemberID) -> RecordID {
    RecordID(prefixOf: Digest(tag: "board.partner", member.bytes))
  }
}

extension PartnerHub {
  /// Reads what the directory holds of a partner's hub; `nil` if it is no such record.
  fileprivate init?(_ fields: [String: Value]) {
    func text(_ field: String) -> String? { if case .text(let text)? = fields[field] { text } else { nil } }
    guard let id = text("hub").flatMap({ HubID($0) }), let signing = text("signing").flatMap({ PublicKey($0) }),
      let sealing = text("sealing").flatMap({ bytes(ofHex: $0) }).flatMap({ SealingPublicKey(bytes: $0) })
    else { return nil }
    self.init(
      id: id, keys: HubKeys(signing: signing, sealing: sealing), address: text("address"), trustRoots: text("roots"))
  }
}
