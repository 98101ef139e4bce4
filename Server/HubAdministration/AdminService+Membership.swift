// Who may read what, and with which computers: invitations, leaving, taking computers off. What is said beforehand of each
// is `Preview`.

internal import BoardModel
internal import Cryptography
internal import Replication
internal import SyncHub

extension AdminService {
  func invite(_ member: String, _ role: String, _ spaceNames: [String], isPreview: Bool) throws -> JSON {
    let name = member.trimmingSpaces
    guard !name.isEmpty, name.utf8.count <= Limits.nameBytesMax, !spaceNames.isEmpty else {
      throw AdminError(
        .usage, "badInvitation", "An invitation names a member, of at most 64 letters, and one space or more.")
    }
    guard let role = model.roles.first(where: { $0.name == role.asRoleName })?.name else {
      let known = model.roles.map(\.name).joined(separator: ", ")
      throw AdminError(.usage, "noSuchRole", "There is no role '\(role)'. The roles are: \(known).")
    }
    let now = clock()
    if isPreview {
      return try store.read { reader in
        let known = try Directory(reader).members().first { $0.name == name }
        let arriving = try reader.spaces().filter { space in
          spaceNames.contains(space.name) && known?.spaces.contains(space.id) != true
        }
        return try MembershipImpact(
          devices: known.map { try Directory(reader).devices(of: $0.member) } ?? [], leaving: [],
          arriving: arriving.map(\.id), reader
        ).json
      }
    }
    let invitation = try store.write { transaction in
      let spaces = try spaceNames.map { try space(named: $0, for: name, in: transaction) }
      let (id, invitation) = try Directory.invite(
        name: name, role: role, spaces: spaces.map(\.id), now: now, transaction)
      // In every space of theirs, for the role may be another than before.
      for space in try Directory(transaction).principal(id)?.spaces.sorted() ?? [] {
        try checkReader(role, of: space, transaction)
        try introduce(id, name, role, in: space, now, transaction)
      }
      try Audit.record(
        AuditEntry(.invite, member: id, role: role, spaces: spaces.map(\.id)), now: now, in: transaction)
      return invitation
    }
    return .object(["code": .string(invitation.code), "expires": .string(invitation.expires.iso8601)])
  }

  /// Who reads a space reads everything in it, so the model says for whom it is.
  private func checkReader(_ role: String, of space: SpaceID, _ reader: any StoreReader) throws {
    let name = try reader.space(space)?.name ?? ""
    let fits = model.spaces.first { $0.isPerMember ? name.hasPrefix($0.name + ":") : name == $0.name }
    guard let description = fits else { return }
    guard description.readers.contains(role) else {
      throw AdminError(
        .usage, "notForRole",
        "The space '\(description.name)' is not for \(model.label(ofRole: role)). It is for: "
          + "\(description.readers.joined(separator: ", ")).")
    }
  }

  func deviceList(_ reader: any StoreReader) throws -> JSON {
    .object(["devices": .array(try Directory(reader).devices().map { try json($0, reader) })])
  }

  private func json(_ device: Device, _ reader: any StoreReader) throws -> JSON {
    let names = try Dictionary(reader.spaces().map { ($0.id, $0.name) }) { first, _ in first }
    return .object([
      "member": .string(device.memberName), "fingerprint": .string(device.key.fingerprint),
      "revoked": device.revocation.map { .string($0.time.iso8601) } ?? .null,
      "reason": device.revocation.map { .string($0.reason) } ?? .null,
      "cleared": device.cleared.map { .string($0.iso8601) } ?? .null,
      "lastSeen": device.lastContact.map { .string($0.time.iso8601) } ?? .null,
      "unsent": device.lastContact.map { .integer(Int64(clamping: $0.unsent)) } ?? .null,
      "stillHolds": .array(
        try PendingWipe.spaces(of: device, in: reader).map { .string(names[$0] ?? $0.description) }),
    ])
  }

