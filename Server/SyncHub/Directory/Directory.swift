// Members, devices and invitations: records of a control space that only the hub writes and no device reads. They are
// ordinary records, so they are logged, backed up and recovered like everything else.

package import Cryptography
package import Replication

/// A fresh invitation: the only moment at which its code can be read.
package struct Invitation: Equatable, Sendable {
  /// The code in groups, as it is read aloud.
  package let code: String
  /// The time from which it can no longer be redeemed.
  package let expires: Timestamp
}

/// A computer that has joined, known by its key.
package struct Device: Equatable, Sendable {
  package let key: PublicKey
  package let member: MemberID
  package let memberName: String
  /// The time and reason of its revocation; `nil` while it may sync.
  package let revocation: Revocation?
  /// The time at which it reported that nothing is left on it; `nil` while its copy may still exist.
  package let cleared: Timestamp?
  /// Its last contact; `nil` if it never made one, or none since the hub went back to a backup.
  package let lastContact: LastContact?
}

/// A device's report of itself at its last contact.
package struct LastContact: Equatable, Sendable {
  package let time: Timestamp
  /// The number of changes still unsent after that contact.
  package let unsent: UInt64
}

/// The withdrawal of a device's access, for good.
package struct Revocation: Equatable, Sendable {
  package let time: Timestamp
  package let reason: String
}

/// The rejection of a code or a device.
package enum DirectoryError: Error, Equatable, Sendable {
  /// The code does not exist, has expired, was redeemed, or was tried too often.
  case codeUnknown
  /// The device's replica id, or its key, belongs to another member.
  case replicaTaken
  /// No device of this hub has this key.
  case deviceUnknown
  /// An administrator revoked this device.
  case deviceRevoked
}

