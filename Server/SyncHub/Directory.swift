// Members, devices and codes: records of a control space that the hub alone writes and no device reads. They are
// ordinary records, so they are logged, backed up and recovered like everything else.

internal import Cryptography
package import Replication

/// A one-time code, just made: the only moment it is readable.
package struct Invitation: Equatable, Sendable {
  package let code: String
  package let expires: Timestamp
}

/// Why a code or a device is turned away.
package enum DirectoryError: Error, Equatable, Sendable {
  /// No such code, or its time is over, or it is used.
  case codeUnknown
  /// The device's replica name belongs to another member.
  case replicaTaken
}

/// The hub's directory, over a store's transaction or snapshot.
package struct Directory {
  /// The control space's label; devices never see it.
  package static let spaceName = "control"
  /// How long a code may be spent.
  package static let codeLifetimeMilliseconds: Int64 = 30 * 60 * 1000

  private let reader: any StoreReader

  package init(_ reader: any StoreReader) {
    self.reader = reader
  }

  // MARK: Questions

  private func control() throws -> Space? {
    try reader.spaces().first { $0.name == Self.spaceName }
  }

  private func fields(_ record: RecordID) throws -> [String: Value]? {
    guard let space = try control(), let state = try reader.record(RecordKey(space.id, record)), state.isStanding
    else { return nil }
    return state.shownFields(by: ControlRules.book)
  }

  /// Whom a replica name belongs to; `nil` for one this hub never met.
  package func owner(of replica: ReplicaID) throws -> MemberID? {
    if try Replica.isOwn(replica, in: reader) { return nil }
    return try fields(Self.replicaRecord(replica))?["member"].flatMap(MemberID.init(link:))
  }

  /// The visitor that a device's token proves; `nil` for a token this hub did not give.
  package func visitor(token: String) throws -> Visitor? {
    guard let device = try fields(Self.tokenRecord(token)), let member = device["member"].flatMap(MemberID.init(link:))
    else { return nil }
    return try visitor(member)
  }

  package func visitor(_ member: MemberID) throws -> Visitor? {
    guard let fields = try fields(RecordID(bytes: member.bytes)!), case .text(let name)? = fields["name"],
      case .text(let role)? = fields["role"]
    else { return nil }
    var spaces: Set<SpaceID> = []
    if case .list(let texts)? = fields["spaces"] {
      for case .text(let text) in texts { if let space = SpaceID(text) { spaces.insert(space) } }
    }
    return Visitor(member: member, name: name, role: role, spaces: spaces)
  }

  /// Every member, by name.
  package func members() throws -> [Visitor] {
    guard let space = try control() else { return [] }
    var members: [MemberID] = []
    try reader.forEachRecord(in: space.id, kind: ControlRules.member) { record, _ in
      members.append(MemberID(bytes: record.bytes)!)
    }
    return try members.compactMap { try visitor($0) }.sorted { $0.name < $1.name }
  }

  /// How many devices have joined.
  package func deviceCount() throws -> Int {
    guard let space = try control() else { return 0 }
    var count = 0
    try reader.forEachRecord(in: space.id, kind: ControlRules.device) { if $1.isStanding { count += 1 } }
    return count
  }

  // MARK: Acts, on a transaction

  /// Makes the control space of a fresh hub.
  package static func begin(in transaction: any StoreTransaction) throws {
    guard try Directory(transaction).control() == nil else { return }
    try transaction.put(Space(id: .random(), name: spaceName))
  }

  /// Adds a member, or gives a known one (the same name) the role and further spaces, and makes a code for one device.
  package static func invite(
    name: String, role: String, spaces: [SpaceID], now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> (member: MemberID, Invitation) {
    let known = try Directory(transaction).members().first { $0.name == name }
    let hub = try HubLife.identity(in: transaction).hub
    // The same name at the same hub is the same member, even where a restored hub has lost the invitation.
    let member = known?.member ?? MemberID(bytes: RecordID.fixed(kind: "member", key: "\(hub)/\(name)").bytes)!
    let record = RecordID(bytes: member.bytes)!
    let code = Code.random()
    let expires = Timestamp(milliseconds: now.milliseconds + codeLifetimeMilliseconds)
    let invite = Self.codeRecord(code)
    var drafts: [Draft] = [.create(record, kind: ControlRules.member)]
    drafts += [.set(record, field: "name", .text(name)), .set(record, field: "role", .text(role))]
    drafts += spaces.map { .add(record, field: "spaces", .text($0.description)) }
    drafts += [
      .create(invite, kind: ControlRules.invitation), .set(invite, field: "member", .link(record)),
      .set(invite, field: "expires", .integer(expires.milliseconds)),
    ]
    try commit(drafts, now, transaction)
    return (member, Invitation(code: code, expires: expires))
  }

  /// Spends a code for one device. The same device may ask again until the code expires, because the answer to its
  /// first asking may have been lost; it gets a new token then, and the first one is void.
  ///
  /// - Throws: ``DirectoryError``; nothing is written then.
  package static func join(
    code text: String, replica: ReplicaID, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> (visitor: Visitor, token: String) {
    let directory = Directory(transaction)
    guard let code = Code.normalised(text), let invite = try directory.fields(codeRecord(code)),
      case .integer(let expires)? = invite["expires"], now.milliseconds < expires,
      let member = invite["member"].flatMap(MemberID.init(link:)), let visitor = try directory.visitor(member)
    else { throw DirectoryError.codeUnknown }
    if case .text(let first)? = invite["spent_by"], first != replica.description { throw DirectoryError.codeUnknown }
    let owner = try directory.owner(of: replica)
    let isOwn = try Replica.isOwn(replica, in: transaction)
    guard !isOwn, owner == nil || owner == member else { throw DirectoryError.replicaTaken }

    let token = Code.token()
    let device = tokenRecord(token)
    let record = codeRecord(code)
    var drafts: [Draft] = []
    if case .link(let earlier)? = invite["device"] { drafts.append(.delete(earlier)) }
    drafts += [
      .set(record, field: "spent_by", .text(replica.description)), .set(record, field: "device", .link(device)),
      .create(device, kind: ControlRules.device),
      .set(device, field: "member", .link(RecordID(bytes: member.bytes)!)),
    ]
    try commit(drafts, now, transaction)
    try bind(replica, to: member, now: now, transaction)
    return (visitor, token)
  }

  /// Remembers whose a replica name is. The first to write under one owns it; for a name that is owned, or is the
  /// hub's, this does nothing.
  package static func bind(
    _ replica: ReplicaID, to member: MemberID, now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    let isOwn = try Replica.isOwn(replica, in: transaction)
    let owner = try Directory(transaction).owner(of: replica)
    guard !isOwn, owner == nil else { return }
    let record = replicaRecord(replica)
    let drafts: [Draft] = [
      .create(record, kind: ControlRules.replica),
      .set(record, field: "member", .link(RecordID(bytes: member.bytes)!)),
    ]
    try commit(drafts, now, transaction)
  }

  private static func commit(_ drafts: [Draft], _ now: Timestamp, _ transaction: any StoreTransaction) throws {
    guard let space = try Directory(transaction).control() else {
      throw StoreError.unreadable("this is no hub's data")
    }
    _ = try Replica(rules: ControlRules.book).commit(
      drafts, in: space.id, author: .centre, time: now, isAcknowledged: true, transaction)
  }

  // Tokens and codes are found by their digests; what is at rest can open no door. Replica names too, because strangers
  // choose them: one that is also the id of another record must not meet it.

  private static func replicaRecord(_ replica: ReplicaID) -> RecordID {
    RecordID(bytes: Digest(tag: "board.replica", replica.bytes).bytes.prefix(16))!
  }

  private static func tokenRecord(_ token: String) -> RecordID {
    RecordID(bytes: Digest(tag: "board.token", Array(token.utf8)).bytes.prefix(16))!
  }

  private static func codeRecord(_ code: String) -> RecordID {
    RecordID(bytes: Digest(tag: "board.code", Array(code.utf8)).bytes.prefix(16))!
  }
}

/// The control space's own model; the board's has no say in it.
enum ControlRules {
  static let member = "hub_member"
  static let device = "device"
  static let replica = "replica"
  static let invitation = "invitation"

  static let book = RuleBook(
    version: 1,
    kinds: [
      member: KindRules(
        deletes: .archive,
        fields: ["name": FieldRules(.latest), "role": FieldRules(.latest), "spaces": FieldRules(.set)]),
      device: KindRules(deletes: .archive, fields: ["member": FieldRules(.once, type: .link)]),
      replica: KindRules(deletes: .never, fields: ["member": FieldRules(.once, type: .link)]),
      invitation: KindRules(
        deletes: .archive,
        fields: [
          "member": FieldRules(.once, type: .link), "expires": FieldRules(.once, type: .integer),
          "spent_by": FieldRules(.latest), "device": FieldRules(.latest, type: .link),
        ]),
    ])
}

extension RecordState {
  fileprivate var isStanding: Bool {
    presence(by: ControlRules.book.deletes(of: kind)) == .present
  }
}

extension MemberID {
  fileprivate init?(link value: Value) {
    guard case .link(let record) = value else { return nil }
    self.init(bytes: record.bytes)
  }
}
