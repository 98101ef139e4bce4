// The allowances of members, devices and spaces on a hub's disk: what is over them waits where it was written, is told of
// before, and is taken once there is room again.

import ClientCore
import Cryptography
import Foundation
import HubAdministration
import HubTerminal
import Replication
import SQLiteStorage
import SafeText
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Allowances")
struct AllowanceTests {
  private static let day: Int64 = 86_400_000
  private let clock = ManualClock()
  private let words = String(repeating: "x", count: 10_000)

  private func hub(_ allowances: HubAllowances) throws -> TestHub { try TestHub(clock: clock, allowances: allowances) }

  /// The use of an allowance that a sync told of.
  private func use(_ report: SyncReport, _ allowance: AllowanceUse.Allowance = .bytes) -> AllowanceUse? {
    report.outcome.progress.allowances?.first { $0.allowance == allowance }
  }

  /// Sends one change at a time until some wait.
  private func fill(_ device: TestDevice) async throws -> [SyncReport] {
    var reports: [SyncReport] = []
    for _ in 0..<100 {
      try device.add(words)
      reports.append(try await device.send())
      if reports.last!.unsent > 0 { return reports }
    }
    return reports
  }

  @Test("a member who has sent a day's bytes is warned, then keeps what is more, and sends it the next day")
  func memberBytes() async throws {
    let hub = try hub(HubAllowances(bytesPerDay: 200_000))
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let reports = try await fill(carer)
    let full = try #require(reports.last)
    #expect(reports.count > 2 && full.unsent == 1 && full.problem == nil)
    let told = try #require(use(full))
    #expect(told.isFull && told.most == 200_000)
    let midnight = (clock.read().milliseconds / Self.day + 1) * Self.day
    #expect(told.renewal == Timestamp(milliseconds: midnight))
    let before = reports.dropLast().compactMap { use($0) }
    #expect(before.contains { !$0.isFull && $0.isNearlyFull }, "warned while there was room")
    #expect(reports.filter { use($0)?.isFull == true }.allSatisfy { $0 == full || $0.unsent == 0 })
    #expect(try carer.copy.reading { try $0.status().allowances } == [told])

    // Others are not stopped, and the same member is on every device.
    try chair.add("Tea")
    #expect(try await chair.send().unsent == 0)
    let other = try await hub.joined("carer", file: "other.db")
    try other.add("Cake")
    let refused = try await other.send()
    #expect(refused.unsent == 1 && use(refused)?.isFull == true)

    clock.advance(milliseconds: midnight - clock.read().milliseconds)
    for device in [carer, other] {
      let report = try await device.send()
      #expect(report.unsent == 0 && report.outcome.progress.allowances == [])
      #expect(try device.copy.reading { try $0.status().allowances }.isEmpty)
    }
    for device in [carer, chair, other] { try await device.send() }
    #expect(try hub.differences(from: [carer, chair, other]).isEmpty)
  }

  @Test("amounts outlive the hub's process, and a day never begins again; a clock that was far ahead stops nobody")
  func days() async throws {
    let first = try hub(HubAllowances(bytesPerDay: 200_000))
    let carer = try await first.joined("carer")
    _ = try await fill(carer)
    try first.store.close()
    let hub = try TestHub(in: first.folder, clock: clock, allowances: HubAllowances(bytesPerDay: 200_000))
    carer.connect(to: hub)
    #expect(try await carer.send().unsent == 1)
    clock.advance(milliseconds: -Self.day)
    #expect(try await carer.send().unsent == 1)
    clock.advance(milliseconds: 2 * Self.day)
    #expect(try await carer.send().unsent == 0)
    // The clock is ten years ahead while a day is used up, and is then set right.
    clock.advance(milliseconds: 3_650 * Self.day)
    _ = try await fill(carer)
    clock.advance(milliseconds: -3_650 * Self.day)
    #expect(try await carer.send().unsent == 1)
    clock.advance(milliseconds: Self.day)
    #expect(try await carer.send().unsent == 0)
  }