/// The hub's directory, over a store's transaction or snapshot.
package struct Directory {
  /// The label of the control space; devices never see it.
  package static let spaceName = "control"
  /// The time within which a code may be redeemed.
  package static let codeLifetimeMilliseconds: Int64 = 30 * 60 * 1000
  /// The number of wrong tries after which a code is void.
  package static let triesMax = 5

  let reader: any StoreReader

  package init(_ reader: any StoreReader) {
    self.reader = reader
  }

  // MARK: Queries

  /// The control space; `nil` before ``begin(in:)``. Costs a scan of the spaces.
  func control() throws -> Space? {
    try reader.spaces().first { $0.name == Self.spaceName }
  }

  /// The shown fields of a control record; `nil` if it is missing or deleted.
  func fields(_ record: RecordID) throws -> [String: Value]? {
    guard let space = try control(), let state = try reader.record(RecordKey(space.id, record)), state.isStanding
    else { return nil }
    return state.shownFields(by: ControlRules.book)
  }

  /// The owner of a replica id; `nil` for one unknown to this hub, and for the hub's own.
  package func owner(of replica: ReplicaID) throws -> MemberID? {
    if try ReplicaIdentity(reader).owns(replica) { return nil }
    return try fields(Self.replicaRecord(replica))?["member"].flatMap(MemberID.init(link:))
  }

  /// Tests whether this hub ever enrolled a device with this key, revoked or not.
  package func isEnrolled(_ key: PublicKey) throws -> Bool { try fields(Self.deviceRecord(key)) != nil }

  /// The member whose device joined with this key, revoked or not; `nil` if none did.
  func member(ofEnrolled key: PublicKey) throws -> MemberID? {
    try fields(Self.deviceRecord(key))?["member"].flatMap(MemberID.init(link:))
  }

  /// The member whose device has this key; `nil` for an unknown or revoked one.
  func owner(of key: PublicKey) throws -> MemberID? {
    guard let device = try fields(Self.deviceRecord(key)), Revocation(device) == nil else { return nil }
    return device["member"].flatMap(MemberID.init(link:))
  }

  /// The principal whose device has this key.
  ///
  /// - Throws: ``DirectoryError/deviceUnknown``, ``DirectoryError/deviceRevoked``.
  package func principal(key: PublicKey) throws -> Principal {
    let (principal, revocation) = try enrolment(of: key)
    guard revocation == nil else { throw DirectoryError.deviceRevoked }
    return principal
  }

  /// The principal and the revocation, if any, of the device with this key.
  ///
  /// - Throws: ``DirectoryError/deviceUnknown``.
  func enrolment(of key: PublicKey) throws -> (principal: Principal, revocation: Revocation?) {
    guard let device = try fields(Self.deviceRecord(key)), let member = device["member"].flatMap(MemberID.init(link:)),
      let principal = try principal(member)
    else { throw DirectoryError.deviceUnknown }
    return (principal, Revocation(device))
  }

  /// The principal for a member; `nil` if there is no such member.
  package func principal(_ member: MemberID) throws -> Principal? {
    guard let fields = try fields(RecordID(member)), case .text(let name)? = fields["name"],
      case .text(let role)? = fields["role"]
    else { return nil }
    func spaces(_ field: String) -> Set<SpaceID> {
      guard case .list(let texts)? = fields[field] else { return [] }
      return Set(texts.compactMap { if case .text(let text) = $0 { SpaceID(text) } else { nil } })
    }
    return Principal(member: member, name: name, role: role, spaces: spaces("spaces"), left: spaces("left"))
  }

  /// Every member, sorted by name. Costs a scan of the control space's members.
  package func members() throws -> [Principal] {
    guard let space = try control() else { return [] }
    var members: [MemberID] = []
    try reader.forEachRecord(in: space.id, kind: ControlRules.member) { record, _ in
      members.append(MemberID(bytes: record.bytes)!)
    }
    return try members.compactMap { try principal($0) }.sorted { $0.name < $1.name }
  }

  /// Every device that has joined, sorted by member. Costs a scan of all devices, with a few lookups for each.
  package func devices() throws -> [Device] {
    guard let space = try control() else { return [] }
    var devices: [Device] = []
    try reader.forEachRecord(in: space.id, kind: ControlRules.device) { record, _ in
      guard let fields = try fields(record), case .text(let text)? = fields["key"], let key = PublicKey(text),
        let member = fields["member"].flatMap(MemberID.init(link:)), let principal = try principal(member)
      else { return }
      devices.append(
        Device(
          key: key, member: member, memberName: principal.name, revocation: Revocation(fields),
          cleared: fields["cleared"].flatMap(Timestamp.init(value:)),
          lastContact: try LastContact.last(of: key, in: reader)))
    }
    return devices.sorted { ($0.memberName, $0.key.description) < ($1.memberName, $1.key.description) }
  }

  /// The devices of one member. Costs as much as ``devices()``.
  package func devices(of member: MemberID) throws -> [Device] {
    try devices().filter { $0.member == member }
  }

  // MARK: Commands, on a transaction

  /// Creates the control space of a fresh hub.
  package static func begin(in transaction: any StoreTransaction) throws {
    guard try Directory(transaction).control() == nil else { return }
    try transaction.put(Space(id: .random(), name: spaceName))
  }

  /// Adds a member, or gives an existing one of the same name the role and further spaces, and makes a code for one
  /// device.
  package static func invite(
    name: String, role: String, spaces: [SpaceID], now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> (member: MemberID, Invitation) {
    let known = try Directory(transaction).members().first { $0.name == name }
    let hub = try HubIdentity.identity(in: transaction).hub
    // The same name at the same hub is the same member, even where a restored hub has lost the invitation.
    let member = known?.member ?? MemberID(bytes: RecordID.fixed(kind: "member", key: "\(hub)/\(name)").bytes)!
    let record = RecordID(member)
    let code = try unusedCode(transaction)
    let expires = Timestamp(milliseconds: now.milliseconds + codeLifetimeMilliseconds)
    let invite = invitationRecord(code)
    var drafts: [Draft] = [.create(record, kind: ControlRules.member)]
    drafts += [.set(record, field: "name", .text(name)), .set(record, field: "role", .text(role))]
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
    for device in try Directory(transaction).devices(of: member) {
      try PendingWipe.end(spaces, of: device.key, in: transaction)
    }
    return (member, Invitation(code: code.text, expires: expires))
  }

  /// A code whose selector no invitation has ever had.
  private static func unusedCode(_ transaction: any StoreTransaction) throws -> InvitationCode {
    guard let space = try Directory(transaction).control() else { throw StoreError.unreadable("this is no hub's data") }
    while true {
      let code = InvitationCode.random()
      if try transaction.record(RecordKey(space.id, invitationRecord(code))) == nil { return code }
    }
  }

  /// Redeems a code for one device, known by its key from now on. The same device may repeat the request until the code
  /// expires, because the first answer may have been lost.
  ///
  /// A wrong try is counted in the caller's transaction, so the caller must commit it.
  ///
  /// - Returns: `nil` if the code does not exist, was redeemed by another device, has expired, or was tried too often.
  /// - Throws: ``DirectoryError/replicaTaken``, ``DirectoryError/deviceRevoked``; nothing is written then.
  package static func join(
    code text: String, replica: ReplicaID, key: PublicKey, now: Timestamp, _ transaction: any StoreTransaction
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
    if case .text(let first)? = invite["spent_by"], first != key.description { return nil }
    let owner = try directory.owner(of: replica)
    let isOwn = try ReplicaIdentity(transaction).owns(replica)
    let known = try directory.fields(deviceRecord(key))
    if let known, Revocation(known) != nil { throw DirectoryError.deviceRevoked }
    let enrolled = known?["member"].flatMap(MemberID.init(link:))
    guard !isOwn, owner == nil || owner == member, enrolled == nil || enrolled == member else {
      throw DirectoryError.replicaTaken
    }

    let device = deviceRecord(key)
    let drafts: [Draft] = [
      .set(invitationRecord(code), field: "spent_by", .text(key.description)),
      .create(device, kind: ControlRules.device),
      .set(device, field: "member", .link(RecordID(member))),
      .set(device, field: "key", .text(key.description)),
    ]
    try commit(drafts, now, transaction)
    try bind(replica, to: member, now: now, transaction)
    return principal
  }

  /// Revokes one device, for good. The member's other devices are unaffected.
  ///
  /// - Parameter device: The device as the directory lists it in this transaction.
  /// - Returns: The revoked device; one that was revoked before keeps its first revocation.
  package static func revoke(
    _ device: Device, reason: String, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Device {
    guard device.revocation == nil else { return device }
    let record = deviceRecord(device.key)
    let drafts: [Draft] = [
      .set(record, field: "revoked", .integer(now.milliseconds)), .set(record, field: "reason", .text(reason)),
    ]
    try commit(drafts, now, transaction)
    return Device(
      key: device.key, member: device.member, memberName: device.memberName,
      revocation: Revocation(time: now, reason: reason), cleared: nil, lastContact: device.lastContact)
  }

  /// Records that nothing is left on a revoked device; later reports are ignored.
  static func setCleared(_ key: PublicKey, now: Timestamp, _ transaction: any StoreTransaction) throws {
    guard try Directory(transaction).fields(deviceRecord(key))?["cleared"] == nil else { return }
    try commit([.set(deviceRecord(key), field: "cleared", .integer(now.milliseconds))], now, transaction)
  }

  /// Ends a member's access to a space. Their devices are told at their next contact; what they had not sent arrives
  /// sealed, as proposals.
  ///
  /// - Returns: False if the member does not read the space.
  package static func leave(
    _ space: SpaceID, member: MemberID, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard let principal = try Directory(transaction).principal(member), principal.spaces.contains(space) else {
      return false
    }
    let record = RecordID(member)
    let name = Value.text(space.description)
    try commit([.remove(record, field: "spaces", name), .add(record, field: "left", name)], now, transaction)
    try PendingWipe.expect(space, from: Directory(transaction).devices(of: member), in: transaction)
    return true
  }

  /// Binds a replica id to a member. The first to write under an id owns it; for an id that is owned, or is the hub's,
  /// this does nothing.
  package static func bind(
    _ replica: ReplicaID, to member: MemberID, now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    let isOwn = try ReplicaIdentity(transaction).owns(replica)
    let owner = try Directory(transaction).owner(of: replica)
    guard !isOwn, owner == nil else { return }
    let record = replicaRecord(replica)
    let drafts: [Draft] = [
      .create(record, kind: ControlRules.replica),
      .set(record, field: "member", .link(RecordID(member))),
    ]
    try commit(drafts, now, transaction)
  }

  /// Commits drafts to the control space, as the hub.
  ///
  /// - Throws: ``CommitError``; ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  static func commit(
    _ drafts: [Draft], _ now: Timestamp, bytesMax: Int = Limits.changeBytesMax, _ transaction: any StoreTransaction
  ) throws {
    guard let space = try Directory(transaction).control() else {
      throw StoreError.unreadable("this is no hub's data")
    }
    _ = try Replica(rules: ControlRules.book, in: transaction).commit(
      drafts, in: space.id, by: .hub, at: now, isAcknowledged: true, bytesMax: bytesMax)
  }

  // Devices and replica ids are stored under digests, because strangers choose them: one that equals the id of another
  // record must not collide with it.

  private static func replicaRecord(_ replica: ReplicaID) -> RecordID {
    RecordID(bytes: Digest(tag: "board.replica", replica.bytes).bytes.prefix(16))!
  }

  private static func deviceRecord(_ key: PublicKey) -> RecordID {
    RecordID(bytes: Digest(tag: "board.device", key.bytes).bytes.prefix(16))!
  }

  private static func invitationRecord(_ code: InvitationCode) -> RecordID {
    RecordID(bytes: Digest(tag: "board.invitation", Array(code.selector.utf8)).bytes.prefix(16))!
  }

  /// The digest of a code's secret: what is stored cannot be redeemed.
  private static func digest(of code: InvitationCode) -> String {
    Digest(tag: "board.code", Array(code.secret.utf8)).description
  }
}

/// The control space's own rules, which the model file does not affect.
enum ControlRules {
  static let member = "hub_member"
  static let device = "device"
  static let replica = "replica"
  static let invitation = "invitation"
  static let proposal = "held"

  static let book = RuleBook(
    version: 1,
    kinds: [
      member: KindRules(
        deletes: .archive,
        fields: [
          "name": FieldRules(.latest), "role": FieldRules(.latest), "spaces": FieldRules(.set),
          // The spaces a member has left, which their devices are told to clear. Absence from `spaces` says less: a hub
          // that went back to a backup may only have forgotten the space, and with it work that a device alone still
          // holds.
          "left": FieldRules(.set),
        ]),
      device: KindRules(
        deletes: .archive,
        fields: [
          "member": FieldRules(.once, type: .link), "key": FieldRules(.once),
          "revoked": FieldRules(.once, type: .integer), "reason": FieldRules(.once),
          "cleared": FieldRules(.once, type: .integer),
        ]),
      proposal: KindRules(
        deletes: .archive,
        fields: [
          "member": FieldRules(.once, type: .link), "device": FieldRules(.once),
          "received": FieldRules(.once, type: .integer), "reason": FieldRules(.once),
          "header": FieldRules(.once, type: .any), "body": FieldRules(.once, type: .any),
          "words": FieldRules(.once), "answer": FieldRules(.once), "dot": FieldRules(.once),
          "owner": FieldRules(.once),
        ]),
      replica: KindRules(deletes: .never, fields: ["member": FieldRules(.once, type: .link)]),
      invitation: KindRules(
        deletes: .archive,
        fields: [
          "member": FieldRules(.once, type: .link), "expires": FieldRules(.once, type: .integer),
          "secret": FieldRules(.once), "spent_by": FieldRules(.once), "tries": FieldRules(.counter, type: .integer),
        ]),
    ])
}

extension RecordState {
  fileprivate var isStanding: Bool {
    presence(by: ControlRules.book.deletes(of: kind)) == .present
  }
}

extension Revocation {
  /// Reads the revocation from a device's record; `nil` if it has none.
  fileprivate init?(_ fields: [String: Value]) {
    guard case .integer(let time)? = fields["revoked"], case .text(let reason)? = fields["reason"] else { return nil }
    self.init(time: Timestamp(milliseconds: time), reason: reason)
  }
}

extension Timestamp {
  /// Reads an integer of milliseconds; `nil` for any other value.
  init?(value: Value) {
    guard case .integer(let milliseconds) = value else { return nil }
    self.init(milliseconds: milliseconds)
  }
}

extension MemberID {
  /// Reads a link to a member's record; `nil` for any other value.
  init?(link value: Value) {
    guard case .link(let record) = value else { return nil }
    self.init(bytes: record.bytes)
  }
}
