// W5: a thousand devices push at about the same time.

import BoardModel
import Cryptography
import Foundation
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import Synchronization
import TestKit

struct Crowd: Workload {
  let name = "crowd"
  let about =
    "devices push 100 changes each, one in ten of them to records that all edit; in one process, without HTTP and pages"

  private static let changesEach = 100
  /// The visitors that the hub has at a time while it is driven as hard as it goes.
  private static let visitors = 64

  func run(_ bench: Bench) async throws -> [Figure] {
    let crowd = try await PushingCrowd(devices: bench.records / Self.changesEach, changesEach: Self.changesEach)
    let memory = ProcessMemory()
    let closed = try await measure { try await crowd.pushAll(round: 0, visitors: Self.visitors) }
    let count = crowd.devices * Self.changesEach
    let rows = crowd.rows
    let limit = try await measure { try RawLimit().insert(rows) }
    let rate = Double(crowd.devices) / closed.wall
    try crowd.check(rounds: 1)
    let waits = try await crowd.push(round: 1, perSecond: rate / 2).sorted()
    try crowd.check(rounds: 2)
    return [
      Figure("push a change at full load", closed, each: count, .microsecondsEach, limit: limit),
      Figure("pushes of 100 at full load", value: rate, .perSecond),
      Figure("a push of 100 at half load, p50", value: waits[waits.count / 2] * 1e3, .milliseconds, goal: 100),
      Figure("a push of 100 at half load, p99", value: waits[waits.count * 99 / 100] * 1e3, .milliseconds, goal: 1_000),
      Figure("memory beside the requests", value: memory.growth, .mebibytes),
    ]
  }
}

/// Devices of a hub, with two requests each that are made and signed beforehand.
private final class PushingCrowd: Sendable {
  private struct Device: Sendable {
    let key: PublicKey
    let requests: [[UInt8]]
  }

  private let hub: TestHub
  private let crowd: [Device]
  private let changesEach: Int
  /// The number of records that many devices edit.
  private let hot: Int
  /// The rows that a limit writes for the changes of one round.
  let rows: [RawRow]
  var devices: Int { crowd.count }

  init(devices: Int, changesEach: Int) async throws {
    let hub = try TestHub(
      model: .board, policy: RightsPolicy(rules: RecordModel.board.rules), allowances: Bench.noAllowances)
    let (id, space) = (try hub.store.read { try HubIdentity.identity(in: $0).hub }, try hub.space(Bench.space))
    let members = try hub.store.write { transaction in
      try (0...devices).map { try enrol("member \($0)", as: "centre-staff", spaces: [space], in: transaction) }
    }
    // So many that ten devices edit each of them.
    let hot = max(1, devices * changesEach / 10 / 10)
    var maker = Chain(of: members[0], in: space)
    let made = (0..<hot).map { maker.make($0) }
    for first in stride(from: 0, to: hot, by: 500) {
      let key = members[0].signer.key.publicKey
      _ = try await hub.hub.answer(maker.request(Array(made[first...].prefix(500)), to: id), signedBy: key)
    }
    var rows: [RawRow] = []
    crowd = members.dropFirst().enumerated().map { number, member in
      var chain = Chain(of: member, in: space, after: UInt64(hot))
      let requests = (0..<2).map { round in
        let changes = (0..<changesEach).map { place in
          guard place % 10 == 9 else { return chain.make(place) }
          let edited = made[(number * changesEach / 10 + place / 10) % hot]
          return chain.edit(edited, "edited by \(number)")
        }
        if round == 0 { rows += changes.compactMap { RawRow(.change($0)) } }
        return chain.request(changes, to: id)
      }
      return Device(key: member.signer.key.publicKey, requests: requests)
    }
    (self.hub, self.rows, self.hot, self.changesEach) = (hub, rows, hot, changesEach)
  }

