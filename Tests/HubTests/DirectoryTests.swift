// Codes and devices: a code joins one computer, once, in time; its key opens one member's spaces and no others.

import ClientCore
import Cryptography
import Foundation
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Directory")
struct DirectoryTests {
  let hub: TestHub
  let clock: ManualClock

  init() throws {
    clock = ManualClock()
    hub = try TestHub(clock: clock)
  }

  /// Spends a code for a new device.
  @discardableResult
  private func join(_ code: String, _ key: SigningKey = SigningKey()) async throws -> Principal {
    try await hub.hub.join(code: code, key: key.publicKey)
  }

  @Test("a code read out over the telephone joins: any case, any spacing, O for 0 and L for 1")
  func spelling() async throws {
    let code = try hub.code(for: "carer")
    let typed = code.lowercased().replacingOccurrences(of: "-", with: " ").replacingOccurrences(of: "0", with: "o")
      .replacingOccurrences(of: "1", with: "l")
    let key = SigningKey()
    let principal = try await join(typed, key)
    #expect(principal.name == "carer")
    #expect(try self.principal(key).member == principal.member)
    #expect(throws: DirectoryError.deviceUnknown) { try self.principal(SigningKey()) }
  }

  @Test("a code is spent by the first computer, and of two racing for it one wins")
  func once() async throws {
    let code = try hub.code(for: "carer")
    async let first = isJoined(code)
    async let second = isJoined(code)
    #expect(try await [first, second].filter { $0 }.count == 1)
    await #expect(throws: DirectoryError.codeUnknown) { try await join(code) }
    #expect(try devices().count == 1)
  }

  /// Whether the code opened; a loser's has to be unknown, and nothing else.
  private func isJoined(_ code: String) async throws -> Bool {
    do {
      try await join(code)
      return true
    } catch DirectoryError.codeUnknown { return false }
  }

  private func principal(_ key: SigningKey) throws -> Principal {
    try hub.store.read { try Directory($0).principal(key: key.publicKey) }
  }

  private func devices() throws -> [Device] { try hub.store.read { try Directory($0).devices() } }

  @Test("a device whose first answer was lost asks again and is one device, not two")
  func lostReply() async throws {
    let code = try hub.code(for: "carer")
    let key = SigningKey()
    let first = try await join(code, key)
    #expect(try await join(code, key) == first)
    #expect(try devices().map(\.key) == [key.publicKey])
  }

  @Test("both sides show the same fingerprint of a device, and no two devices share one")
  func fingerprint() async throws {
    let device = try await hub.joined("carer")
    let key = try device.key.publicKey
    let devices = try hub.administration.run(.deviceList).devices.map(\.json)
    let shown: JSON = .object([
      "member": .string("carer"), "fingerprint": .string(key.fingerprint), "revoked": .null, "reason": .null,
      "cleared": .null, "lastSeen": .string(clock.read().iso8601), "unsent": .integer(0), "stillHolds": .array([]),
    ])
    #expect(devices == [shown])
    #expect(key.fingerprint != SigningKey().publicKey.fingerprint)
  }

  @Test("a code expires after half an hour")
  func expiry() async throws {
    let code = try hub.code(for: "carer")
    clock.advance(milliseconds: Directory.codeLifetimeMilliseconds)
    await #expect(throws: DirectoryError.codeUnknown) { try await join(code) }
  }

  @Test("a code that was mistyped five times is void, even when typed right")
  func tries() async throws {
    let (code, other) = (try hub.code(for: "carer"), try hub.code(for: "chair"))
    for number in 0..<Directory.triesMax {
      let guess = code.prefix(4) + String(repeating: "-" + String(repeating: "\(number)", count: 4), count: 4)
      await #expect(throws: DirectoryError.codeUnknown) { try await join(String(guess)) }
    }
    await #expect(throws: DirectoryError.codeUnknown) { try await join(code) }
    #expect(try await join(other).name == "chair")
  }

