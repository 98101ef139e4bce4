// Erasing across copies: the Centre erases a record while members are offline and write into it, while a hub is put back
// to a backup, and while somebody else tries to.

import ClientCore
import Foundation
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Erasing")
struct ErasingTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  @discardableResult
  private func erase(_ record: RecordID, at hub: TestHub) throws -> ErasureReceipt {
    try hub.administration.run(.erase(record.description, reason: "asked"))
  }

  private func presence(_ record: RecordID, on device: TestDevice) throws -> Presence {
    try device.copy.show(record.description).presence
  }

  /// Every text in the log, the records and the settings of a store, and in its rescue box.
  private func words(in store: any ReplicaStore, withRescue: Bool = true) throws -> String {
    try store.read { reader in
      var bytes = try reader.settings().values.flatMap { $0 }
      bytes += try reader.localRows(of: [], in: "note", limit: .max).flatMap(\.value)
      for space in try reader.spaces() {
        bytes += try LocalState.besideRecords.rows(of: space.id, in: reader).flatMap(\.value)
        try reader.forEachRecord(in: space.id, kind: nil) { bytes += $1.encoded }
        for row in try reader.rows(after: 0, in: space.id, bytesMax: .max) { bytes += Change.bytes(row.entry) }
      }
      if withRescue { for rescued in try reader.rescued() { bytes += rescued.change.bodyBytes } }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  @Test("an erased record is gone from every copy after its next contact, and the others are as they were")
  func gone() async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    let (secret, plain) = (try carer.add("CANARY"), try carer.add("Breakfast"))
    try await carer.send()
    try await chair.send()
    for device in [carer, chair] { #expect(try device.copy.find(["canary"]).map(\.id) == [secret]) }
    try erase(secret, at: hub)
    for device in [carer, chair] {
      try await device.send()
      #expect(try presence(secret, on: device) == .erased)
      #expect(try device.copy.list(kind: "event").map(\.id) == [plain])
      #expect(try device.copy.find(["canary"]).isEmpty)
      #expect(try device.copy.history(secret.description).map { $0.edits.map(\.operation) } == [[.erase]])
      #expect(try !words(in: device.store).contains("CANARY"))
    }
    #expect(try !words(in: hub.store).contains("CANARY"))
    // While every store is open: what closing one would sweep away is swept already.
    for file in ["hub.db", "carer.db", "chair.db"].flatMap({ [$0, $0 + "-wal"] }) {
      let bytes = try Data(contentsOf: URL(filePath: hub.folder.file(file)))
      // As it was written, and as the index of texts had it.
      for words in ["CANARY", "canary"] { #expect(bytes.range(of: Data(words.utf8)) == nil, "\(words) in \(file)") }
    }
    #expect(try hub.differences(from: [carer, chair]).isEmpty)
    // The chains go on over it.
    try carer.add("Lunch")
    try await carer.send()
    try await chair.send()
    #expect(try hub.differences(from: [carer, chair]).isEmpty)
  }

  @Test("members who write into an erased record offline are refused by name, and each keeps their own words")
  func offline() async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    let event = try carer.add("Open day")
    try await carer.send()
    try await chair.send()
    for (device, words) in [(carer, "CARERS"), (chair, "CHAIRS")] {
      try device.set(event, "title", words)
      try device.add("Unrelated \(words)")
    }
    try erase(event, at: hub)
    let order = [(carer, "CARERS", "CHAIRS"), (chair, "CHAIRS", "CARERS"), (carer, "CARERS", "CHAIRS")]
    for (device, mine, others) in order {
      try await device.send()
      #expect(try device.copy.rescued().map(\.reason) == [.erased])
      #expect(try presence(event, on: device) == .erased)
      let unrelated = try device.copy.list(kind: "event").compactMap { $0.fields["title"] }
      #expect(unrelated.contains(.text("Unrelated \(mine)")))
      let (log, all) = (try words(in: device.store, withRescue: false), try words(in: device.store))
      #expect(!log.contains("Open day") && !log.replacing("Unrelated \(mine)", with: "").contains(mine))
      #expect(all.contains(mine) && !all.replacing("Unrelated \(others)", with: "").contains(others))
    }
    try await chair.send()
    #expect(try hub.differences(from: [carer, chair]).isEmpty)
  }

  @Test("erasing reaches words that arrived unacknowledged, as soon as their writer hears of it")
  func answerLost() async throws {
    let carer = try await hub.joined("carer")
    let event = try carer.add("CANARY")
    carer.transport.next(.answerLost)
    try await carer.send()
    try erase(event, at: hub)
    try await carer.send()
    #expect(try presence(event, on: carer) == .erased)
    #expect(try !words(in: carer.store).contains("CANARY"))
    #expect(try carer.copy.rescued().isEmpty)
    #expect(try hub.differences(from: [carer]).isEmpty)
  }

  @Test(
    "a hub restored to before an erasing, or to before the words, learns of it and erases again", arguments: [0, 1])
  func hubRestored(backups: Int) async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    let late = try await hub.joined("late")
    try hub.backUp(to: "backup0.db")
    let event = try carer.add("CANARY")
    let space = try carer.space("public")
    // One change that writes into the record and into another.
    let other = try carer.add("Breakfast")
    let author = try carer.copy.membership().member
    try carer.store.write { transaction in
      _ = try Replica(rules: hub.model.rules, in: transaction).commit(
        [.set(event, field: "title", .text("CANARY 2")), .set(other, field: "title", .text("Lunch"))],
        in: space, by: author, at: Timestamp(milliseconds: 0), isHome: false)
    }
    for device in [carer, chair, late] { try await device.send() }
    try hub.backUp(to: "backup1.db")
    try erase(event, at: hub)
    try await chair.send()
    let restored = try hub.restored(from: "backup\(backups).db")
    for device in [carer, chair, late] { device.connect(to: restored) }
    for device in [late, chair, carer, late, chair] { #expect(try await device.send().problem == nil) }
    for device in [carer, chair, late] {
      #expect(try presence(event, on: device) == .erased)
      #expect(try device.value(other, "title") == .text("Lunch"))
      #expect(try !words(in: device.store).contains("CANARY"))
      #expect(try device.copy.rescued().isEmpty)
    }
    #expect(try !words(in: restored.store).contains("CANARY"))
    #expect(try restored.differences(from: [carer, chair, late]).isEmpty)
  }

  @Test("a restored hub learns of an erasing from the one copy that heard of it")
  func onlyTheRest() async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    try hub.backUp()
    let (event, other) = (try carer.add("CANARY"), try carer.add("Breakfast"))
    try await carer.send()
    try erase(event, at: hub)
    try await chair.send()
    let restored = try hub.restored()
    chair.connect(to: restored)
    try await chair.send()
    #expect(try restored.differences(from: [chair]).isEmpty)
    let space = try restored.space("public")
    let rows = try restored.store.read { try $0.rows(after: 0, in: space, bytesMax: .max) }
    #expect(rows.count { if case .redacted = $0.entry { true } else { false } } == 1)
    #expect(try chair.value(other, "title") == .text("Breakfast"))
    // Their writer, who still had the words, finds them erased.
    carer.connect(to: restored)
    try await carer.send()
    #expect(try !words(in: carer.store).contains("CANARY"))
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
  }

  @Test("a member cannot erase: the hub refuses it, and everybody keeps the record")
  func notTheirs() async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    let event = try carer.add("Open day")
    try await carer.send()
    try await chair.send()
    let (space, author) = (
      try chair.space("public"), try chair.copy.membership().member
    )
    let centre = try hub.store.read { try HubIdentity.centre(in: $0) }
    for author in [author, centre] {
      try chair.store.write { transaction in
        _ = try Replica(rules: hub.model.rules, in: transaction).commit(
          [.erase(event)], in: space, by: author, at: Timestamp(milliseconds: 0), isHome: false)
      }
      try await chair.send()
    }
    #expect(try chair.copy.rescued().map(\.reason) == [.notAllowed])
    try await carer.send()
    #expect(try presence(event, on: carer) == .present)
    #expect(try hub.store.read { try $0.record(RecordKey(space, event))?.isErased } == false)
  }

  @Test("an import does not bring an erased record back, and the Centre keeps nothing of what was imported")
  func imported() async throws {
    let line = #"""
      {"type": "institution", "key": "inst/canary", "fields": {"name": "CANARY", "country": "United Kingdom", \#
      "relation": "host", "scope": "public", "source": "000.txt", "set": "core"}}
      """#
    _ = try hub.administration.load(line)
    #expect(try words(in: hub.store).contains("CANARY"))
    let receipt = try hub.administration.run(.erase("inst/canary", reason: "asked"))
    #expect(receipt.kind == "institution" && receipt.space == "public")
    #expect(receipt.isScrubbed && receipt.reason == "asked")
    #expect(try !words(in: hub.store).contains("CANARY"))
    #expect(throws: AdminError.self) { try hub.administration.run(.erase("inst/canary", reason: "asked")) }
    _ = try hub.administration.load(line)
    #expect(try !words(in: hub.store).contains("CANARY"))
  }
}

extension Change {
  /// What a row holds of words.
  fileprivate static func bytes(_ entry: LogEntry) -> [UInt8] {
    switch entry {
    case .change(let change): change.bodyBytes
    case .redacted(let erased): erased.redactedBody
    case .void: []
    }
  }
}
