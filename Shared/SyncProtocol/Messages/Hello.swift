// The opening of every request: the device, the hub it belongs to, and its read position in each space.
//
//   hello: map { 1: protocol version, 2: replica, 3: model version, 4: hub?, 5: [ask], 6: epoch?, 7: unsent?, 8: role?,
//                9: [proposal id]?, 10: [capability]?, 11: answer bytes at most? }
//   ask:   map { 1: space, 2: cursor?, 3: vector? }, with a cursor, a vector or both; each space once

package import Replication

/// A device's identity and read positions; the first message of every request.
package struct Hello: Equatable, Sendable {
  package let protocolVersion: UInt64
  package let replica: ReplicaID
  /// 0 before there is a model.
  package let modelVersion: UInt64
  /// The hub this copy belongs to; `nil` before the first contact.
  package let hub: HubID?
  /// The hub's epoch at the last contact, in which it acknowledged everything this copy holds as acknowledged.
  package let epoch: EpochID?
  /// At most ``Limits/spacesPerRequestMax``, each space once.
  package let spaces: [SpaceRequest]
  /// The number of unacknowledged changes on this device, including those of this request. Shown to administrators, so
  /// that they see what an action would hold up.
  package let unsent: UInt64?
  /// The member's role as this device knows it.
  package let role: String?
  /// The proposals (``Notice/proposal(_:_:)``) that this device holds as open.
  package let knownProposals: [RecordID]
  /// The names of this device's abilities beyond protocol version 1.
  package let capabilities: Set<String>
  /// The most bytes of rows to answer with, at least one row in any case; `nil` for as many as the hub sends.
  package let answerBytesMax: UInt64?

  package init(
    protocolVersion: UInt64 = SyncProtocol.protocolVersion, replica: ReplicaID, modelVersion: UInt64, hub: HubID?,
    epoch: EpochID? = nil, spaces: [SpaceRequest], unsent: UInt64? = nil, role: String? = nil,
    knownProposals: [RecordID] = [], capabilities: Set<String> = [], answerBytesMax: UInt64? = nil
  ) {
    self.protocolVersion = protocolVersion
    self.replica = replica
    self.modelVersion = modelVersion
    self.hub = hub
    self.epoch = epoch
    self.spaces = spaces
    self.unsent = unsent
    self.role = role
    self.knownProposals = knownProposals
    self.capabilities = capabilities
    self.answerBytesMax = answerBytesMax
  }
}

/// A device's read position in one space: a cursor, a version vector or both.
///
/// The vector is sent where the device has no cursor or has lost its place, so that the hub skips the rows it holds.
package struct SpaceRequest: Equatable, Sendable {
  package let space: SpaceID
  package let cursor: Cursor?
  package let vector: VersionVector?

  package init(space: SpaceID, cursor: Cursor?, vector: VersionVector?) {
    self.space = space
    self.cursor = cursor
    self.vector = vector
  }
}

extension Hello: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, protocolVersion)
    map.write(2, replica)
    map.write(3, modelVersion)
    map.write(4, hub)
    map.write(5, spaces)
    map.write(6, epoch)
    map.write(7, unsent)
    map.write(8, role)
    map.write(9, knownProposals.isEmpty ? nil : knownProposals)
    map.writeCapabilities(10, capabilities)
    map.write(11, answerBytesMax)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    protocolVersion = try map.read(1)
    replica = try map.read(2)
    modelVersion = try map.read(3)
    hub = try map.readIfPresent(4)
    try map.require(5)
    spaces = try map.reader.list(0...Limits.spacesPerRequestMax)
    epoch = try map.readIfPresent(6)
    unsent = try map.readIfPresent(7)
    role = try map.next(is: 8) ? map.reader.shortText() : nil
    knownProposals = try map.next(is: 9) ? map.reader.list(1...Limits.proposalsPerRequestMax) : []
    capabilities = try map.readCapabilities(10)
    answerBytesMax = try map.readIfPresent(11)
    try map.finish()
    guard Set(spaces.map(\.space)).count == spaces.count else { throw .value }
  }
}

extension SpaceRequest: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, space)
    map.write(2, cursor)
    map.write(3, vector)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    cursor = try map.readIfPresent(2)
    vector = try map.readIfPresent(3)
    try map.finish()
    guard cursor != nil || vector != nil else { throw .mapKeys }
  }
}

extension CBORReader {
  /// A role or a reason: text of 1 to ``Limits/nameBytesMax`` bytes.
  mutating func shortText() throws(CBORError) -> String {
    let text = try text()
    guard (1...Limits.nameBytesMax).contains(text.utf8.count) else { throw .value }
    return text
  }
}
