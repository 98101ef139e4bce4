// Removes data from a device on its hub's notice: a space its member has left, or everything if the device was revoked.
// Unacknowledged work is never discarded (guarantee G4): it is sealed for the hub, where a person decides about it. A
// member who left also keeps their own unsent work in the rescue box; a revoked device may be in anybody's hands, and
// keeps nothing readable.

internal import Cryptography
internal import Replication

extension AnswerApplication {
  /// Removes a space from this copy. The caller scrubs the store after the transaction.
  ///
  /// A hub restored from a backup may lack changes it had acknowledged. Until the hub has everything that this copy has
  /// read, it seals the whole log; the hub keeps the part that it lacks.
  ///
  /// - Parameter keepsWords: True if the member's own unsent changes stay in the rescue box.
  /// - Returns: The number of records removed, and of unsent changes sealed for the hub.
  func leave(
    _ space: SpaceID, keepsWords: Bool
  ) throws -> (records: Int, sealed: Int) {
    let key = try Contact.keys(in: transaction)?.sealing
    var sealed = 0
    let epoch = try transaction.space(space)?.cursor?.epoch
    let isWhole =
      try epoch == Contact.epochSpeaking(in: transaction) && !LateSegment.exist(in: space, transaction)
      && Contact.end(ofHubsLogIn: space, in: transaction) == nil
    let rows =
      isWhole
      ? try transaction.outbox(after: 0, in: space, bytesMax: .max)
      : try transaction.rows(after: 0, in: space, bytesMax: .max)
    for row in rows {
      guard let change = row.entry.remainder else { continue }
      let isOwn = try replica.identity.owns(change.dot.replica)
      let isSealed = try ControlOutbox.seal(SealedChange(change, .left), for: key, in: transaction)
      if isSealed, !row.isAcknowledged { sealed += 1 }
      if isOwn && keepsWords && !row.isAcknowledged || !isSealed { try transaction.rescue(change, reason: .left) }
    }
    for change in try KeptChanges.all(in: space, transaction) {
      let isSealed = try ControlOutbox.seal(SealedChange(change, .left), for: key, in: transaction)
      if isSealed { sealed += 1 }
      if keepsWords || !isSealed { try transaction.rescue(change, reason: .left) }
    }
    // Rescued changes by other authors are no more this member's to read than the remainder of the space.
    for rescued in try transaction.rescued() where rescued.change.header.space == space {
      guard try !replica.identity.owns(rescued.change.dot.replica),
        try ControlOutbox.seal(SealedChange(rescued.change, rescued.reason), for: key, in: transaction)
      else { continue }
      try transaction.removeRescued(rescued.change)
    }
    let records = try transaction.recordCount(in: space)
    // If the member returns, new changes must not reuse dots under which others may still hold their earlier ones.
    if let name = try replica.identity.current(), try transaction.tip(of: name, in: space) != nil {
      try ReplicaIdentity.renew(in: transaction)
    }
    try transaction.removeSpace(space)
    try Contact.setCatchingUp(false, space, in: transaction)
    try Contact.setEnd(ofHubsLogIn: space, to: nil, in: transaction)
    try LateSegment.removeAll(in: space, transaction)
    try FullerBodies.removeAll(in: space, transaction)
    try KeptChanges.removeAll(in: space, transaction)
    try Contact.setLastBodyNews(in: space, to: nil, transaction)
    try Contact.setUnknown(false, space, in: transaction)
    try LocalState.besideRecords.removeAll(of: space, in: transaction)
    try transaction.didErase()
    return (records, sealed)
  }

  /// Removes everything from this copy: every space, and the changes in the rescue box once they are sealed.
  ///
  /// - Returns: The same counts as `leave`.
  func clear() throws -> (records: Int, sealed: Int) {
    let key = try Contact.keys(in: transaction)?.sealing
    var (records, sealed) = (0, 0)
    // Even without a space, there may be text in the rescue box.
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
