// The bench: a hub and two members' copies, on real files, with the durability that people have.

import BoardModel
import ClientCore
import Foundation
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit

/// One thing that is measured, in a file of its own.
protocol Workload {
  var name: String { get }
  /// A line for the table: the act that is measured, and the limit beside it.
  var about: String { get }
  func run(_ bench: Bench) async throws -> [Figure]
}

/// A hub and the copies of two members of the Centre's staff, in a temporary folder. Writer and reader are filled once, by
/// whichever workload comes first.
final class Bench {
  let records: Int
  let hub: TestHub
  private var copies: (writer: TestDevice, reader: TestDevice)?
  private var made: [RecordID] = []
  private var raw: [RawRow] = []
  private var rounds = 0
  /// The bytes of the requests that sent all records; `nil` before a workload has measured that.
  var bytesSentForAll: Int?

  static let space = "public"
  /// A million records of one member are more than a hub takes in a day.
  static let noAllowances = HubAllowances(
    bytesPerDay: .max, chainsPerDay: .max, refusalsPerDay: .max, spaceBytes: .max)
  static let kind = "unit"

  init(records: Int) throws {
    self.records = records
    hub = try TestHub(
      model: .board, policy: RightsPolicy(rules: RecordModel.board.rules), allowances: Self.noAllowances)
  }

  /// The copy in which everything is written.
  func writer() async throws -> TestDevice { try await both().writer }

  /// The copy that only reads.
  func reader() async throws -> TestDevice { try await both().reader }

  private func both() async throws -> (writer: TestDevice, reader: TestDevice) {
    if let copies { return copies }
    let writer = try await hub.joined("writer", role: "centre-staff", spaces: [Self.space])
    let reader = try await hub.joined("reader", role: "centre-staff", spaces: [Self.space])
    copies = (writer, reader)
    return (writer, reader)
  }

  /// A number that was not drawn before, so that each round of changes writes something else.
  func nextRound() -> Int {
    rounds += 1
    return rounds
  }

  /// The records of the writer, made if there are none.
  func filled() async throws -> [RecordID] {
    if made.isEmpty { made = try await make(records) }
    return made
  }

  /// Makes records in the writer's copy, 1,000 a transaction.
  private func make(_ count: Int) async throws -> [RecordID] {
    let writer = try await writer()
    let (space, member) = (try writer.space(Self.space), try writer.copy.membership().member)
    let rules = try writer.copy.model().rules
    var made: [RecordID] = []
    for first in stride(from: 0, to: count, by: 1_000) {
      try writer.store.write { transaction in
        for number in first..<min(first + 1_000, count) {
          let record = RecordID.make(at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number)))
          _ = try Replica(rules: rules, in: transaction).commit(
            [.create(record, kind: Self.kind)] + Self.fields(number).map { .set(record, field: $0, $1) }, in: space,
            by: member, as: "centre-staff", at: Timestamp(milliseconds: 1_800_000_000_000), isHome: false)
          made.append(record)
        }
      }
    }
    return made
  }

  /// Eight fields, about 400 bytes of values.
  static func fields(_ number: Int) -> [(String, Value)] {
    [
      ("name", .text("Unit \(number) " + Prose.sentence(8 * number, words: 6))), ("short_name", .text("HSC-\(number)")),
      ("kind", .text(Prose.sentence(8 * number + 1, words: 6))),
      ("academic_staff_over", .integer(Int64(number % 90))), ("professional_staff", .integer(Int64(number % 40))),
      ("active_research_portfolio_gbp", .integer(Int64(number) * 1_000)),
      ("source", .text("section \(number % 50), " + Prose.sentence(8 * number + 2, words: 11))),
      ("scope", .text(Prose.sentence(8 * number + 3, words: 24))),
    ]
  }

  /// The rows that a limit writes: for each record made, its values and the row of the log that made it.
  func rows() async throws -> [RawRow] {
    let count = try await filled().count
    guard raw.isEmpty else { return raw }
    let writer = try await writer()
    let (space, member) = (try writer.space(Self.space), try writer.copy.membership().member)
    raw = try writer.store.read { reader in
      try reader.rows(after: 0, in: space, bytesMax: .max).compactMap { row in
        row.entry.header.author == member ? RawRow(row.entry) : nil
      }
    }
    precondition(raw.count == count)
    return raw
  }
}

/// The seconds that something took: by the clock, and in the processors, which other programs disturb less.
struct Duration {
  var wall = 0.0
  var cpu = 0.0

  static func + (one: Duration, other: Duration) -> Duration {
    Duration(wall: one.wall + other.wall, cpu: one.cpu + other.cpu)
  }
}

/// Measures something.
func measure<Result>(_ body: () async throws -> Result) async rethrows -> Duration {
  let (wall, cpu) = (seconds(of: CLOCK_MONOTONIC), seconds(of: CLOCK_PROCESS_CPUTIME_ID))
  _ = try await body()
  return Duration(wall: seconds(of: CLOCK_MONOTONIC) - wall, cpu: seconds(of: CLOCK_PROCESS_CPUTIME_ID) - cpu)
}

private func seconds(of clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
