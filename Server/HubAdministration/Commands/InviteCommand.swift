// `invite`: issues a one-time code with which one more device of a member can join, and lets the member read spaces.

package import JSONText
internal import RecordModel
package import Replication
internal import SyncHub

package struct InviteCommand: ShortAdminCommand {
  package static let name = "invite"

  /// The person that an invitation is for, if the name is taken. The hub never guesses.
  package enum Person: String, JSONConvertible {
    /// The administrator did not say.
    case either
    /// The member of that name.
    case known
    /// Another person of the same name.
    case new
  }

  /// The name of the member, or the id of one whom the hub knows.
  let member: String
  let person: Person
  let role: String
  /// The names of the spaces.
  let spaces: [String]
  let isPreview: Bool

  package var parameters: [String: JSON] {
    ["member": member.json, "person": person.json, "role": role.json, "spaces": spaces.json, "preview": isPreview.json]
  }

  package func run(in hub: AdminContext) throws -> MembershipAnswer<InvitationIssued> {
    guard !member.isBlank, !spaces.isEmpty else {
      throw AdminError(.badInvitation, "An invitation names a member and one space or more.")
    }
    guard let role = hub.model.roles.first(where: { $0.name == role.asRoleName })?.name else {
      let known = hub.model.roles.map(\.name).joined(separator: ", ")
      throw AdminError(.noSuchRole, "There is no role '\(role)'. The roles are: \(known).")
    }
    if isPreview {
      return .preview(try hub.store.read { try impact(on: invitee(as: role, hub.model, $0), $0) })
    }
    let now = hub.clock()
    return try hub.store.write { transaction in
      let invitee = try invitee(as: role, hub.model, transaction)
      let id = invitee.member
      let spaces = try spaces.map { try hub.space(named: $0, for: invitee, in: transaction) }
      let returning = hub.ledger.ledger.spacesLeft(by: id)
      try hub.ledger.enter(
        spaces.map(\.id).filter(returning.contains).map { .readmitted(id, $0, now) }, in: transaction)
      let invitation = try Directory.invite(invitee, role: role, spaces: spaces.map(\.id), now: now, transaction)
      let introduction = Introduction(member: id, name: invitee.name, role: role)
      // In every space the member reads, because the role may have changed.
      let principal = try Directory(transaction).principal(id)
      for space in principal?.spaces.subtracting(principal?.received ?? []).sorted() ?? [] {
        try hub.checkReader(role, of: space, transaction)
        try introduction.commit(in: space, model: hub.model, now: now, transaction)
      }
      try Audit.record(
        AuditEntry(.invite, by: hub.actor, member: id, role: role, spaces: spaces.map(\.id)), now: now,
        in: transaction)
      return .done(InvitationIssued(code: invitation.code, expires: invitation.expires))
    }
  }

  /// The person meant.
  ///
  /// - Throws: ``AdminError``: `badInvitation` for what is no new person's name; `memberKnown` if nothing says which person is meant and the hub knows the name,
  ///   or one that looks like it; `noSuchMember`, `manyMembers`.
  private func invitee(as role: String, _ model: RecordModel, _ reader: any StoreReader) throws -> Invitee {
    let (directory, name) = (Directory(reader), member.tidied)
    // An id is never a new person's name: whoever types one means a member.
    guard person != .known, MemberID(name) == nil else { return Invitee(try directory.member(called: name)) }
    switch person {
    case .known: return Invitee(try directory.member(called: name))
    case .new: return try Invitee(newPersonNamed: newName(as: role, model), in: reader)
    case .either:
      let namesakes = try directory.members(called: name)
      guard let first = namesakes.first else {
        let name = try newName(as: role, model)
        if let other = try directory.members(looking: name).first { throw try lookAlike(other, of: name, directory) }
        return try Invitee(newPersonNamed: name, in: reader)
      }
      guard first.name == name else { return Invitee(first) }
      let which =
        namesakes.count == 1
        ? "There is a \(name) already, since \(try directory.firstInvited(first.member).day). "
          + "Is it the same person, on one more computer? Then add '--again'. "
        : "\(try directory.list(namesakes)) Is it one of them? Then type the id in place of the name. "
      throw AdminError(.memberKnown, which + "Is it another person? Then add '--new-person'.")
    }
  }

  /// The name of a person whom the hub does not know. A member keeps theirs, whatever role they are given.
  private func newName(as role: String, _ model: RecordModel) throws(AdminError) -> String {
    do throws(MemberName.Problem) {
      return try MemberName(member, role: role, in: model).text
    } catch {
      throw AdminError(.badInvitation, "An invitation takes \(error.expectation).")
    }
  }

  /// The question which of two people is meant, whose names look the same and are not.
  private func lookAlike(_ member: Principal, of name: String, _ directory: Directory) throws -> AdminError {
    AdminError(
      .memberKnown,
      "There is a \(member.name) already, since \(try directory.firstInvited(member.member).day), whose name looks like "
        + "'\(name)'. Is it the same person? Then type the id \(member.member) in place of the name. "
        + "Is it another person? Then add '--new-person'.")
  }

  private func impact(on invitee: Invitee, _ reader: any StoreReader) throws -> MembershipImpact {
    let known = try Directory(reader).principal(invitee.member)
    let arriving = try reader.spaces().filter { space in
      spaces.contains(space.name) && known?.spaces.contains(space.id) != true
    }
    return try MembershipImpact(
      devices: known.map { try Directory(reader).devices(of: $0.member) } ?? [], leaving: [],
      arriving: arriving.map(\.id), reader)
  }
}

