// Answers that grow with a hub: told and checked a page at a time, so that neither memory nor anybody else's work depends
// on how long they are.

import BoardModel
import ClientCore
import Dispatch
import Foundation
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import Synchronization
import TestKit
import Testing

/// A hub's store that counts its reads.
private final class ReadCountingStore: ReplicaStore {
  private let store: any ReplicaStore
  private let counts = Mutex((begun: 0, ended: 0))

  init(_ store: any ReplicaStore) { self.store = store }

  var observers: CommitObservers { store.observers }
  var reads: Int { counts.withLock { $0.begun } }
  var isReading: Bool { counts.withLock { $0.begun > $0.ended } }

  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    counts.withLock { $0.begun += 1 }
    defer { counts.withLock { $0.ended += 1 } }
    return try store.read(body)
  }

  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result { try store.write(body) }
  func scrub() throws -> Bool { try store.scrub() }
  func indexTexts() throws { try store.indexTexts() }
}

@Suite("Long answers of a hub", .timeLimit(.minutes(5)))
struct LongAnswerTests {
  private static let changes = 6_000
  /// No more than this is read in one transaction, or told at once.
  private static let pageMax = 2_500

  let hub: TestHub
  private let store: ReadCountingStore

  init() throws {
    hub = try TestHub()
    store = ReadCountingStore(hub.store)
  }

  /// Lets the Centre make as many records as a change each.
  private func fill(_ count: Int) throws {
    let (cab, now) = (try hub.space("cab"), hub.clock.read())
    try hub.store.write { transaction in
      let replica = Replica(rules: hub.model.rules, in: transaction)
      for _ in 0..<count {
        let record = RecordID.make(at: now)
        _ = try replica.commit(
          [.create(record, kind: "event")], in: cab, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
      }
    }
  }

  private var administration: AdminService {
    AdminService(
      store: store, model: hub.model, seedFormat: SeedReader.format, clock: hub.clock.read
    ) { _ in }
  }

  @Test("an audit and a verification of 6,000 changes take a page at a time")
  func pages() throws {
    try fill(Self.changes)
    var (count, most) = (0, 0)
    let report = try administration.run(.audit(space: "cab"), by: .machineOwner(through: .socket)) { entries in
      #expect(!store.isReading)
      count += entries.count
      most = max(most, entries.count)
    }
    #expect(report == AuditReport(entries: Self.changes, unreadable: 0, failure: nil) && count == Self.changes)
    #expect(most <= Self.pageMax && store.reads >= 2 * Self.changes / Self.pageMax)
    let before = store.reads
    let verified = try administration.run(.verify)
    #expect(verified.spaces.contains { $0.name == "cab" && $0.changes == Self.changes && $0.records == Self.changes })
    #expect(store.reads - before >= Self.changes / Self.pageMax)
  }

  @Test("administrators who stop reading in the middle of an audit hold up no member's sync")
  func stalled() async throws {
    let carer = try await hub.joined("carer")
    let (started, gate) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
    // More than the store has readers.
    let audits = 6
    let administration = administration
    for _ in 0..<audits {
      Thread.detachNewThread {
        // An audit that the test has let go may meet a closed hub. Its answer is nobody's.
        _ = try? administration.run(.audit(space: nil), by: .machineOwner(through: .socket)) { _ in
          started.continuation.yield()
          gate.wait()
        }
      }
    }
    var begun = started.stream.makeAsyncIterator()
    for _ in 0..<audits { await begun.next() }
    try carer.add("Tea", space: "cab")
    try await carer.send()
    #expect(try hub.differences(from: [carer]).isEmpty)
    for _ in 0..<audits { gate.signal() }
  }

  @Test("verifications and audits beyond the store's readers, a backup and a scrub beside them, hold up no sync")
  func longReads() async throws {
    let carer = try await hub.joined("carer")
    let (started, gate) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
    let slow = SlowStore(hub.store) {
      started.continuation.yield()
      gate.wait()
    }
    let administration = AdminService(
      store: slow, model: hub.model, seedFormat: SeedReader.format, clock: hub.clock.read
    ) { _ in }
    let asked = 3 * HubReaders.count
    for number in 0..<asked {
      Thread.detachNewThread {
        // What the test has let go may meet a closed hub. Its answer is nobody's.
        if number.isMultiple(of: 2) { _ = try? administration.run(.verify) } else { _ = try? administration.audit() }
      }
    }
    let others = HubReaders.count - ReadQueue.width - AdminService.readsMax
    for _ in 0..<others { Thread.detachNewThread { [slow] in _ = try? slow.read { try $0.spaces().count } } }
    var begun = started.stream.makeAsyncIterator()
    for _ in 0..<AdminService.readsMax + others { await begun.next() }
    try carer.add("Tea", space: "cab")
    try await carer.send()
    #expect(try hub.differences(from: [carer]).isEmpty)
    #expect(slow.readCount == AdminService.readsMax + others)
    for _ in 0..<100 * asked { gate.signal() }
  }
}

/// A hub's store whose reads take until they are let go, each with one of the store's readers.
private final class SlowStore: ReplicaStore {
  private let store: any ReplicaStore
  private let wait: @Sendable () -> Void
  private let count = Mutex(0)

  init(_ store: any ReplicaStore, wait: @escaping @Sendable () -> Void) {
    self.store = store
    self.wait = wait
  }

  var observers: CommitObservers { store.observers }
  var readCount: Int { count.withLock { $0 } }

  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    try store.read { reader in
      count.withLock { $0 += 1 }
      wait()
      return try body(reader)
    }
  }

  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result { try store.write(body) }
  func scrub() throws -> Bool { try store.scrub() }
  func indexTexts() throws { try store.indexTexts() }
}