  /// Pushes one round, so many at a time.
  func pushAll(round: Int, visitors: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, device) in crowd.enumerated() {
        if number >= visitors { try await group.next() }
        group.addTask { [hub] in _ = try await hub.hub.answer(device.requests[round], signedBy: device.key) }
      }
      try await group.waitForAll()
    }
  }

  /// Checks that every change of these rounds was taken.
  func check(rounds: Int) throws {
    let (records, refused) = try hub.store.read { reader in
      let space = try reader.spaces().first { $0.name == Bench.space }!.id
      return try (reader.recordCount(in: space), reader.voids(in: space).count)
    }
    guard refused == 0, records == hot + rounds * crowd.count * changesEach * 9 / 10 else {
      throw StoreError.failed("\(refused) changes were refused, \(records) records are there")
    }
  }

  /// Pushes one round, each device at its time, whether or not the others are done.
  ///
  /// - Returns: The seconds from each device's time to its answer.
  func push(round: Int, perSecond rate: Double) async throws -> [Double] {
    try await withThrowingTaskGroup(of: Double.self) { group in
      let start = ContinuousClock.now
      for (number, device) in crowd.enumerated() {
        let time = start + .seconds(Double(number) / rate)
        group.addTask { [hub] in
          try await Task.sleep(until: time, tolerance: .zero)
          _ = try await hub.hub.answer(device.requests[round], signedBy: device.key)
          return time.duration(to: .now) / .seconds(1)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}

/// The changes of one device, each after the last.
private struct Chain {
  private let author: MemberID
  private let signer: Signer
  private let space: SpaceID
  private let replica: ReplicaID
  private let base: UInt64
  private var tip: Tip?

  /// - Parameter lamport: The Lamport time of what it has seen.
  init(of member: (principal: Principal, signer: Signer), in space: SpaceID, after lamport: UInt64 = 0) {
    (author, signer, self.space, base) = (member.principal.member, member.signer, space, lamport)
    replica = signer.newName()
  }

  mutating func make(_ number: Int) -> Change {
    let record = RecordID.make(at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number)))
    return append(
      record,
      [.makePresent(supersedes: [])]
        + Bench.fields(number).map { .assign(field: $0, value: $1, supersedes: []) })
  }

  /// Edits a record as it was made, whoever has edited it since.
  mutating func edit(_ made: Change, _ words: String) -> Change {
    append(made.records[0], [.assign(field: "kind", value: .text(words), supersedes: [made.dot])])
  }

  private mutating func append(_ record: RecordID, _ operations: [Replication.Operation]) -> Change {
    let change = Change(
      edits: operations.map { Edit(record: record, kind: Bench.kind, operation: $0) }, space: space, replica: replica,
      previous: tip, lamport: base + (tip?.sequence ?? 0) + 1, author: author,
      time: Timestamp(milliseconds: 1_800_000_000_000), modelVersion: RecordModel.board.version)
    tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: change.header.lamport)
    return change
  }

  /// A request that offers changes, with the signed head of the last. It asks for no pages.
  func request(_ changes: [Change], to hub: HubID) -> [UInt8] {
    let hello = Hello(replica: replica, modelVersion: RecordModel.board.version, hub: hub, spaces: [])
    return Message.encode(
      [.hello(hello)] + changes.map { .offer(header: $0.headerBytes, body: $0.bodyBytes) }
        + changes.suffix(1).map { .head(signer.head(of: $0, for: hub)) })
  }
}

/// The memory that the process takes beyond what it had when this was made.
private struct ProcessMemory {
  private let before = Self.kibibytes("VmRSS:")

  init() {
    // Forgets the greatest so far (proc_pid_clear_refs(5)). Where the system does not let it, an earlier workload may show.
    do { try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs")) } catch {
      print("  the memory is that of all workloads so far: \(error)")
    }
  }

  /// The greatest growth so far, in MiB.
  var growth: Double { (Self.kibibytes("VmHWM:") - before) / 1024 }

  private static func kibibytes(_ name: String) -> Double {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let number = Double(line.filter(\.isNumber))
    else { preconditionFailure("/proc/self/status has no \(name)") }
    return number
  }
}
