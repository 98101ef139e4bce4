// The hub's own spaces: the directory's control space and the audit. Only the hub writes and reads them. They are found
// by the ids in the hub's settings: a space's name is a label, and a model may give any label to a space of members.

internal import Cryptography
package import Replication

/// The spaces that only the hub writes and no device reads.
package enum HubSpaces {
  private static let controlID = LocalKey("hub/control", LocalCoding<SpaceID>.id())
  private static let auditID = LocalKey("hub/audit", LocalCoding<SpaceID>.id())

  /// The space of the directory; `nil` if the store does not belong to a hub.
  package static func control(in reader: any StoreReader) throws -> SpaceID? { try reader.value(of: controlID) }

  /// The space of the audit; `nil` if the store does not belong to a hub.
  package static func audit(in reader: any StoreReader) throws -> SpaceID? { try reader.value(of: auditID) }

  /// Tests whether a space is the hub's alone.
  static func isOwn(_ space: SpaceID, in reader: any StoreReader) throws -> Bool {
    try space == control(in: reader) || space == audit(in: reader)
  }

  /// Creates the spaces of a fresh hub; a store that has them keeps them.
  ///
  /// - Throws: ``StoreError/unreadable(_:)`` if the store has spaces, but not these: a second directory would forget every
  ///   member.
  package static func begin(in transaction: any StoreTransaction) throws {
    let isFresh = try transaction.spaces().isEmpty
    for (key, label) in [(controlID, "control"), (auditID, "audit")] where try transaction.value(of: key) == nil {
      guard isFresh else { throw StoreError.unreadable("it does not say which space is its \(label)") }
      let space = Space(id: .random(), name: label)
      try transaction.put(space)
      try transaction.set(key, to: space.id)
    }
  }
}

extension SpaceID {
  /// The id of a space of members' records. It follows from the hub, the space's name and, for a space of one member, its
  /// owner, so that a space made again after a restore is the one that copies still have.
  package static func named(_ name: String, of member: MemberID? = nil, at hub: HubID) -> SpaceID {
    let owner = member.map { [0] + $0.bytes } ?? []
    let digest = Digest(tag: "board.space-id", hub.bytes + [0] + Array(name.utf8) + owner)
    return SpaceID(prefixOf: digest)
  }
}

extension StoreReader {
  /// The spaces of members' records, ordered by name, then id: all but the hub's own, and those for partners.
  package func sharedSpaces() throws -> [Space] {
    try spaces().filter { try isForMembers($0.id) }
  }

  /// Tests whether a space is here, and others than the hub read it.
  func isVisited(_ space: SpaceID) throws -> Bool {
    try self.space(space) != nil && !HubSpaces.isOwn(space, in: self)
  }
}
