// A restored hub may have forgotten a space, or that a member may read it. Nobody is told meanwhile that the Centre has
// everything, and all of it comes back once an administrator has put the hub right.

import ClientCore
import Cryptography
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Spaces that a restored hub has forgotten")
struct ForgottenSpaceTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  /// Removes a device's ticket, as if it named other spaces: a member may read more than one ticket names.
  private func loseTicket(of device: TestDevice) throws {
    try device.store.write { try $0.set(LocalKey("contact/ticket", .bytes), to: nil) }
  }

  @Test(
    "private notes that no ticket tells of come back when their member is invited again")
  func privateSpaceMadeAgain() async throws {
    let carer = try await hub.joined("carer", spaces: ["public"])
    try hub.backUp()
    _ = try hub.code(for: "carer", spaces: ["private"])
    try await carer.send()
    _ = try carer.copy.add(kind: "private_note", [.text(field: "text", "Mine")], space: nil)
    #expect(try await carer.send().unsent == 0)
    let restored = try hub.restored()
    carer.connect(to: restored)
    // Nobody is told that the Centre has all: it has never heard of the space.
    for _ in 1...2 {
      try loseTicket(of: carer)
      #expect(try await carer.send().unsent == 2)
      #expect(try carer.copy.status().unknownSpaces.map(\.name) == ["private:carer"])
    }
    _ = try restored.code(for: "carer", spaces: ["private"])
    for _ in 1...2 { try await carer.send() }
    #expect(try carer.copy.spaces().count == 2 && carer.copy.status().unsent == 0)
    #expect(try carer.copy.status().unknownSpaces.isEmpty)
    let laptop = try await restored.joined("carer", spaces: ["private"], file: "laptop.db")
    #expect(try laptop.copy.list(kind: "private_note").map { $0.fields["text"] } == [.text("Mine")])
  }

  @Test("a member whom a restored hub lets read less is told so, and sends nothing twice once it is put right")
  func invitationForgotten() async throws {
    let carer = try await hub.joined("carer", spaces: ["public"])
    let chair = try await hub.joined("chair")
    try chair.add("Tea", space: "cab")
    try await chair.send()
    try hub.backUp()
    _ = try hub.code(for: "carer", spaces: ["cab"])
    try await carer.send()
    try carer.add("Cake", space: "cab")
    #expect(try await carer.send().unsent == 0)
    let restored = try hub.restored()
    for device in [carer, chair] { device.connect(to: restored) }
    let cab = try restored.space("cab")
    let known = try carer.store.read { try $0.rows(after: 0, in: cab, bytesMax: .max).count }
    try loseTicket(of: carer)
    #expect(try await carer.send().unsent == known)
    #expect(try carer.copy.status().unknownSpaces.map(\.name) == ["cab"])
    _ = try restored.code(for: "carer", spaces: ["cab"])
    let counts = try await carer.send().outcome.counts
    #expect(counts.refused == 0 && counts.rescued == 0 && counts.reissued == 0)
    for device in [chair, carer] { try await device.send() }
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
    #expect(try chair.titles == ["Tea", "Cake"])
  }

  @Test("the work of a board whose space came with a newer model than the backup's comes back")
  func boardMadeAgain() async throws {
    let text = hub.model.source.replacing("\nspaces:\n", with: "\nspaces:\n  garden: {label: The garden board}\n")
      .replacing("spaces: [public, staff, cab,", with: "spaces: [garden, public, staff, cab,")
      .replacing("\nversion: 2\n", with: "\nversion: 3\n")
    let newer = try RecordModel(parsing: text)
    let carer = try await hub.joined("carer", spaces: ["public"])
    try hub.backUp()
    try hub.store.close()
    let later = try TestHub(in: hub.folder, model: newer)
    carer.connect(to: later)
    _ = try later.code(for: "carer", spaces: ["garden"])
    try await carer.send()
    try carer.add("Digging", space: "garden")
    #expect(try await carer.send().unsent == 0)
    let restored = try later.restored()
    carer.connect(to: restored)
    try await carer.send()
    _ = try restored.code(for: "carer", spaces: ["garden"])
    for _ in 1...2 { try await carer.send() }
    #expect(try carer.copy.spaces().count == 2 && carer.copy.status().unsent == 0)
    #expect(try restored.digest(of: "garden") == carer.digest(of: "garden"))
  }
}