  @Test("one request alone may cross both the warning and the end, and then nothing of it is lost")
  func atOnce() async throws {
    let hub = try hub(HubAllowances(bytesPerDay: 200_000))
    let carer = try await hub.joined("carer")
    for _ in 0..<20 { try carer.add(words) }
    let report = try await carer.send()
    #expect(report.unsent > 0 && report.unsent < 20 && use(report)?.isFull == true)
    for _ in 0..<4 {
      clock.advance(milliseconds: Self.day)
      try await carer.send()
    }
    #expect(try hub.differences(from: [carer]).isEmpty)
  }

  /// Changes under new replica ids, each the first of its chain.
  private func first(
    _ count: Int, of kind: String = "event", in space: SpaceID, by author: MemberID, _ signer: Signer
  ) -> [Change] {
    (0..<count).map { _ in
      Change(
        edits: [Edit(record: .random(), kind: kind, operation: .makePresent(supersedes: []))], space: space,
        replica: signer.newName(), previous: nil, lamport: 1, author: author, time: Timestamp(milliseconds: 0),
        modelVersion: 1)
    }
  }

  @Test("a device begins only so many chains in a day, and goes on with those that it has")
  func chains() async throws {
    let hub = try hub(HubAllowances(chainsPerDay: 4))
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try carer.signer)
    let changes = first(6, in: space, by: author, signer)
    let outcomes = try await hub.offer(changes, signedBy: signer.key, attestedBy: signer)
    #expect(outcomes == Array(repeating: .taken, count: 4) + [.later, .later])
    let next = Change(
      edits: [Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))], space: space,
      replica: changes[0].dot.replica, previous: Tip(sequence: 1, digest: changes[0].digest, lamport: 1), lamport: 2,
      author: author, time: Timestamp(milliseconds: 0), modelVersion: 1)
    #expect(try await hub.offer([next], signedBy: signer.key, attestedBy: signer) == [.taken])
    clock.advance(milliseconds: Self.day)
    let later = Array(changes.suffix(2))
    #expect(try await hub.offer(later, signedBy: signer.key, attestedBy: signer) == [.taken, .taken])
  }

  @Test("a device's changes are refused only so often in a day; what is more waits, and what is allowed is taken")
  func refusals() async throws {
    let hub = try hub(HubAllowances(refusalsPerDay: 3))
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try carer.signer)
    let unknown = first(5, of: "moon", in: space, by: author, signer)
    let outcomes = try await hub.offer(unknown, signedBy: signer.key, attestedBy: signer)
    #expect(outcomes == Array(repeating: .refused(.unknownKind), count: 3) + [.later, .later])
    let known = first(1, in: space, by: author, signer)
    #expect(try await hub.offer(known, signedBy: signer.key, attestedBy: signer) == [.taken])
    clock.advance(milliseconds: Self.day)
    let later = Array(unknown.suffix(2))
    #expect(
      try await hub.offer(later, signedBy: signer.key, attestedBy: signer)
        == Array(repeating: .refused(.unknownKind), count: 2))
  }

  @Test("a space takes only so much of members' changes, until an administrator gives it more room")
  func space() async throws {
    let hub = try hub(HubAllowances(spaceBytes: 100_000))
    let carer = try await hub.joined("carer")
    let full = try #require(try await fill(carer).last)
    let space = try hub.space("public")
    #expect(use(full, .space(space))?.isFull == true && use(full, .space(space))?.renewal == nil)
    try carer.add("Elsewhere", space: "cab")
    #expect(try await carer.send().unsent == 1, "another space is not full")
    let status = try hub.administration.run(.status)
    #expect(status.nearlyFull.map(\.allowance) == ["space"] && status.nearlyFull.first?.space == "public")
    let lines = status.lines.map(\.description)
    #expect(lines.contains { $0.contains("The space public is 100 percent full.") }, "\(lines)")
    let room = try hub.administration.run(.room("public", gibibytes: 1))
    #expect(room.used >= 100_000 && room.most == 1 << 30)
    #expect(try await carer.send().unsent == 0)
    #expect(throws: AdminError.self) { try hub.administration.run(.room("public", gibibytes: 0)) }
    #expect(throws: AdminError.self) { try hub.administration.run(.room("moon")) }
    #expect(try hub.administration.run(.room("public")).most == 1 << 30)
  }

  @Test("an administrator is told of members and devices near the end of a day's allowance")
  func status() async throws {
    let hub = try hub(HubAllowances(bytesPerDay: 100_000, chainsPerDay: 2, refusalsPerDay: 2))
    let carer = try await hub.joined("carer")
    _ = try await fill(carer)
    let (space, author, signer) = (try hub.space("cab"), try hub.member("carer"), try carer.signer)
    #expect(try hub.administration.run(.status).nearlyFull.map(\.allowance) == ["bytes"])
    clock.advance(milliseconds: Self.day)
    let unknown = first(2, of: "moon", in: space, by: author, signer)
    try await hub.offer(unknown, signedBy: signer.key, attestedBy: signer)
    let status = try hub.administration.run(.status)
    #expect(status.nearlyFull.map(\.allowance) == ["chains", "refused"])
    #expect(status.nearlyFull.allSatisfy { $0.member == "carer" && $0.device == signer.key.publicKey.fingerprint })
    #expect(try HubStatus(json: status.json) == status)
  }

  @Test("what the Centre imports, and what administrators do, counts against nobody")
  func centre() async throws {
    let hub = try hub(HubAllowances(bytesPerDay: 1, chainsPerDay: 1, refusalsPerDay: 1, spaceBytes: 1))
    _ = try await hub.joined("carer")
    let lines = (0..<50).map { #"{"kind":"institution","key":"inst/\#($0)","fields":{"name":"\#(words)"}}"# }
    _ = try? hub.administration.load(lines.joined(separator: "\n"))
    try hub.leave("carer")
    #expect(try hub.administration.run(.status).nearlyFull.isEmpty)
    #expect(try hub.administration.run(.room("public")).used == 0)
  }

  @Test(
    "whatever a member's changes are like, the hub's disk grows by no more than twice the allowance",
    arguments: [1, 200, 120_000])
  func disk(letters: Int) async throws {
    let most = 4 << 20
    let hub = try hub(HubAllowances(bytesPerDay: UInt64(most)))
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try carer.signer)
    let (replica, text) = (signer.newName(), Value.text(String(repeating: "x", count: letters)))
    var (tip, number): (Tip?, UInt64) = (nil, 0)
    func next() -> Change {
      number += 1
      let record = RecordID.random()
      let edits = [
        Edit(record: record, kind: "event", operation: .makePresent(supersedes: [])),
        Edit(record: record, kind: "event", operation: .assign(field: "title", value: text, supersedes: [])),
      ]
      let change = Change(
        edits: edits, space: space, replica: replica, previous: tip, lamport: number, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      tip = Tip(sequence: number, digest: change.digest, lamport: number)
      return change
    }
    _ = try hub.store.scrub()
    let before = try bytes(of: hub)
    let batch = letters > 10_000 ? 20 : 1_000
    var outcomes: [Judgement] = []
    repeat {
      let changes = (0..<batch).map { _ in next() }
      outcomes = try await hub.offer(changes, signedBy: signer.key, attestedBy: signer)
      #expect(outcomes.allSatisfy { $0.isTakenOrWaits })
    } while !outcomes.contains(.later)
    let grown = try bytes(of: hub) - before
    #expect(grown < 2 * most, "\(letters) letters: \(Double(grown) / Double(most))")
    #expect(grown > most / 2, "\(letters) letters: \(Double(grown) / Double(most))")
  }

  /// The size of the hub's database.
  private func bytes(of hub: TestHub) throws -> Int {
    let copy = hub.folder.file("measured-\(UUID().uuidString).db")
    try hub.store.backup(to: copy)
    return try FileManager.default.attributesOfItem(atPath: copy)[.size] as? Int ?? 0
  }
}

extension Judgement {
  /// True for a change that is taken, or that waits, or whose predecessor waits.
  fileprivate var isTakenOrWaits: Bool {
    switch self {
    case .taken, .later, .missing: true
    case .refused, .forked: false
    }
  }
}
