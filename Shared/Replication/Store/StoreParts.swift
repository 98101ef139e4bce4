// The parts of the store contract, a protocol of reading and one of writing for each thing a store holds. A writer also
// reads: later reads see its own writes.
//
//   local state    settings and local tables, never synced       LocalStateReader    LocalStateWriter
//   spaces         the spaces of this copy                       SpaceReader         SpaceWriter
//   chains         the tips and the signed heads of chains       ChainReader         ChainWriter
//   records        states, as merged                             RecordReader        RecordWriter
//   lists          records by kind, news and words               ListReader          (RecordWriter)
//   logs           rows in the order of positions, the outbox    LogReader           LogWriter
//   voids          rows whose words are gone                     VoidReader          (LogWriter)
//   rescue box     refused or stranded changes, whole            RescueBoxReader     RescueBoxWriter
//   stored bytes   rows and records before decoding              StoredBytesReader

// MARK: Local state

/// Reads values local to this copy, never synced (``LocalKey``, ``LocalTable``).
package protocol LocalStateReader {
  /// A small named value.
  func setting(_ name: String) throws -> [UInt8]?
  /// Every setting, by name.
  func settings() throws -> [String: [UInt8]]
  /// One row of a local table.
  func localRow(_ key: [UInt8], of scope: [UInt8], in table: String) throws -> [UInt8]?
  /// The first rows of one scope of a local table, at most `limit`, in the byte order of their keys.
  func localRows(of scope: [UInt8], in table: String, limit: Int) throws -> [(key: [UInt8], value: [UInt8])]
}

/// Writes values local to this copy.
package protocol LocalStateWriter: LocalStateReader {
  /// Stores a small named value; `nil` removes it.
  func set(_ name: String, to value: [UInt8]?) throws
  /// Stores a row of a local table; `nil` removes it.
  func setLocalRow(_ key: [UInt8], of scope: [UInt8], in table: String, to value: [UInt8]?) throws
  /// Removes the rows of one scope of a local table, or of all scopes if it is `nil`.
  func removeLocalRows(of scope: [UInt8]?, in table: String) throws
}

// MARK: Spaces

/// Reads the spaces of this copy.
package protocol SpaceReader {
  /// The spaces of this copy, ordered by name, then id.
  func spaces() throws -> [Space]
  /// One space; `nil` if this copy does not hold it.
  func space(_ id: SpaceID) throws -> Space?
}

/// Writes the spaces of this copy.
package protocol SpaceWriter: SpaceReader {
  /// Adds or updates a space's row. The last position never decreases, so that no position is used twice.
  func put(_ space: Space) throws
  /// Removes a space from this copy: its row, tips, heads, records and log. The rescue box is left alone.
  func removeSpace(_ id: SpaceID) throws
}

// MARK: Chains

/// Reads where the chains of a space end, and who attests them.
package protocol ChainReader {
  /// The end of each replica's chain in the space.
  func tips(in space: SpaceID) throws -> [ReplicaID: Tip]
  /// The end of one replica's chain in the space; `nil` before its first change.
  func tip(of replica: ReplicaID, in space: SpaceID) throws -> Tip?
  /// The signed heads of a space, at most one for each chain, ordered by replica.
  func heads(in space: SpaceID) throws -> [SignedHead]
  /// The signed head of one chain; `nil` if there is none.
  func head(of replica: ReplicaID, in space: SpaceID) throws -> SignedHead?
}

/// Writes the ends of chains and their signed heads.
package protocol ChainWriter: ChainReader {
  /// Stores the end of a replica's chain; `nil` removes it.
  func setTip(of replica: ReplicaID, in space: SpaceID, to tip: Tip?) throws
  /// Stores a signed head, replacing the one of the same chain.
  func put(_ head: SignedHead) throws
}

// MARK: Records

