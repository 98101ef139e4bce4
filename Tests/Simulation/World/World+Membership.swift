// What the Centre does about members and their computers: somebody leaves a space, comes back, loses a laptop; and what
// came in sealed from them is taken or declined.

internal import ClientCore
internal import Cryptography
internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

extension World {
  /// The Centre ends the reading of the reserved space most of the time, and now and then of the other.
  func endReading(of device: DeviceNode, _ random: inout SplitMix64) throws {
    let space = Int.random(in: 0..<4, using: &random) == 0 ? "public" : "staff"
    let isEnded = run(.leave(member: device.member, space: space), "ends \(device.member)'s reading of \(space)")
    if plan.setting.isAdministered, isEnded {
      enrolments[device.person, default: enrolment(of: device)].spaces.remove(space)
    }
  }

  func inviteAgain(_ device: DeviceNode) async throws {
    if plan.setting.isAdministered { return try await inviteAnew(device) }
    do {
      guard let store = hub.store else { return }
      let command = try InviteCommand.invite(
        whoeverIs: device.member, in: store, role: "member", spaces: ["public", "staff"])
      run(command, "invites \(device.member) again")
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  /// Whom a restored hub does not know joins anew; whom it knows may read again what they had left.
  private func inviteAnew(_ device: DeviceNode) async throws {
    guard device.isUp, device.exchange == nil, isThere(device), let store = hub.store else { return }
    do {
      if try store.read({ try Directory($0).isEnrolled(device.key.publicKey) }) {
        invite(device, "invites \(device.member) again") { $0.spaces.formUnion(["public", "staff"]) }
      } else {
        try await join(device)
      }
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  /// A restored hub asks about a computer that shows a ticket. Where what it says still holds, the administrator confirms
  /// it; otherwise, and for every other computer, the member is invited anew.
  func letInAgain(_ device: DeviceNode) async throws {
    guard let store = hub.store, let administration = hub.administration else { return }
    do {
      let fingerprint = device.key.publicKey.fingerprint
      let said = try administration.run(.deviceList).forgotten.first { $0.fingerprint == fingerprint }
      let entry = enrolment(of: device)
      if let said, devices.count.isMultiple(of: 2) || !plan.setting.isAdministered,
        !plan.setting.isAdministered || said.role == entry.role && Set(said.spaces) == entry.spaces
      {
        if run(.deviceConfirm(fingerprint), "confirms \(device.name)") { reach(.confirmedByTicket) }
      } else if try store.read({ try Directory($0).isEnrolled(device.key.publicKey) }) {
        try await inviteAgain(device)
      } else {
        try await join(device)
      }
    } catch let error as StoreError {
      _ = sufferHub(error)
    } catch let error as AdminError {
      sufferCommand(error)
    }
  }

  /// One computer stays, or nobody would be there to see anything.
  func takeOff(_ device: DeviceNode) throws {
    do {
      guard let store = hub.store,
        try devices.contains(where: { try $0.key.publicKey != device.key.publicKey && !isTakenOff($0, store) })
      else { return }
      run(.deviceRevoke(device.key.publicKey.fingerprint, reason: "lost"), "takes \(device.name) off")
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  /// The Centre reads what waits in the order it was written, takes most of it, and declines what cannot be taken.
  func decide(_ random: inout SplitMix64) throws {
    let isTaken = Int.random(in: 0..<4, using: &random) > 0
    do {
      guard let id = try nextProposal() else { return }
      guard isTaken, run(.proposalTake(id), "takes a proposal") else {
        if run(.proposalDecline(id), "declines a proposal") { reach(.proposalDeclined) }
        return
      }
      reach(.proposalTaken)
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  /// The one written first, by what no clock has a part in.
  private func nextProposal() throws -> String? {
    try hub.store?.read { reader in
      let waiting = try Directory(reader).proposals().filter { $0.answer == nil }.compactMap { work in
        if case .change(let change) = work.content { (id: work.id, header: change.header) } else { nil }
      }
      // Sequences are counted space by space.
      return waiting.min {
        ($0.header.lamport, $0.header.dot, $0.header.space) < ($1.header.lamport, $1.header.dot, $1.header.space)
      }?.id.description
    }
  }

  /// Carries out a command as the hub's administrator.
  ///
  /// - Returns: Whether it was done.
  @discardableResult
  func run(_ command: some AdminCommand, _ words: String) -> Bool {
    guard let administration = hub.administration else { return false }
    do {
      _ = try administration.run(command)
      note("hub", words)
      return true
    } catch {
      sufferCommand(error)
      return false
    }
  }

  /// Whether the hub has taken a computer off, as far as it remembers.
  func isTakenOff(_ device: DeviceNode, _ store: any ReplicaStore) throws -> Bool {
    try store.read { try Directory($0).devices().contains { $0.key == device.key.publicKey && $0.revocation != nil } }
  }

  /// Whether a computer was told that it is taken off, and has done with everything.
  func isOff(_ device: DeviceNode) throws -> Bool {
    do {
      _ = try device.copy?.membership()
      return false
    } catch ClientError.revoked { return true }
  }
}
