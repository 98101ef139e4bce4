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

  /// Brings the text index up to date with the records, in transactions of bounded size. Call it after many records
  /// were written, and before a search. Costs one lookup if there is nothing to do, or no index.
  func indexTexts() throws
}

/// Queries to a store, all answered from one state.
package protocol StoreReader: LocalStateReader, SpaceReader, ChainReader, RecordReader, ListReader, LogReader,
  VoidReader, RescueBoxReader, StoredBytesReader
{
  /// Tests whether erased content may still be in the store's files (``StoreTransaction/didErase()``).
  func needsScrub() throws -> Bool
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
