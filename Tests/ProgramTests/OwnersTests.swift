// A hub whose administrator acts as root while another account serves it: root's acts leave the service its files, and a
// file that may not be read is not one that is gone.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite("Owners of a hub's files", .serialized, .timeLimit(.minutes(5)), .enabled(if: geteuid() == 0))
struct OwnersTests {
  let workshop: Workshop
  /// `nobody`, as Debian numbers it.
  static let service = 65_534

  init() async throws {
    workshop = try Workshop()
    try await workshop.hubDone("init")
    // The service has to get through the folder above, which is root's.
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: workshop.path)
    try give(try FileManager.default.subpathsOfDirectory(atPath: workshop.hubFolder) + [""])
  }

  private func give(_ paths: [String], to owner: Int = service) throws {
    for path in paths {
      try FileManager.default.setAttributes(
        [.ownerAccountID: owner, .groupOwnerAccountID: owner], ofItemAtPath: workshop.hubFolder + "/" + path)
    }
  }

  /// A hub's command as the service's account.
  private func asService(_ words: String...) async throws -> Outcome {
    let program = try Workshop.program("board-hub")
    return try await workshop.run(
      "/usr/bin/setpriv",
      ["--reuid", "\(Self.service)", "--regid", "\(Self.service)", "--clear-groups", program] + words
        + ["--data", workshop.hubFolder, "--json"])
  }

  @Test("what root does leaves every file to the account that serves the hub")
  func root() async throws {
    let before = try await asService("status")
    try #require(before.end == .exit(0), "\(before.errors)")
    for command in ["status", "digest"] {
      let act = try await workshop.run(
        "board-hub", [command, "--data", workshop.hubFolder, "--json"], under: "umask 077")
      #expect(act.end == .exit(0), "\(act.errors)")
    }
    let after = try await asService("status")
    #expect(after.end == .exit(0) && after.json["epoch"] == before.json["epoch"], "\(after.errors)")

    try await workshop.hubDone("backup", workshop.file("backup.db"))
    try await workshop.hubDone("restore", workshop.file("backup.db"))
    let restored = try await asService("status")
    #expect(restored.end == .exit(0), "\(restored.errors)")
    for file in try FileManager.default.subpathsOfDirectory(atPath: workshop.hubFolder) {
      let owner = try FileManager.default.attributesOfItem(atPath: workshop.hubFolder + "/" + file)[.ownerAccountID]
      #expect(owner as? Int == Self.service, "\(file)")
    }
  }

  @Test("an epoch file that may not be read is said to be there, and begins no epoch")
  func unreadable() async throws {
    let epoch = try await asService("status").json["epoch"]
    try give(["hub.epoch"], to: 0)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: workshop.hubFolder + "/hub.epoch")
    let refused = try await asService("status")
    #expect(refused.end == .exit(74) && refused.errors.contains("cannot be read"), "\(refused.end) \(refused.errors)")
    #expect(!refused.errors.contains("put back"))
    try give(["hub.epoch"])
    #expect(try await asService("status").json["epoch"] == epoch)
  }
}
