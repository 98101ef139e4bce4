// What goes from a device when its hub says so: a space that its member has left, or everything, where the device was taken
// off. What no hub has acknowledged is never thrown away (guarantee G4): it goes sealed to the hub, where a person decides
// about it. Who has left keeps their own unsent words besides, in the rescue box; a device that was taken off may be in
// anybody's hands, and keeps nothing that can be read.

internal import Cryptography
internal import Replication

extension AnswerApplication {
  /// Takes a space off this copy. The files are to be swept after the transaction.
  ///
  /// What a hub acknowledged that has gone back to a backup since, it may lack again. A copy that has not yet compared its
  /// log with the hub's since then seals all of it; the hub keeps of that what it lacks.
  ///
  /// - Parameter keepsWords: Whether the member's own unsent words stay in the rescue box.
  /// - Returns: How many records went, and how many unsent changes were sealed for the hub.
  func leave(
    _ space: SpaceID, keepsWords: Bool
  ) throws -> (records: Int, sealed: Int) {
    let key = try Contact.sealing(in: transaction)
    var sealed = 0
    let isCompared = try transaction.space(space)?.cursor.map { try $0.epoch == Contact.epochSpeaking(in: transaction) }
    let rows =
      isCompared == true
      ? try transaction.outbox(after: 0, in: space, bytesMax: .max)
      : try transaction.rows(after: 0, in: space, bytesMax: .max)
    for row in rows {
      guard let change = row.entry.remainder else { continue }
      let isOwn = try replica.identity.owns(change.dot.replica)
      let isSealed = try ControlOutbox.seal(SealedChange(change, .left), for: key, in: transaction)
      if isSealed, !row.isAcknowledged { sealed += 1 }
      if isOwn && keepsWords && !row.isAcknowledged || !isSealed { try transaction.rescue(change, reason: .left) }
    }
    // What was set aside of others' work is no more this member's to read than the rest.
    for rescued in try transaction.rescued() where rescued.change.header.space == space {
      guard try !replica.identity.owns(rescued.change.dot.replica),
        try ControlOutbox.seal(SealedChange(rescued.change, rescued.reason), for: key, in: transaction)
      else { continue }
      try transaction.removeRescued(rescued.change)
    }
    var records = 0
    try transaction.forEachRecord(in: space, kind: nil) { _, _ in records += 1 }
    // Should the member come back, what they write goes by no name that others may still hold their earlier words by.
    if let name = try replica.identity.current(), try transaction.tip(of: name, in: space) != nil {
      try ReplicaIdentity.renew(in: transaction)
    }
    try transaction.removeSpace(space)
    try Contact.setResyncing(false, space, in: transaction)
    try LocalState.besideRecords.removeAll(of: space, in: transaction)
    try transaction.didErase()
    return (records, sealed)
  }

  /// Takes everything off this copy: every space, and the words in the rescue box.
  ///
  /// - Returns: As `leave`.
  func clear() throws -> (records: Int, sealed: Int) {
    let key = try Contact.sealing(in: transaction)
    var (records, sealed) = (0, 0)
    // Words in the rescue box, if nowhere else.
    try transaction.didErase()
    for rescued in try transaction.rescued() {
      guard try ControlOutbox.seal(SealedChange(rescued.change, rescued.reason), for: key, in: transaction) else {
        continue
      }
      try transaction.removeRescued(rescued.change)
      sealed += 1
    }
    for space in try transaction.spaces() {
      let gone = try leave(space.id, keepsWords: false)
      records += gone.records
      sealed += gone.sealed
    }
    return (records, sealed)
  }
}
