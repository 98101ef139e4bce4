// How a computer joins: an administrator invites, somebody types the code, and two requests are enough.

internal import ClientCore
internal import Cryptography
internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

extension World {
  /// An administrator invites, and the member joins over a good line; once in a while the first answer is lost.
  func join(_ device: DeviceNode) async throws {
    guard let administration = hub.administration, let server = hub.hub, let copy = device.copy else { return }
    guard let code = try code(for: device, administration) else { return }
    let (line, baton) = (device.line, baton)
    var pause = await baton.lend {
      Task {
        do {
          _ = try await copy.join(at: HubEndpoint("simulated"), code: code, over: line)
          baton.giveBack(.ends(.success(nil)))
        } catch {
          baton.giveBack(.ends(.failure(error)))
        }
      }
    }
    while case .asks(let ask) = pause {
      switch ask {
      case .join(let code, let key, let continuation):
        var reply = await self.reply(of: server, code: code, key: key)
        // The computer asks again, and is one device.
        if devices.count.isMultiple(of: 2) {
          reach(.joiningTwice)
          reply = await self.reply(of: server, code: code, key: key)
        }
        pause = await baton.lend { continuation.resume(returning: reply) }
      case .sync(let key, let ticket, let request, let continuation):
        // A copy that has joined before asks first whether the hub still knows it.
        let exchange = Exchange(
          device: device, key: key, ticket: ticket, request: request, ask: ask, asked: time.now)
        let reply = try await answer(of: server, to: exchange)
        pause = await baton.lend { continuation.resume(returning: reply) }
      }
    }
    switch pause {
    case .ends(.success):
      note(device.name, "joins as \(device.member)")
      if device.joined != nil { reach(.joinedAnew) }
      device.joined = device.joined ?? time.now
      device.memberID = try copy.membership().member
    case .ends(.failure(let error as StoreError)):
      try await suffer(error, on: device, during: .deviceCrashInAWrite)
    case .ends(.failure(ClientError.alreadyJoined)):
      // An earlier joining was in the file before its disk failed, and its member was told that it had not been done.
      note(device.name, "had joined")
      device.joined = device.joined ?? time.now
      device.memberID = try copy.membership().member
    case .ends(.failure(let error)):
      note(device.name, "does not join: \(error)")
      if isHealed, plan.setting.isAdministered { broken.append("\(device.name) cannot join again: \(error)") }
    case .asks: preconditionFailure("the loop above ends with an end")
    }
  }

  /// An invitation for a computer; `nil` where the hub does not make one.
  private func code(for device: DeviceNode, _ administration: AdminService) throws -> String? {
    if plan.setting.isAdministered { return invite(device, "invites \(device.member)") }
    guard let store = hub.store else { return nil }
    let command: InviteCommand
    do {
      command = try .invite(whoeverIs: device.member, in: store, role: "member", spaces: spaces(of: device))
    } catch let error as StoreError {
      _ = sufferHub(error)
      return nil
    }
    do {
      return try administration.run(command).done.code
    } catch let error as AdminError {
      note("hub", "does not invite: \(error.code.rawValue)")
      if hub.disk.isDown { bringDownHub(startIn: 5_000) }
      return nil
    }
  }

  /// What a computer's member is invited to: nothing that they have left, where there is anything else.
  private func spaces(of device: DeviceNode) throws -> [String] {
    let meant = plan.setting.isNarrow && device.member == "member 1" ? ["public"] : ["public", "staff"]
    let left = try hub.store?.read { reader in
      let left = try Directory(reader).members().first { $0.name == device.member }?.left ?? []
      return try left.compactMap { try reader.space($0)?.name }
    }
    let rest = meant.filter { left?.contains($0) != true }
    return rest.isEmpty ? ["public"] : rest
  }

  private func reply(
    of server: SyncHub, code: String, key: PublicKey
  ) async -> Result<JoinReply, TransportError> {
    do {
      return .success(try await server.reply(toJoiningWith: code, key: key))
    } catch let error as StoreError {
      return .failure(sufferHub(error))
    } catch {
      return .failure(.notAllowed("\(error)"))
    }
  }
}
