// Two universities with an agreement about events, for tests.

import Cryptography
import Foundation
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

/// Birmingham and Leeds, with an agreement about events.
struct Pair {
  let birmingham: University
  let leeds: University
  let agreement: Agreement

  static let text = """
    agreement: birmingham-leeds
    version: 1
    purpose: Show each other's public events
    lawful_basis: Public task (UK GDPR article 6(1)(e))
    from: 2026-01-01
    to: 2027-07-31
    at_end: delete
    retention: As long as the agreement is in force
    us: {name: University of Birmingham, country: United Kingdom, role: sole}
    them: {name: University of Leeds, country: United Kingdom, role: sole}
    we_share:
      - kind: event
        space: public
        where: {kind: seminar}
        fields: [title, date, date_precision, time, host_refs, status]
        suggest: [date, date_precision, time]
      - kind: organisation
        space: public
        fields: [name]
    they_share:
      - kind: event
        space: public
        fields: [title]
        free_text: [summary]
    """

  /// - Parameter beforeAgreement: Called once the hubs have met.
  init(
    text: String = Self.text, signed: Bool = true, clock: ManualClock = ManualClock(),
    beforeAgreement: (University) throws -> Void = { _ in }
  ) async throws {
    birmingham = try University("University of Birmingham", clock: clock)
    leeds = try University("University of Leeds", clock: clock)
    try await birmingham.meet(leeds)
    try beforeAgreement(leeds)
    agreement = try birmingham.propose(text, to: leeds)
    try await leeds.exchange(with: birmingham)
    guard signed else { return }
    try birmingham.sign(agreement, with: leeds)
    try leeds.sign(agreement, with: birmingham)
    try await leeds.exchange(with: birmingham)
    for side in [birmingham, leeds] { try side.confirm(agreement) }
  }

  func exchange() async throws { try await leeds.exchange(with: birmingham) }

  /// Looks for what was planted where nothing may cross, in every file of Leeds and in all that travelled.
  func expectNoCanary(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let canary = Array("CANARY".utf8)
    let travelled = leeds.transport.bytes + birmingham.transport.bytes
    #expect(
      try !leeds.files().contains { $0.firstRange(of: canary) != nil }, "in a file", sourceLocation: sourceLocation)
    #expect(!travelled.contains { $0.firstRange(of: canary) != nil }, "on the way", sourceLocation: sourceLocation)
  }
}

extension University {
  /// The event of a title in the public space.
  func event(_ title: String) throws -> RecordID {
    try hub.store.read { reader in
      var found: RecordID?
      let space = try #require(try reader.spaces().first { $0.name == "public" }).id
      try reader.forEachRecord(in: space, kind: "event") { record, state in
        if state.shownFields(by: hub.model.rules)["title"] == .text(title) { found = record }
      }
      return try #require(found)
    }
  }

  /// The shown fields of one of this university's own records.
  func fields(of record: RecordID, space: String = "public") throws -> [String: Value] {
    let key = RecordKey(try hub.space(space), record)
    return try hub.store.read { try $0.record(key)?.shownFields(by: hub.model.rules) ?? [:] }
  }

  /// The bytes of every file of the hub and of its copies.
  func files() throws -> [[UInt8]] {
    let folder = hub.folder.file("")
    return try FileManager.default.subpathsOfDirectory(atPath: folder).compactMap {
      FileManager.default.contents(atPath: folder + "/" + $0).map { Array($0) }
    }
  }

  /// The record that this university has of another, by its title.
  func receivedRecord(_ title: String) throws -> RecordKey {
    try #require(
      try hub.store.read { reader in
        for space in try reader.spaces() where space.name.hasPrefix("From ") {
          var found: RecordID?
          try reader.forEachRecord(in: space.id, kind: nil) { record, state in
            if state.shownFields(by: hub.model.rules)["title"] == .text(title) { found = record }
          }
          if let found { return RecordKey(space.id, found) }
        }
        return nil
      })
  }

  /// The kinds of the records that this university's agreements give, one for each record.
  func given() throws -> [String] {
    try hub.store.read { reader in
      var kinds: [String] = []
      for case (let space, .outgoing) in try PartnerSpace.all(in: reader) {
        try reader.forEachRecord(in: space, kind: nil) { _, state in
          if !state.isErased, !state.kind.hasPrefix("_") { kinds.append(state.kind) }
        }
      }
      return kinds
    }
  }

  /// What waits for this university's administrator before it crosses.
  func crossings() throws -> [CrossingQuestion] {
    try hub.store.read { try CrossingQueue(model: hub.model, now: hub.clock.read(), in: $0).questions() }
  }

  func decide(_ question: CrossingQuestion, _ decision: CrossingDecision) throws {
    try hub.store.write {
      try CrossingQueue.decide(question, decision, model: hub.model, now: hub.clock.read(), in: $0)
    }
  }

  /// Suggests a value for another university's record.
  func suggest(_ value: Value, _ field: String, of title: String) throws -> RecordID? {
    let key = try receivedRecord(title)
    return try hub.store.write {
      try CrossingQueue.suggest(
        value, for: key, field: field, words: "the room is taken", writer: "an administrator there", model: hub.model,
        now: hub.clock.read(), in: $0)
    }
  }
}
