// Members, devices and invitations: records of a control space that only the hub writes and no device reads. They are
// ordinary records, so they are logged, backed up and recovered like everything else.

package import Replication

/// The rejection of a code or a device.
package enum DirectoryError: Error, Equatable, Sendable {
  /// The code does not exist, has expired, was redeemed, or was tried too often.
  case codeUnknown
  /// The device's key belongs to another member.
  case keyTaken
  /// No device of this hub has this key.
  case deviceUnknown
  /// An administrator revoked this device.
  case deviceRevoked
}

/// The hub's directory, over a store's transaction or snapshot.
package struct Directory {
  package let reader: any StoreReader

  package init(_ reader: any StoreReader) {
    self.reader = reader
  }

  /// The control space; `nil` if the store does not belong to a hub.
  func control() throws -> SpaceID? { try HubSpaces.control(in: reader) }

  /// The shown fields of a control record; `nil` if it is missing or deleted.
  func fields(_ record: RecordID) throws -> [String: Value]? {
    guard let space = try control(), let state = try reader.record(RecordKey(space, record)), state.isStanding
    else { return nil }
    return state.shownFields(by: ControlRules.book)
  }

  /// Commits drafts to the control space, as the hub.
  ///
  /// - Throws: ``CommitError``; ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  static func commit(
    _ drafts: [Draft], _ now: Timestamp, bytesMax: Int = Limits.changeBytesMax, _ transaction: any StoreTransaction
  ) throws {
    guard let space = try Directory(transaction).control() else {
      throw StoreError.unreadable("this is no hub's data")
    }
    _ = try Replica(rules: ControlRules.book, in: transaction).commit(
      drafts, in: space, by: HubIdentity.centre(in: transaction), at: now, isHome: true, bytesMax: bytesMax)
  }
}

extension RecordState {
  fileprivate var isStanding: Bool {
    presence(by: ControlRules.book.deletes(of: kind)) == .present
  }
}

extension Timestamp {
  /// Reads an integer of milliseconds; `nil` for any other value.
  init?(value: Value) {
    guard case .integer(let milliseconds) = value else { return nil }
    self.init(milliseconds: milliseconds)
  }
}

extension MemberID {
  /// Reads a link to a member's record; `nil` for any other value.
  init?(link value: Value) {
    guard case .link(let record) = value else { return nil }
    self.init(bytes: record.bytes)
  }
}
