// The store contract, shared by hubs and devices. Every backend must keep the promises of `Tests/StoreConformance`. A
// store only keeps and finds data; the engine decides what to write.
//
// The contract has a part for each thing a store holds (StoreParts.swift). Code that needs one part takes that part;
// a backend implements all of them, on one snapshot for a ``StoreReader`` and in one transaction for a
// ``StoreTransaction``.

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
package protocol StoreReader: LocalStateReader, SpaceReader, ChainReader, RecordReader, LogReader, VoidReader,
  RescueBoxReader, StoredBytesReader
{
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
package protocol StoreTransaction: StoreReader, LocalStateWriter, SpaceWriter, ChainWriter, RecordWriter, LogWriter,
  RescueBoxWriter
{
  /// Runs a nested transaction: if the body throws, only its writes are undone, and the error is rethrown.
  func nested<Result>(_ body: () throws -> Result) throws -> Result

  /// Records that this transaction erased or cleared content, so the store's files must be scrubbed
  /// (``ReplicaStore/scrub()``).
  func didErase() throws
}