  @Test("ten thousand guesses let nobody in, and their cost to the hub is bounded")
  func guesses() async throws {
    let code = try hub.code(for: "carer")
    let head = try hub.store.read { try $0.spaces().reduce(0) { $0 + $1.lastPosition } }
    for number in 0..<10_000 {
      // Half of them know where to knock.
      let digits = String(format: "%020d", number)
      let guess = number.isMultiple(of: 2) ? digits : String(code.prefix(4) + digits.suffix(16))
      let principal = try hub.store.write {
        try Directory.join(code: guess, key: SigningKey().publicKey, now: clock.read(), $0)
      }
      #expect(principal == nil)
    }
    #expect(
      try hub.store.read { try $0.spaces().reduce(0) { $0 + $1.lastPosition } } <= head + UInt64(Directory.triesMax))
  }

  @Test("a revoked device gets nothing and gives nothing; the same member's other one goes on")
  func revoked() async throws {
    let laptop = try await hub.joined("carer")
    let other = try await hub.joined("carer", file: "b.db")
    _ = try laptop.copy.add(kind: "event", [.text(field: "title", "Tea")], space: "public")
    let fingerprint = try laptop.key.publicKey.fingerprint
    let first = try hub.administration.run(.deviceRevoke(fingerprint.lowercased(), reason: "lost")).done
    let records = try hub.administration.run(.status)

    #expect(try await laptop.send().problem == nil)
    #expect(try laptop.store.read { try $0.spaces().isEmpty })
    #expect(try hub.administration.run(.status) == records)
    // A code does not bring it back: another key would, and that is another device.
    let code = try hub.code(for: "carer")
    await #expect(throws: DirectoryError.deviceRevoked) { try await join(code, deviceKey(in: laptop.store)) }
    _ = try other.copy.add(kind: "event", [.text(field: "title", "Cake")], space: "public")
    #expect(try await other.send().unsent == 0)
    // The first revocation stands.
    clock.advance(milliseconds: 60_000)
    let second = try hub.administration.run(.deviceRevoke(fingerprint, reason: "found")).done
    #expect(first.revoked != nil && first.revoked == second.revoked && second.reason == "lost")
    #expect(try devices().compactMap(\.revocation).map(\.reason) == ["lost"])
  }

  @Test("an unknown fingerprint or a missing reason revokes nobody")
  func revokedNobody() async throws {
    let laptop = try await hub.joined("carer")
    let fingerprint = try laptop.key.publicKey.fingerprint
    let cases: [(String, String, AdminError.Code)] = [
      (SigningKey().publicKey.fingerprint, "lost", .noSuchDevice), ("", "lost", .noSuchDevice),
      (String(fingerprint.dropLast()), "lost", .noSuchDevice), (fingerprint, " ", .badReason),
      (fingerprint, String(repeating: "x", count: 65), .badReason),
    ]
    for (fingerprint, reason, code) in cases {
      do throws(AdminError) {
        _ = try hub.administration.run(.deviceRevoke(fingerprint, reason: reason))
        Issue.record("\(fingerprint) was revoked")
      } catch { #expect(error.code == code) }
    }
    #expect(try await laptop.send().problem == nil)
  }

  @Test("a key belongs to one member: another's code does not let it in")
  func keyOfAnother() async throws {
    let key = SigningKey()
    try await join(try hub.code(for: "carer"), key)
    let code = try hub.code(for: "chair")
    await #expect(throws: DirectoryError.keyTaken) { try await join(code, key) }
    #expect(try principal(key).name == "carer")
  }

  @Test("neither code nor key can be read from the hub's file")
  func hashedAtRest() async throws {
    let (code, key) = (try hub.code(for: "carer"), SigningKey())
    try await join(code, key)
    try hub.store.close()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: hub.folder.file("hub.db")))
    let bare = code.replacingOccurrences(of: "-", with: "")
    for secret in [code, bare, String(code.dropFirst(5)), String(bare.dropFirst(4)), hex(key.seed)] {
      #expect(bytes.range(of: Data(secret.utf8)) == nil)
    }
    #expect(bytes.range(of: Data(key.seed)) == nil)
  }

  @Test("a member sees the spaces of their invitations and no others")
  func spaces() async throws {
    let carer = try await hub.joined("carer", spaces: ["cab"])
    #expect(try carer.copy.spaces().map(\.name) == ["cab"])
    _ = try hub.code(for: "carer", spaces: ["public"])
    try await carer.send()
    #expect(try carer.copy.spaces().map(\.name) == ["cab", "public"])
  }

  @Test("private notes have a space of their own, made where an invitation asks for it")
  func privateSpace() async throws {
    let carer = try await hub.joined("carer", spaces: ["cab", "private"])
    let chair = try await hub.joined("chair", spaces: ["cab", "private"])
    let note = try carer.copy.add(kind: "private_note", [.text(field: "text", "ask about buses")], space: nil)
    #expect(note.space == "private:carer")
    try await carer.send()
    try await chair.send()
    #expect(try chair.copy.list(kind: "private_note").isEmpty)
    #expect(try chair.copy.spaces().map(\.name) == ["cab", "private:chair"])
  }

  @Test(
    "an unknown role or space, or an empty name, is refused with the choices there are",
    arguments: [
      InviteCommand.invite(member: "carer", role: "king", spaces: ["cab"]),
      .invite(member: "carer", role: "member", spaces: ["attic"]),
      .invite(member: " ", role: "member", spaces: ["cab"]), .invite(member: "carer", role: "member", spaces: []),
    ])
  func badInvitations(command: InviteCommand) throws {
    #expect {
      try hub.administration.run(command)
    } throws: { ($0 as? AdminError)?.kind == .usage }
  }

  @Test(
    "what a letter or an e-mail does to a code is understood, and is no wrong try",
    arguments: [
      "\u{2013}", "\u{2014}", "\u{2011}", "\u{2212}", "\u{a0}", "\u{202f}", "\u{200b}", "\u{ad}", "\n", "\r\n", " - ",
    ])
  func printed(separator: String) async throws {
    let code = try hub.code(for: "carer")
    let groups = code.replacingOccurrences(of: "-", with: separator)
    for unreadable in ["\(groups)U", "\(groups)é", "no code", String(repeating: "A", count: 401)] {
      for _ in 0..<3 {
        await #expect(throws: DirectoryError.codeUnknown) { try await join(unreadable) }
      }
    }
    _ = try await join("“\(groups)”.")
  }
}