  func revoke(_ fingerprint: String, _ reason: String, isPreview: Bool) throws -> JSON {
    let reason = try Self.reason(reason)
    let typed = base32Plain(fingerprint)
    let now = clock()
    return try store.write { transaction in
      // Two of one mark could be made on purpose, with much work; then both are meant.
      let meant = try Directory(transaction).devices().filter { base32Plain($0.key.fingerprint) == typed }
      if isPreview, !meant.isEmpty {
        let spaces = try Directory(transaction).principal(meant[0].member)?.spaces ?? []
        return try MembershipImpact(devices: meant, leaving: Array(spaces), arriving: [], transaction).json
      }
      let revoked = try meant.map { try Directory.revoke($0, reason: reason, now: now, transaction) }
      guard let device = revoked.first else {
        throw AdminError(
          .data, "noSuchDevice", "There is no computer with the mark '\(fingerprint)'. Type 'device list' to see them.")
      }
      let taken = meant.filter { $0.revocation == nil }
      if let first = taken.first {
        let entry = AuditEntry(.deviceRevoke, member: first.member, devices: taken.map(\.key))
        try Audit.record(entry, now: now, in: transaction)
      }
      return try json(device, transaction)
    }
  }

  func leave(_ member: String, _ spaceName: String, isPreview: Bool) throws -> JSON {
    let name = member.trimmingSpaces
    let now = clock()
    return try store.write { transaction in
      guard let principal = try Directory(transaction).members().first(where: { $0.name == name }) else {
        throw AdminError(.data, "noSuchMember", "There is no member '\(name)'.")
      }
      let wanted = [spaceName, "\(spaceName):\(name)"]
      let readable = try transaction.spaces().filter { principal.spaces.contains($0.id) }
      guard let space = readable.first(where: { wanted.contains($0.name) }) else {
        let known = readable.map(\.name).joined(separator: ", ")
        throw AdminError(.data, "noSuchSpace", "\(name) does not read '\(spaceName)', but: \(known).")
      }
      let preview = try MembershipImpact(
        devices: Directory(transaction).devices(of: principal.member), leaving: [space.id], arriving: [], transaction)
      guard !isPreview else { return preview.json }
      _ = try Directory.leave(space.id, member: principal.member, now: now, transaction)
      try Audit.record(AuditEntry(.leave, member: principal.member, spaces: [space.id]), now: now, in: transaction)
      return .object([
        "member": .string(name), "space": .string(space.name), "devices": .integer(Int64(preview.devices)),
      ])
    }
  }

  /// Spaces into which nobody is invited.
  private static let ownNames = [Directory.spaceName, Audit.spaceName]

  /// A space by the name an administrator types; a member's own space is made where the model gives each one.
  private func space(named name: String, for member: String, in transaction: any StoreTransaction) throws -> Space {
    // Not even where a model has a space of such a name.
    let description = model.spaces.first { $0.name == name && !AdminService.ownNames.contains(name) }
    let wanted = description?.isPerMember == true ? "\(name):\(member)" : name
    if description != nil, let space = try transaction.spaces().first(where: { $0.name == wanted }) { return space }
    guard description?.isPerMember == true else {
      let known = model.spaces.map(\.name).filter { !AdminService.ownNames.contains($0) }.joined(separator: ", ")
      throw AdminError(.usage, "noSuchSpace", "There is no space '\(name)'. The spaces are: \(known).")
    }
    let space = Space(id: .random(), name: wanted)
    try transaction.put(space)
    return space
  }

  /// Lets the readers of a space know a member by name and role: a record with the member's own id.
  private func introduce(
    _ member: MemberID, _ name: String, _ role: String, in space: SpaceID, _ now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws {
    let record = RecordID(bytes: member.bytes)!
    // Whoever was erased stays without a name here.
    guard try transaction.record(RecordKey(space, record))?.isErased != true else { return }
    _ = try Replica(rules: model.rules, in: transaction).commit(
      [
        .create(record, kind: "member"), .set(record, field: "name", .text(name)),
        .set(record, field: "role", .text(role)),
      ], in: space, by: .hub, at: now, isAcknowledged: true)
  }
}

extension String {
  var trimmingSpaces: String {
    let kept = drop { $0.isWhitespace }
    return String(kept.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// `Data administrator` → `data-administrator`.
  fileprivate var asRoleName: String {
    trimmingSpaces.lowercased().split(whereSeparator: { $0 == " " || $0 == "_" }).joined(separator: "-")
  }
}
