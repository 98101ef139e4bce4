// The one store contract. A hub and a device use the same one, and every backend is held to the same conformance
// suite. It stores and finds; it decides nothing: which rows to write is the engine's business.

internal import Cryptography

/// Why a store could not do what was asked. The transaction it happened in has left no trace.
package enum StoreError: Error, Equatable, Sendable {
  /// Another process holds this copy.
  case inUse
  /// The disk, or the quota, is full.
  case full
  /// The file was written by a newer program, or is none of ours.
  case unreadable(String)
  /// The bytes on disk do not make sense; the message says which.
  case corrupt(String)
  /// Anything else the system said: an I/O error, a read-only disk.
  case failed(String)
}

/// A copy of some spaces: records, logs, and a few settings, in one place that commits as one.
package protocol ReplicaStore: Sendable {
  /// Reads one consistent state. The body is synchronous and may run beside others.
  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result

  /// Runs the body as one transaction: all of it is durable when this returns, or nothing of it happened.
  ///
  /// - Throws: What the body throws, after undoing everything; ``StoreError`` where the commit itself fails.
  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result

  /// Takes what was erased from wherever the store still has it beside the records: a database's own log, above all.
  /// To be called after a transaction that erased (``StoreTransaction/didErase()``); costs one look where there is
  /// nothing to do. A crash in between is made good at the next opening.
  ///
  /// - Returns: False where a reader stood in the way; then it is to be called again.
  @discardableResult
  func scrub() throws -> Bool
}

/// Questions to a store, all answered from one state.
package protocol StoreReader {
  /// A small named value of this copy alone; never synced.
  func setting(_ name: String) throws -> [UInt8]?
  /// Every setting, by name.
  func settings() throws -> [String: [UInt8]]
  /// One row of a local table (``LocalTable``).
  func localRow(_ key: [UInt8], of scope: [UInt8], in table: String) throws -> [UInt8]?
  /// The first rows of a scope of a local table, at most `limit`, in the byte order of their keys.
  func localRows(of scope: [UInt8], in table: String, limit: Int) throws -> [(key: [UInt8], value: [UInt8])]
  /// Tests whether erased words may still stand in the store's files (``StoreTransaction/didErase()``).
  func needsScrub() throws -> Bool

  /// In the order of their names, then ids.
  func spaces() throws -> [Space]
  func space(_ id: SpaceID) throws -> Space?
  /// Per replica, the end of its chain in the space.
  func tips(in space: SpaceID) throws -> [ReplicaID: Tip]
  func tip(of replica: ReplicaID, in space: SpaceID) throws -> Tip?
  /// What stands for the chains of a space: of each chain and key one, in the order of replicas, then keys.
  func heads(in space: SpaceID) throws -> [SignedHead]
  /// What stands for one chain.
  func heads(of replica: ReplicaID, in space: SpaceID) throws -> [SignedHead]

  func record(_ key: RecordKey) throws -> RecordState?
  /// Every record of a space, or those of one kind, in the byte order of their ids.
  func forEachRecord(in space: SpaceID, kind: String?, _ body: (RecordID, RecordState) throws -> Void) throws
  /// The records of a space whose state has rivals (`RecordState.hasRivals`), in the byte order of their ids.
  func contestedRecords(in space: SpaceID) throws -> [(RecordID, RecordState)]
  /// The spaces of this copy that hold a record with this id.
  func spaces(holding record: RecordID) throws -> [SpaceID]

  func row(at position: UInt64, in space: SpaceID) throws -> LogRow?
  func row(of dot: Dot, in space: SpaceID) throws -> LogRow?
  /// Rows after a position, ascending, as many as fit into `bytesMax`; at least one if there is any.
  func rows(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow]
  /// The outbox: unacknowledged rows after a position, ascending, as many as fit into `bytesMax`; at least one if any.
  func outbox(after position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow]
  /// How many rows of the space the hub has not acknowledged.
  func outboxCount(in space: SpaceID) throws -> Int
  /// The rows that hold an edit of a record, in log order. Voids are not among them, nor what was erased.
  func rows(touching key: RecordKey) throws -> [LogRow]
  /// The first of them, at the cost of one.
  func firstRow(touching key: RecordKey) throws -> LogRow?
  /// Every void of the space, in the order of dots.
  func voids(in space: SpaceID) throws -> [VoidEntry]
  /// Every row of the space whose words were erased, in the order of dots.
  func redactedChanges(in space: SpaceID) throws -> [RedactedChange]
  /// The rows of one replica from a sequence on, in the order of sequences.
  func rows(of replica: ReplicaID, from sequence: UInt64, in space: SpaceID) throws -> [LogRow]

  /// Every row of a space's log as it is stored, in the order of positions.
  func forEachStoredRow(in space: SpaceID, _ body: (StoredRow) throws -> Void) throws
  /// Every record of a space as it is stored, the bytes of its id and of its state, in the byte order of ids.
  func forEachStoredRecord(in space: SpaceID, _ body: ([UInt8], [UInt8]) throws -> Void) throws

  /// The rescue box, oldest first.
  func rescued() throws -> [RescuedChange]
}

