// The store contract, shared by hubs and devices. Every backend must pass the same conformance suite. A store only
// keeps and finds data; the engine decides what to write.

internal import Cryptography

/// A failure of a store. The transaction in which it occurred has left no trace.
package enum StoreError: Error, Equatable, Sendable {
  /// The copy is open already, here or in another process.
  case inUse
  /// The disk or the quota is full.
  case full
  /// The file was written by a newer program, or is not ours.
  case unreadable(String)
  /// The stored bytes are corrupt; the message names them.
  case corrupt(String)
  /// Any other failure, for example an I/O error or a read-only disk.
  case failed(String)
}

/// A copy of some spaces: records, logs and local state in one place, committed atomically.
package protocol ReplicaStore: Sendable {
  /// The observers of this store's commits. Each is told what a commit wrote, once it is durable.
  var observers: CommitObservers { get }

  /// Runs the body on one consistent snapshot. The body is synchronous and may run concurrently with others.
  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result

  /// Runs the body as one transaction: when this returns, all its writes are durable; if it throws, none took effect.
  ///
  /// - Throws: Whatever the body throws, after a rollback; ``StoreError`` if the commit itself fails.
  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result

  /// Removes erased content from wherever the store still has it beside the records, above all a database's own log.
  /// Call it after a transaction that erased (``StoreTransaction/didErase()``). Costs one lookup if there is nothing to
  /// do. A crash in between is made good when the store is next opened.
  ///
  /// - Returns: False if a reader blocked it; call it again later.
  @discardableResult
  func scrub() throws -> Bool
}

/// Queries to a store, all answered from one state.
package protocol StoreReader {
  /// A small named value local to this copy, never synced (``LocalKey``).
  func setting(_ name: String) throws -> [UInt8]?
  /// Every setting, by name.
  func settings() throws -> [String: [UInt8]]
  /// One row of a local table (``LocalTable``).
  func localRow(_ key: [UInt8], of scope: [UInt8], in table: String) throws -> [UInt8]?
  /// The first rows of one scope of a local table, at most `limit`, in the byte order of their keys.
  func localRows(of scope: [UInt8], in table: String, limit: Int) throws -> [(key: [UInt8], value: [UInt8])]
  /// Tests whether erased content may still be in the store's files (``StoreTransaction/didErase()``).
  func needsScrub() throws -> Bool

  /// The spaces of this copy, ordered by name, then id.
  func spaces() throws -> [Space]
  /// One space; `nil` if this copy does not hold it.
  func space(_ id: SpaceID) throws -> Space?
  /// The end of each replica's chain in the space.
  func tips(in space: SpaceID) throws -> [ReplicaID: Tip]
  /// The end of one replica's chain in the space; `nil` before its first change.
  func tip(of replica: ReplicaID, in space: SpaceID) throws -> Tip?
  /// The signed heads of a space: one for each chain and key, ordered by replica, then key.
  func heads(in space: SpaceID) throws -> [SignedHead]
  /// The signed heads of one chain, one for each key, ordered by key.
  func heads(of replica: ReplicaID, in space: SpaceID) throws -> [SignedHead]

  /// A record's state; `nil` if this copy does not hold the record.
  func record(_ key: RecordKey) throws -> RecordState?
  /// Calls the body with every record of a space, or of one kind in it, in the byte order of their ids.
  func forEachRecord(in space: SpaceID, kind: String?, _ body: (RecordID, RecordState) throws -> Void) throws
  /// The records of a space whose state has rivals (`RecordState.hasRivals`), in the byte order of their ids.
  func contestedRecords(in space: SpaceID) throws -> [(RecordID, RecordState)]
  /// The spaces of this copy that hold a record with this id, in the byte order of their ids.
  func spaces(holding record: RecordID) throws -> [SpaceID]

  /// The row at a position; `nil` if the position is empty.
  func row(at position: UInt64, in space: SpaceID) throws -> LogRow?
  /// The row under a dot; `nil` if there is none.
  func row(of dot: Dot, in space: SpaceID) throws -> LogRow?
  /// The rows after a position, ascending, as many as fit into `bytesMax`, but at least one if there is any.
  func rows(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow]
  /// The outbox: the unacknowledged rows after a position, ascending, as many as fit into `bytesMax`, but at least one
  /// if there is any.
  func outbox(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow]
  /// The number of rows of the space that the hub has not acknowledged.
  func outboxCount(in space: SpaceID) throws -> Int
  /// The rows that contain an edit of a record, in log order. Voids and redacted edits do not count. Cost grows with
  /// the record's history.
  func rows(touching key: RecordKey) throws -> [LogRow]
  /// The first row that contains an edit of a record, at the cost of one row.
  func firstRow(touching key: RecordKey) throws -> LogRow?
  /// Every void of the space, in the order of dots.
  func voids(in space: SpaceID) throws -> [VoidEntry]
  /// Tests whether a replica's chain in the space has a void. Costs one lookup.
  func hasVoid(of replica: ReplicaID, in space: SpaceID) throws -> Bool
  /// Every redacted change of the space, in the order of dots.
  func redactedChanges(in space: SpaceID) throws -> [RedactedChange]
  /// The rows of one replica from a sequence on, ascending by sequence.
  func rows(of replica: ReplicaID, from sequence: UInt64, in space: SpaceID) throws -> [LogRow]

  /// Calls the body with every row of a space's log as stored, unvalidated, in the order of positions.
  func forEachStoredRow(in space: SpaceID, _ body: (StoredRow) throws -> Void) throws
  /// Calls the body with every record of a space as stored, unvalidated: the bytes of its id and of its state, in the
  /// byte order of ids.
  func forEachStoredRecord(in space: SpaceID, _ body: ([UInt8], [UInt8]) throws -> Void) throws

  /// The rescue box, oldest first.
  func rescued() throws -> [RescuedChange]
}

