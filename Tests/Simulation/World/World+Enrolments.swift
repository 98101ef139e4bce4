// The list that the Centre keeps of its members, on paper, which no restore forgets: the rights that somebody was given and
// that were not taken from them since. A hub that has forgotten some of it is told again when its member next comes.

internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import TestKit

/// One person's entry in the Centre's list.
struct Enrolment {
  /// What the invitation says; another person may have the same name.
  let name: String
  var role = "member"
  /// The spaces they may read, by the names that an administrator types.
  var spaces: Set<String> = ["public", "staff"]
  /// Whether they ever had fewer rights than now, or than before.
  var wasGuest = false
}

extension World {
  /// The entry of a device's owner; a new one for somebody who has none yet.
  func enrolment(of device: DeviceNode) -> Enrolment {
    enrolments[device.person] ?? Enrolment(name: device.member)
  }

  /// Invites a device's owner, and notes it in the list.
  ///
  /// - Returns: The code; `nil` where the hub did not do it.
  @discardableResult
  func invite(_ device: DeviceNode, _ words: String, _ change: (inout Enrolment) -> Void = { _ in }) -> String? {
    guard let administration = hub.administration, let store = hub.store else { return nil }
    var entry = enrolment(of: device)
    change(&entry)
    do {
      let code = try administration.run(invitation(of: device, entry, in: store)).done.code
      enrolments[device.person] = entry
      note("hub", words)
      return code
    } catch let error as AdminError {
      sufferCommand(error)
    } catch let error as StoreError {
      _ = sufferHub(error)
    } catch {
      broken.append("an invitation failed: \(error)")
    }
    return nil
  }

  /// The Centre knows who stands before it, whatever others are called.
  private func invitation(of device: DeviceNode, _ entry: Enrolment, in store: SQLiteStore) throws -> InviteCommand {
    let ids = devices.filter { $0.person == device.person }.compactMap(\.memberID)
    return try store.read { reader in
      let directory = Directory(reader)
      let known = try ids.first { try directory.principal($0) != nil }
      let isNameKnown = try !directory.members(called: entry.name).isEmpty
      return .invite(
        member: known?.description ?? entry.name, as: known != nil ? .known : isNameKnown ? .new : .either,
        role: entry.role, spaces: entry.spaces.sorted())
    }
  }

  /// Tells the hub again what a restore has made it forget of a member who comes now: spaces, role, leaving. Whom it
  /// does not know at all is told so at the next contact, and joins anew. Of those who never come again the Centre has
  /// nothing to tell.
  func recall(_ device: DeviceNode) throws {
    guard let store = hub.store else { return }
    let entry = enrolment(of: device)
    let known: (role: String, spaces: Set<String>)? = try store.read { reader in
      guard let principal = try device.memberID.flatMap({ try Directory(reader).principal($0) }) else { return nil }
      let names = try principal.spaces.compactMap { try reader.space($0)?.name.split(separator: ":").first }
      return (principal.role, Set(names.map(String.init)))
    }
    guard let known else { return }
    if known.role != entry.role { reach(.roleMissing) }
    if known.role != entry.role || !entry.spaces.isSubset(of: known.spaces) {
      invite(device, "is told again of \(entry.name)")
    }
    // By a name alone nobody can say which of two people has left.
    guard enrolments.values.count(where: { $0.name == entry.name }) < 2 else { return }
    for space in known.spaces.subtracting(entry.spaces).sorted() {
      run(.leave(member: entry.name, space: space), "is told again that \(entry.name) has left \(space)")
    }
  }

  /// The newer model is put in place again where the hub went back with its whole folder.
  func recallModel() throws {
    if wasUpgraded { try upgrade() }
  }
}