/// Writes, seen by later reads of the same transaction and by nobody else before the commit.
package protocol StoreTransaction: StoreReader {
  /// Runs a part that can be undone alone: where the body throws, its writes are undone and the error goes on.
  func nested<Result>(_ body: () throws -> Result) throws -> Result

  func set(_ name: String, to value: [UInt8]?) throws
  /// Keeps a row of a local table; `nil` removes it.
  func setLocalRow(_ key: [UInt8], of scope: [UInt8], in table: String, to value: [UInt8]?) throws
  /// Removes the rows of a scope of a local table; of every scope where it is `nil`.
  func removeLocalRows(of scope: [UInt8]?, in table: String) throws
  /// Notes that this transaction erased words, or cleared them away: the store's files are to be scrubbed
  /// (``ReplicaStore/scrub()``).
  func didErase() throws
  /// Adds or changes a space's row. `head` only ever grows: positions are not used twice.
  func put(_ space: Space) throws
  /// Takes a space off this copy: its row, tips, heads, records and log. The rescue box is not touched.
  func removeSpace(_ id: SpaceID) throws
  func setTip(of replica: ReplicaID, in space: SpaceID, to tip: Tip?) throws
  /// Keeps a head in the place of the one by the same key of the same chain.
  func put(_ head: SignedHead) throws
  /// Forgets what stands for a chain at a sequence or later.
  func removeHeads(of replica: ReplicaID, from sequence: UInt64, in space: SpaceID) throws

  /// Stores a record's state.
  ///
  /// - Parameters:
  ///   - presence: What readers of the file are shown it as.
  ///   - displayJSON: The shown fields as one JSON object, for the readable views.
  func put(_ state: RecordState, at key: RecordKey, presence: Presence, displayJSON: String) throws
  func removeRecord(_ key: RecordKey) throws

  /// Adds a row at the space's next position, which becomes its head.
  func append(_ entry: LogEntry, isAcknowledged: Bool, in space: SpaceID) throws
  /// Marks rows as held by the hub, or no longer so.
  func setAcknowledged(_ isAcknowledged: Bool, dots: [Dot], in space: SpaceID) throws
  /// Puts an entry in the place of the one that is held under its dot: a void where a change turned out refused, a
  /// change where a refusal turned out taken back, or what is left of a change. The position stays.
  ///
  /// - Throws: ``StoreError/failed(_:)`` where no row has this dot.
  func replaceRow(with entry: LogEntry) throws
  /// Takes a row out of the log; its position stays empty.
  func removeRow(of dot: Dot, in space: SpaceID) throws

  /// Puts work into the rescue box; the same dot and digest twice is one.
  func rescue(_ change: Change, reason: RefusalReason) throws
  /// Takes work out of the rescue box; does nothing where it is not there.
  func removeRescued(_ change: Change) throws
}