/// Reads records.
package protocol RecordReader {
  /// A record's state; `nil` if this copy does not hold the record.
  func record(_ key: RecordKey) throws -> RecordState?
  /// Calls the body with every record of a space, or of one kind in it, in the byte order of their ids.
  func forEachRecord(in space: SpaceID, kind: String?, _ body: (RecordID, RecordState) throws -> Void) throws
  /// The number of records of a space. Decodes none of them.
  func recordCount(in space: SpaceID) throws -> Int
  /// The records of a space whose state has rivals (`RecordState.hasRivals`), in the byte order of their ids.
  ///
  /// - Parameter listedOnly: True to leave out records that are deleted or erased, which all have rivals.
  func contestedRecords(in space: SpaceID, listedOnly: Bool) throws -> [(RecordID, RecordState)]
  /// Tests whether a space has a record whose projection is erased. Costs one lookup.
  func hasErased(in space: SpaceID) throws -> Bool
  /// The spaces of this copy that hold a record with this id, in the byte order of their ids.
  func spaces(holding record: RecordID) throws -> [SpaceID]
}

/// Writes records.
package protocol RecordWriter: RecordReader, ListReader {
  /// Stores a record's state and its projection, which is derived when the store writes the record. Its news position
  /// stays.
  func put(
    _ state: RecordState, at key: RecordKey, projection: @autoclosure @escaping () -> RecordProjection
  ) throws
  /// Stores a record's news position: that of the last row by which somebody other than the copy's owner edited it;
  /// `nil` if there is none. Does nothing if this copy does not hold the record.
  func setNews(of key: RecordKey, at position: UInt64?) throws
  /// Removes a record's state. Its rows in the log stay.
  func removeRecord(_ key: RecordKey) throws
}

// MARK: Lists

/// Finds records without decoding any. Records that are neither present nor disputed are in no list but that of news.
package protocol ListReader {
  /// The listed records of a kind in the order of their dates, then ids, at most `limit`.
  ///
  /// - Parameter date: The date to begin at, inclusive; an empty text for the first. Records without a date come last.
  func listed(kind: String, in space: SpaceID, from date: String, limit: Int) throws -> [(
    record: RecordID, date: String
  )]
  /// The listed records of a kind that show a link to a record, in the byte order of their ids. Cost grows with the
  /// listed records of the kind. A text in the form of an id may count as a link.
  func listed(kind: String, in space: SpaceID, linkingTo target: RecordID) throws -> [RecordID]
  /// The number of listed records of a kind.
  func listedCount(kind: String, in space: SpaceID) throws -> Int
  /// The records whose news position follows a position, ascending by it, then by id, at most `limit`.
  ///
  /// - Parameter kind: The kind of records to leave out.
  func news(
    after position: UInt64, in space: SpaceID, without kind: String, limit: Int
  ) throws -> [(record: RecordID, position: UInt64)]
  /// The number of records whose news position follows a position, without those of a kind.
  func newsCount(after position: UInt64, in space: SpaceID, without kind: String) throws -> Int
  /// The listed records of all spaces in whose shown texts and numbers every word occurs, at most `limit`, in the order
  /// in which this copy first held them; and the number of all such records.
  ///
  /// A word occurs where its letters and digits begin a word of a text, in any case and with any accents; one with
  /// other characters in between, such as `e-mail`, where its parts follow each other so. A word without letters and
  /// digits is passed over; if there is no other, nothing is found. Any text may be given.
  ///
  /// A record put since ``ReplicaStore/indexTexts()`` may not be found yet, but never by words that it no longer has.
  ///
  /// - Throws: ``StoreError/failed(_:)`` if this store keeps no text index, as on a hub.
  func search(_ words: [String], limit: Int) throws -> (records: [RecordKey], count: Int)
}

// MARK: Logs

/// Reads the logs of spaces.
package protocol LogReader {
  /// The row at a position; `nil` if the position is empty.
  func row(at position: UInt64, in space: SpaceID) throws -> LogRow?
  /// The row under a dot; `nil` if there is none.
  func row(of dot: Dot, in space: SpaceID) throws -> LogRow?
  /// The outline of the row under a dot; `nil` if there is none. Decodes nothing.
  func outline(of dot: Dot, in space: SpaceID) throws -> RowOutline?
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
  /// The position and header of the first row that contains an edit of a record. Costs one lookup, and reads no body.
  func firstHeader(touching key: RecordKey) throws -> (position: UInt64, header: Header)?
  /// The records after one, in the byte order of their ids, that rows of the space edit, each with the positions of
  /// these rows, ascending. As many as have `rowsMax` positions together, but at least one if there is any. Reads no
  /// row.
  ///
  /// - Parameter record: `nil` for the first records of the space.
  func touchedRecords(
    after record: RecordID?, in space: SpaceID, rowsMax: Int
  ) throws -> [(record: RecordID, positions: [UInt64])]
  /// Tests whether the row at a position is among those that ``rows(touching:)`` finds. Costs one lookup.
  func isTouched(_ key: RecordKey, at position: UInt64) throws -> Bool
  /// The rows of one replica from a sequence on, ascending by sequence.
  func rows(of replica: ReplicaID, from sequence: UInt64, in space: SpaceID) throws -> [LogRow]
  /// The rows whose places in the hub's log follow a position, ascending by those, as many as fit into `bytesMax`, but
  /// at least one if there is any.
  func rows(placedAfter position: UInt64, in space: SpaceID, bytesMax: Int) throws -> [LogRow]
  /// The place of the row at a position of the hub's log; `nil` if this copy has no such row. Costs one lookup.
  func place(at position: UInt64, in space: SpaceID) throws -> LogPlace?
  /// The last place in the hub's log that this copy has a row of; `nil` if it has none. Costs one lookup.
  func lastPlace(in space: SpaceID) throws -> LogPlace?
}

