// A neighbour with a program of their own writes under the replica id of somebody whom a restored hub may have forgotten.
// Everybody who reads a space knows the ids of those who write there.

internal import Cryptography
internal import HubAdministration
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

extension World {
  func takeName(_ random: inout SplitMix64) async throws {
    guard let server = hub.hub, let store = hub.store, try await enrolNeighbour(server, store) else { return }
    do {
      guard let request = try changeUnderAnothersName(&random) else { return }
      let answer = try SignedAnswer(await server.answer(request, signedBy: neighbourKey.publicKey)).messages
      note("thief", "writes under another's name")
      for case .verdict(let verdict) in answer {
        if verdict.outcome == .recorded { broken.append("a change under another's name was recorded") }
        reach(.anothersName)
      }
    } catch is DirectoryError {
      return
    } catch let error as StoreError {
      if !hub.disk.canBeRead { _ = sufferHub(error) }
    }
  }

  /// The neighbour's own change, with their own signature, under another's replica id and salt.
  private func changeUnderAnothersName(_ random: inout SplitMix64) throws -> [UInt8]? {
    let names = try devices.compactMap { device in
      try device.joined == nil
        ? nil
        : device.store?.read { reader -> (ReplicaID, ReplicaSalt)? in
          let identity = ReplicaIdentity(reader)
          guard let name = try identity.current(), let salt = try identity.salt(proving: name) else { return nil }
          return (name, salt)
        }
    }
    let number = witness.nextNumber()
    return try hub.store?.read { reader in
      guard let owner = try Directory(reader).devices().first(where: { $0.key == neighbourKey.publicKey })?.member,
        let space = try reader.sharedSpaces().first(where: { $0.name == "public" }),
        let (name, salt) = names.randomElement(using: &random)
      else { return nil }
      let record = RecordID.random()
      let change = Change(
        edits: [
          Edit(record: record, kind: "thing", operation: .makePresent(supersedes: [])),
          Edit(
            record: record, kind: "thing",
            operation: .assign(field: "name", value: .text("mine \(number)"), supersedes: [])),
        ], space: space.id, replica: name, previous: try reader.tip(of: name, in: space.id),
        lamport: space.lamport + 1, author: owner, time: Timestamp(milliseconds: 0), modelVersion: 1)
      let identity = try HubIdentity.identity(in: reader)
      return Message.encode([
        .hello(Hello(replica: name, modelVersion: hub.model.version, hub: identity.hub, spaces: [])),
        .offer(header: change.headerBytes, body: change.bodyBytes),
        .head(SignedHead(of: .change(change), for: identity.hub, by: neighbourKey, salt: salt)),
      ])
    }
  }
}
