// What members were told, kept outside every program and disk that may fail, so that it can be held against them: each
// rig works through a ledger, and the ledger alone says what was lost and what was doubled.

import Foundation
import JSONText
import ProgramKit
import Testing

/// The events a rig adds: each has a title of its own, so that losing or doubling one shows.
final class Ledger {
  private let workshop: Workshop
  private let folder: String
  /// Titles that were tried; what was interrupted may be there, once, or not.
  private var tried: Set<String> = []
  /// Title → record, for what `record add` gave a receipt for.
  private(set) var saved: [String: String] = [:]
  /// What of it a `send` said the hub has.
  private(set) var acknowledged: [String: String] = [:]
  private(set) var lost = 0
  private(set) var doubled = 0
  /// Whether nothing was lost or doubled so far. A rig ends where something was: all that follows would repeat it.
  var isClean: Bool { lost == 0 && doubled == 0 }
  var figures: String { "\(saved.count) changes, \(lost) lost, \(doubled) doubled" }
  /// How many changes the hub held before the first event.
  private var baseHead: Int64 = 0

  /// - Parameter folder: Where the member who writes works, in the workshop.
  init(in workshop: Workshop, of folder: String) async throws {
    self.workshop = workshop
    self.folder = folder
    baseHead = try await workshop.head(of: "public")
  }

  // MARK: Writing

  /// Starts adding an event; ``enterReceipt(_:for:)`` takes what it said.
  func startAdding() throws -> (title: String, program: Program) {
    let title = "Event \(tried.count)"
    tried.insert(title)
    let words = ["--home", workshop.file(folder), "--json", "record", "add", "event", "title=\(title)"]
    return (title, try workshop.start("board", words))
  }

  /// Enters a receipt, where a whole one was given.
  func enterReceipt(_ output: String, for title: String) throws {
    guard output.hasSuffix("\n") else { return }
    let id = try #require(try JSON(parsing: Array(output.utf8))["id"].word, "no receipt: \(output)")
    saved[title] = id
  }

  /// Adds an event, and enters its receipt.
  @discardableResult
  func add() async throws -> Outcome {
    let (title, program) = try startAdding()
    let outcome = await program.outcome()
    try enterReceipt(outcome.output, for: title)
    return outcome
  }

  func startSending() throws -> Program {
    try workshop.start("board", ["--home", workshop.file(folder), "--json", "send"])
  }

  /// Sends; what a finished `send` leaves behind the hub has.
  @discardableResult
  func send() async throws -> Outcome {
    let outcome = try await startSending().outcome()
    try enterSending(outcome.output)
    return outcome
  }

  /// Enters what the hub has by the word of a `send`, where it got as far as saying so.
  func enterSending(_ output: String) throws {
    guard output.hasSuffix("\n") else { return }
    if try JSON(parsing: Array(output.utf8))["unsent"].number == 0 { acknowledged = saved }
  }

  /// Enters what the member's copy believes the hub to have, whatever became of the `send` that told it.
  func enterStanding() async throws {
    if try await workshop.unsent(folder) == 0 { acknowledged = saved }
  }

  // MARK: Judging

  /// Holds a member's copy against what was promised: all of it there, nothing there twice, nothing nobody wrote.
  ///
  /// - Returns: How many events the copy holds.
  @discardableResult
  func judge(_ member: String, holds promised: [String: String], after event: String) async throws -> Int {
    let records = try await workshop.done(member, "record", "list", "event")["records"].items
    let held = Dictionary(grouping: records) { $0["fields"]["title"].text }.mapValues { $0.map(\.["id"].text) }
    for (title, id) in promised where held[JSON.string(title).text]?.contains(JSON.string(id).text) != true {
      lost += 1
      Issue.record("\(member) lost \(title) after \(event)")
    }
    let known = Set(tried.map { JSON.string($0).text })
    for (title, ids) in held where ids.count > 1 || !known.contains(title) {
      doubled += 1
      Issue.record("\(member) has \(title) doubled, \(ids.count) times, after \(event)")
    }
    return records.count
  }

  /// Brings the writer and a reader up to date, and holds every copy and the hub's log against each other.
  func settle(with reader: String, after event: String) async throws {
    try await workshop.done(folder, "send")
    acknowledged = saved
    try await workshop.done(reader, "send")
    let count = try await judge(reader, holds: saved, after: event)
    let surplus = try await workshop.head(of: "public") - baseHead - Int64(count)
    if surplus > 0 {
      doubled += Int(surplus)
      Issue.record("the hub's log has doubled \(surplus) changes after \(event)")
    }
    if surplus < 0 {
      lost += Int(-surplus)
      Issue.record("the hub's log lost \(-surplus) changes after \(event)")
    }
    if isClean { try await workshop.expectEqual(folder, reader) }
  }
}

extension Workshop {
  /// How many changes the hub's log of a space holds.
  func head(of space: String) async throws -> Int64 {
    let spaces = try await hubDone("status")["spaces"].items
    return try #require(spaces.first { $0["name"].word == space }?["head"].number)
  }

  /// Joins a member whose folder has another name than they, since it lies on a disk of its own.
  func join(_ member: String, in folder: String, at url: String) async throws {
    try await done(folder, "join", url, code(for: member))
  }
}
