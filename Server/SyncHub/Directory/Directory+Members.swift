// Members, their roles and their spaces.

package import Replication

extension Directory {
  /// The principal for a member; `nil` if there is no such member.
  package func principal(_ member: MemberID) throws -> Principal? {
    guard let fields = try fields(RecordID(member)), case .text(let name)? = fields["name"],
      case .text(let role)? = fields["role"]
    else { return nil }
    func spaces(_ field: String) -> Set<SpaceID> {
      guard case .list(let texts)? = fields[field] else { return [] }
      return Set(texts.compactMap { if case .text(let text) = $0 { SpaceID(text) } else { nil } })
    }
    let granted = spaces("spaces")
    let received = try role == Partner.role ? (open: [], closed: []) : receivedSpaces(shownWith: granted)
    return Principal(
      member: member, name: name, role: role, spaces: granted.union(received.open),
      left: spaces("left"), received: received.open, withdrawn: received.closed)
  }

  /// The spaces that agreements with partners have brought to the readers of some spaces, and those that were closed or are
  /// shown with another space.
  private func receivedSpaces(shownWith spaces: Set<SpaceID>) throws -> (open: Set<SpaceID>, closed: Set<SpaceID>) {
    var (open, closed): (Set<SpaceID>, Set<SpaceID>) = ([], [])
    for case (let space, .received(_, _, let shownWith, let isClosed)) in try PartnerSpace.all(in: reader) {
      if isClosed || !spaces.contains(shownWith) { closed.insert(space) } else { open.insert(space) }
    }
    return (open, closed)
  }

  /// Every member, sorted by name. Costs a scan of the control space's members.
  package func members() throws -> [Principal] {
    guard let space = try control() else { return [] }
    var members: [MemberID] = []
    try reader.forEachRecord(in: space, kind: ControlRules.member) { record, _ in
      members.append(MemberID(bytes: record.bytes)!)
    }
    return try members.compactMap { try principal($0) }.sorted { $0.name < $1.name }
  }

  /// The members that a word may mean: the one with this id, or all of this name, the earliest first.
  package func members(called word: String) throws -> [Principal] {
    if let principal = try MemberID(word).flatMap({ try principal($0) }) { return [principal] }
    let name = word.tidied
    let namesakes = try members().filter { $0.name == name }
    return try namesakes.map { ($0, try firstInvitation(of: $0.member).position) }.sorted { $0.1 < $1.1 }.map(\.0)
  }

  /// The members whose names look like a word, though they are other names.
  package func members(looking word: String) throws -> [Principal] {
    let key = word.lookAlikeKey
    return try members().filter { $0.name != word && $0.name.lookAlikeKey == key }
  }

  /// The time at which somebody was first invited, by the hub's clock.
  package func firstInvited(_ member: MemberID) throws -> Timestamp { try firstInvitation(of: member).header.time }

  private func firstInvitation(of member: MemberID) throws -> (position: UInt64, header: Header) {
    guard let space = try control(), let first = try reader.firstHeader(touching: RecordKey(space, RecordID(member)))
    else { throw StoreError.corrupt("no row of the control space invites \(member)") }
    return first
  }

  /// Ends a member's access to a space. Their devices are told at their next contact; what they had not sent arrives
  /// sealed, as proposals.
  ///
  /// - Returns: False if the member does not read the space.
  package static func leave(
    _ space: SpaceID, member: MemberID, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard try Directory(transaction).principal(member)?.spaces.contains(space) == true else { return false }
    return try recordLeaving(space, of: member, now: now, transaction)
  }

  /// Records that a member has left a space, whether or not the directory knows that they ever read it.
  ///
  /// - Returns: False if there is no such member, or it is recorded already.
  static func recordLeaving(
    _ space: SpaceID, of member: MemberID, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard let principal = try Directory(transaction).principal(member),
      principal.spaces.contains(space) || !principal.left.contains(space)
    else { return false }
    let record = RecordID(member)
    let name = Value.text(space.description)
    try commit([.remove(record, field: "spaces", name), .add(record, field: "left", name)], now, transaction)
    let devices = try Directory(transaction).devices(of: member)
    for gone in try [space] + PartnerSpace.received(with: [space], in: transaction) {
      try PendingWipe.expect(gone, from: devices, in: transaction)
    }
    try Proposal.expect(from: member, in: transaction)
    return true
  }
}
