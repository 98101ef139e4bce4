// What the tests of this target share: the stores to be held to the contract, folders that go away, and somebody who
// writes changes.

import Cryptography
import Foundation
import Replication
import SQLiteStorage
import TestKit

/// A store to be held to the contract.
enum Backend: CaseIterable, Sendable {
  case memory
  case sqlite

  /// Runs the body with a fresh store of this make, which holds one space by the name of "Board".
  func withStore<Result>(_ body: (any ReplicaStore) throws -> Result) throws -> Result {
    switch self {
    case .memory:
      let store = InMemoryStore()
      try store.write { try $0.put(Space(id: board, name: "Board")) }
      return try body(store)
    case .sqlite:
      return try withTemporaryFolder { folder in
        let store = try SQLiteStore(path: folder + "/replica.db")
        try store.write { try $0.put(Space(id: board, name: "Board")) }
        let result = try body(store)
        try store.close()
        return result
      }
    }
  }
}

/// Runs the body with an empty folder, and takes the folder away.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "storage-tests-\(UUID())"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer {
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
  }
  return try body(folder)
}

/// What a body throws that changes its mind.
struct Regret: Error, Equatable {}

/// An id whose last byte is the number.
func id<Role>(_ number: UInt8) -> Identifier<Role> {
  Identifier(bytes: [UInt8](repeating: 0, count: 15) + [number])!
}

let board: SpaceID = id(1)
let reserved: SpaceID = id(2)

/// A person at one replica, whose changes follow each other in one space.
struct ChangeWriter {
  let replica: ReplicaID
  let space: SpaceID
  private(set) var tip: Tip?

  init(_ number: UInt8, in space: SpaceID = board) {
    replica = id(number)
    self.space = space
  }

  /// The next change of the chain.
  mutating func writes(_ edits: [Edit]) -> Change {
    let change = Change(
      edits: edits, space: space, replica: replica, previous: tip, lamport: (tip?.sequence ?? 0) + 1,
      author: id(9), time: Timestamp(milliseconds: 1_700_000_000_000), modelVersion: 1)
    tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: change.header.lamport)
    return change
  }

  /// The next change of the chain: it gives every record named the same title.
  mutating func writes(_ title: String, on records: RecordID..., supersedes: [Dot] = []) -> Change {
    writes(
      records.map {
        Edit(
          record: $0, kind: "note",
          operation: .assign(field: "title", value: .text(title), supersedes: supersedes))
      })
  }
}

extension Change {
  /// The row that is left of this where nobody may keep what it wrote of these records.
  func erased(_ records: RecordID...) throws -> RedactedChange {
    var rest = CBORWriter()
    let kept = edits.filter { !records.contains($0.record) }
    rest.array(kept.count)
    for edit in kept { edit.encode(into: &rest) }
    return try RedactedChange(headerBytes: headerBytes, redactedBody: rest.bytes)
  }
}

extension RecordState {
  /// What changes, applied in this order, make of a record.
  init(_ record: RecordID, kind: String = "note", of changes: Change...) {
    self.init(kind: kind)
    for change in changes {
      for edit in change.edits where edit.record == record { merge(edit, by: change.header.stamp) }
    }
  }
}

extension StoreTransaction {
  /// Adds changes to the log of the board.
  func append(_ changes: Change..., isAcknowledged: Bool = false) throws {
    for change in changes { try append(.change(change), isAcknowledged: isAcknowledged, in: change.header.space) }
  }

  func put(
    _ state: RecordState, at record: RecordID, in space: SpaceID = board, shownFields: [String: Value] = [:]
  ) throws {
    try put(state, at: RecordKey(space, record), presence: .present, shownFields: shownFields)
  }
}