/// Reads those rows of logs whose words are gone.
package protocol VoidReader {
  /// Every void of the space, in the order of dots.
  func voids(in space: SpaceID) throws -> [VoidEntry]
  /// Tests whether a run of dots has a void or a redacted change here. Costs one lookup.
  func isIncomplete(_ run: DotSet.Run, in space: SpaceID) throws -> Bool
  /// Tests whether a replica's chain in the space has a void. Costs one lookup.
  func hasVoid(of replica: ReplicaID, in space: SpaceID) throws -> Bool
}

/// Writes the logs of spaces.
package protocol LogWriter: LogReader, VoidReader {
  /// Appends a row at the space's next position, which becomes its last.
  ///
  /// - Parameter place: The row's place in the hub's log, taken from any other row that has it; `nil` until the hub
  ///   acknowledges the row.
  /// - Throws: ``StoreError/failed(_:)`` if this copy does not hold the space.
  func append(_ entry: LogEntry, at place: LogPlace?) throws
  /// Marks rows as acknowledged by the hub, or no longer so.
  func setAcknowledged(_ isAcknowledged: Bool, dots: [Dot], in space: SpaceID) throws
  /// Stores a row's place in the hub's log, which acknowledges the row. Another row with this position there loses its
  /// place. Does nothing if there is no such row.
  func setPlace(of dot: Dot, in space: SpaceID, to place: LogPlace) throws
  /// Removes the places after a position of the hub's log, which turned out to have other rows there.
  func removePlaces(after position: UInt64, in space: SpaceID) throws
  /// Replaces the entry stored under the same dot: with a void after a refusal, with a change after a refusal was
  /// reversed, or with the remainder of a change. The position stays.
  ///
  /// - Throws: ``StoreError/failed(_:)`` if no row has this dot.
  func replaceRow(with entry: LogEntry) throws
  /// Removes a row from the log; its position stays empty. Does nothing if there is no such row.
  func removeRow(of dot: Dot, in space: SpaceID) throws
}

// MARK: Rescue box

/// Reads the rescue box.
package protocol RescueBoxReader {
  /// The rescue box, oldest first.
  func rescued() throws -> [RescuedChange]
}

/// Writes the rescue box.
package protocol RescueBoxWriter: RescueBoxReader {
  /// Adds a change to the rescue box. Does nothing if a change with the same header is there.
  func rescue(_ change: Change, reason: RefusalReason) throws
  /// Removes a change from the rescue box. Does nothing if it is not there.
  func removeRescued(_ change: Change) throws
}

// MARK: Stored bytes

/// Reads rows and records as stored, not decoded, for verifying a whole store without stopping at the first corrupt
/// bytes.
package protocol StoredBytesReader {
  /// Calls the body with the rows of a space's log after a position as stored, unvalidated, in the order of positions,
  /// until it returns false.
  func forEachStoredRow(after position: UInt64, in space: SpaceID, _ body: (StoredRow) throws -> Bool) throws
  /// Calls the body with the records of a space after one as stored, unvalidated, until it returns false: the bytes of
  /// a record's id and of its state, in the byte order of ids.
  ///
  /// - Parameter record: `nil` for the first records of the space.
  func forEachStoredRecord(
    after record: RecordID?, in space: SpaceID, _ body: ([UInt8], [UInt8]) throws -> Bool
  ) throws
}