extension InviteCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(
      member: try parameters.member("member"), person: try parameters.member("person"),
      role: try parameters.member("role"),
      spaces: try parameters.member("spaces"), isPreview: try parameters.member("preview"))
  }
}

extension AdminCommand where Self == InviteCommand {
  /// - Parameters:
  ///   - person: The member of that name, or another person of the same name.
  ///   - isPreview: True to report the invitation's impact without issuing it.
  package static func invite(
    member: String, as person: InviteCommand.Person = .either, role: String, spaces: [String], isPreview: Bool = false
  ) -> Self {
    Self(member: member, person: person, role: role, spaces: spaces, isPreview: isPreview)
  }
}

/// A new invitation. Its code can be read only here: the hub keeps no more than a digest of it.
package struct InvitationIssued: JSONConvertible {
  package let code: String
  package let expires: Timestamp

  package var json: JSON { .object(["code": code.json, "expires": expires.json]) }
}

extension InvitationIssued {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(code: try json.member("code"), expires: try json.member("expires"))
  }
}

// MARK: Spaces and their readers

extension AdminContext {
  /// Finds a space by the name that an administrator types. A space of one per member is created if this member has
  /// none, under the id that it had before a restore.
  fileprivate func space(
    named name: String, for invitee: Invitee, in transaction: any StoreTransaction
  ) throws -> Space {
    let isPerMember = model.spaces.first { $0.name == name }?.isPerMember
    let hub = try HubIdentity.identity(in: transaction).hub
    let id = SpaceID.named(name, of: isPerMember == true ? invitee.member : nil, at: hub)
    if isPerMember != nil, let space = try transaction.space(id) { return space }
    guard isPerMember == true else {
      let known = model.spaces.map(\.name).joined(separator: ", ")
      throw AdminError(.noSuchSpace, kind: .usage, "There is no space '\(name)'. The spaces are: \(known).")
    }
    // A label, which a second person of the same name must not share: digests and lists go by it.
    let taken = Set(try transaction.sharedSpaces().map(\.name))
    var (label, number) = ("\(name):\(invitee.name)", 1)
    while taken.contains(label) {
      number += 1
      label = "\(name):\(invitee.name) (\(number))"
    }
    let space = Space(id: id, name: label)
    try transaction.put(space)
    return space
  }

  /// Refuses a role that the model does not allow to read the space. Whoever reads a space reads all of it.
  ///
  /// - Throws: ``AdminError``, `notForRole`.
  func checkReader(_ role: String, of space: SpaceID, _ reader: any StoreReader) throws {
    let name = try reader.space(space)?.name ?? ""
    let fits = model.spaces.first { $0.isPerMember ? name.hasPrefix($0.name + ":") : name == $0.name }
    guard let description = fits, !description.readers.contains(role) else { return }
    throw AdminError(
      .notForRole,
      "The space '\(description.name)' is not for \(model.label(ofRole: role)). It is for: "
        + "\(description.readers.joined(separator: ", ")).")
  }
}

/// The record from which a space's readers learn a member's name and role. Its id is the member's.
struct Introduction {
  let member: MemberID
  let name: String
  let role: String

  func commit(in space: SpaceID, model: RecordModel, now: Timestamp, _ transaction: any StoreTransaction) throws {
    let record = RecordID(member)
    // A member whose record was erased stays without a name in the space.
    guard try transaction.record(RecordKey(space, record))?.isErased != true else { return }
    _ = try Replica(rules: model.rules, in: transaction).commit(
      [
        .create(record, kind: model.memberKind), .set(record, field: "name", .text(name)),
        .set(record, field: "role", .text(role)),
      ], in: space, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
  }
}

extension String {
  /// `Data administrator` → `data-administrator`.
  fileprivate var asRoleName: String {
    trimmingSpaces.lowercased().split(whereSeparator: { $0 == " " || $0 == "_" }).joined(separator: "-")
  }
}