/// Writes to a store. Later reads of the same transaction see them; nobody else does before the commit.
package protocol StoreTransaction: StoreReader {
  /// Runs a nested transaction: if the body throws, only its writes are undone, and the error is rethrown.
  func nested<Result>(_ body: () throws -> Result) throws -> Result

  /// Stores a small named value; `nil` removes it.
  func set(_ name: String, to value: [UInt8]?) throws
  /// Stores a row of a local table; `nil` removes it.
  func setLocalRow(_ key: [UInt8], of scope: [UInt8], in table: String, to value: [UInt8]?) throws
  /// Removes the rows of one scope of a local table, or of all scopes if it is `nil`.
  func removeLocalRows(of scope: [UInt8]?, in table: String) throws
  /// Records that this transaction erased or cleared content, so the store's files must be scrubbed
  /// (``ReplicaStore/scrub()``).
  func didErase() throws
  /// Adds or updates a space's row. The last position never decreases, so that no position is used twice.
  func put(_ space: Space) throws
  /// Removes a space from this copy: its row, tips, heads, records and log. The rescue box is left alone.
  func removeSpace(_ id: SpaceID) throws
  /// Stores the end of a replica's chain; `nil` removes it.
  func setTip(of replica: ReplicaID, in space: SpaceID, to tip: Tip?) throws
  /// Stores a signed head, replacing the one of the same chain by the same key.
  func put(_ head: SignedHead) throws
  /// Removes the signed heads of a chain at a sequence or later.
  func removeHeads(of replica: ReplicaID, from sequence: UInt64, in space: SpaceID) throws

  /// Stores a record's state.
  ///
  /// - Parameters:
  ///   - presence: The presence shown to readers of the file.
  ///   - shownFields: The fields shown to readers of the file; a store without readable views may ignore them.
  func put(_ state: RecordState, at key: RecordKey, presence: Presence, shownFields: [String: Value]) throws
  /// Removes a record's state. Its rows in the log stay.
  func removeRecord(_ key: RecordKey) throws

  /// Appends a row at the space's next position, which becomes its last.
  ///
  /// - Throws: ``StoreError/failed(_:)`` if this copy does not hold the space.
  func append(_ entry: LogEntry, isAcknowledged: Bool, in space: SpaceID) throws
  /// Marks rows as acknowledged by the hub, or no longer so.
  func setAcknowledged(_ isAcknowledged: Bool, dots: [Dot], in space: SpaceID) throws
  /// Replaces the entry stored under the same dot: with a void after a refusal, with a change after a refusal was
  /// reversed, or with the remainder of a change. The position stays.
  ///
  /// - Throws: ``StoreError/failed(_:)`` if no row has this dot.
  func replaceRow(with entry: LogEntry) throws
  /// Removes a row from the log; its position stays empty. Does nothing if there is no such row.
  func removeRow(of dot: Dot, in space: SpaceID) throws

  /// Adds a change to the rescue box. Does nothing if a change with the same header is there.
  func rescue(_ change: Change, reason: RefusalReason) throws
  /// Removes a change from the rescue box. Does nothing if it is not there.
  func removeRescued(_ change: Change) throws
}
