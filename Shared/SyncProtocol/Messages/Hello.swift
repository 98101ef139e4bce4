// The opening of every request: the device, the hub it belongs to, and its read position in each space.
//
//   hello: map { 1: protocol version, 2: replica, 3: model version, 4: hub?, 5: [ask], 6: unsent?, 7: role?,
//                8: [proposal id]?, 9: [capability]?, 10: answer bytes at most?, 11: nonce? }
//   ask:   map { 1: space, 2: position?, 3: [epoch, number of the last news of bodies]? }; each space once

package import Replication

/// A device's identity and read positions; the first message of every request.
package struct Hello: Equatable, Sendable {
  package let protocolVersion: UInt64
  package let replica: ReplicaID
  /// 0 before there is a model.
  package let modelVersion: UInt64
  /// The hub this copy belongs to; `nil` before the first contact.
  package let hub: HubID?
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
  /// 16 random bytes, new in each request: the hub signs its answer to this request, and two requests without them may be
  /// equal. `nil` for a device that does not mind.
  package var nonce: [UInt8]?

  package init(
    protocolVersion: UInt64 = SyncProtocol.protocolVersion, replica: ReplicaID, modelVersion: UInt64, hub: HubID?,
    spaces: [SpaceRequest], unsent: UInt64? = nil, role: String? = nil,
    knownProposals: [RecordID] = [], capabilities: Set<String> = [], answerBytesMax: UInt64? = nil
  ) {
    self.protocolVersion = protocolVersion
    self.replica = replica
    self.modelVersion = modelVersion
    self.hub = hub
    self.spaces = spaces
    self.unsent = unsent
    self.role = role
    self.knownProposals = knownProposals
    self.capabilities = capabilities
    self.answerBytesMax = answerBytesMax
  }
}

/// A device's read position in one space.
package struct SpaceRequest: Equatable, Sendable {
  package let space: SpaceID
  /// The last position read; `nil` before the first.
  package let position: ReadPosition?
  /// The last news of bodies heard; `nil` before the first.
  package let bodyNews: BodyNewsPosition?

  package init(space: SpaceID, position: ReadPosition?, bodyNews: BodyNewsPosition? = nil) {
    self.space = space
    self.position = position
    self.bodyNews = bodyNews
  }
}

extension Hello: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, protocolVersion)
    map.write(2, replica)
    map.write(3, modelVersion)
    map.write(4, hub)
    map.write(5, spaces)
    map.write(6, unsent)
    map.write(7, role)
    map.write(8, knownProposals.isEmpty ? nil : knownProposals)
    map.writeCapabilities(9, capabilities)
    map.write(10, answerBytesMax)
    map.write(11, nonce)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    protocolVersion = try map.read(1)
    replica = try map.read(2)
    modelVersion = try map.read(3)
    hub = try map.readIfPresent(4)
    try map.require(5)
    spaces = try map.reader.list(0...Limits.spacesPerRequestMax)
    unsent = try map.readIfPresent(6)
    role = try map.next(is: 7) ? map.reader.shortText() : nil
    knownProposals = try map.next(is: 8) ? map.reader.list(1...Limits.proposalsPerRequestMax) : []
    capabilities = try map.readCapabilities(9)
    answerBytesMax = try map.readIfPresent(10)
    nonce = try map.readIfPresent(11)
    try map.finish()
    guard nonce.map({ $0.count == 16 }) ?? true else { throw .value }
    guard Set(spaces.map(\.space)).count == spaces.count else { throw .value }
  }
}

extension SpaceRequest: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, space)
    map.write(2, position)
    map.write(3, bodyNews)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    position = try map.readIfPresent(2)
    bodyNews = try map.readIfPresent(3)
    try map.finish()
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
