// The hub's word of which member a device belongs to and what the member may read. The hub keeps members and devices in a
// space that no device has, so whatever a restore takes of them, no copy could bring back. A device keeps its last ticket
// and shows it with every request: a restored hub that has forgotten the device lets it bring rows, and lists for an
// administrator what it has learned. A ticket gives no right by itself.
//
//   ticket:  map { 1: hub, 2: epoch, 3: number, 4: member, 5: name, 6: [reading], 7: device's key, 8: signature }
//   reading: [space, label, role]; by space, each once
//   signed:  "board.ticket", a zero byte, and the array [hub, epoch, number, member, name, [reading], device's key]

package import Cryptography
package import Replication

/// A signed statement of a device's membership.
package struct Ticket: Equatable, Sendable {
  /// A space that the member may read, and the member's role in it.
  package struct Reading: Equatable, Sendable {
    package let space: SpaceID
    /// The space's label.
    package let name: String
    package let role: String

    package init(space: SpaceID, name: String, role: String) {
      self.space = space
      self.name = name
      self.role = role
    }
  }

  package let hub: HubID
  package let epoch: EpochID
  /// The number of the hub's last change to its directory.
  package let number: UInt64
  package let member: MemberID
  package let memberName: String
  /// At most ``Limits/spacesPerTicketMax``, by space.
  package let readings: [Reading]
  /// The device's public key.
  package let device: PublicKey
  /// The hub's Ed25519 signature, 64 bytes.
  package let signature: [UInt8]

  /// Signs a statement.
  package init(
    hub: HubID, epoch: EpochID, number: UInt64, member: MemberID, memberName: String, readings: [Reading],
    device: PublicKey, signedBy key: SigningKey
  ) {
    self.hub = hub
    self.epoch = epoch
    self.number = number
    self.member = member
    self.memberName = memberName
    self.readings = readings
    self.device = device
    signature = key.signature(
      for: Self.statement(hub, epoch, number, member, memberName, readings, device))
  }

  /// Tests whether a hub signed this ticket. Costs one Ed25519 verification.
  package func isValid(of hub: HubID, by key: PublicKey) -> Bool {
    hub == self.hub
      && key.isValid(
        signature, for: Self.statement(hub, epoch, number, member, memberName, readings, device))
  }

  private static func statement(
    _ hub: HubID, _ epoch: EpochID, _ number: UInt64, _ member: MemberID, _ name: String, _ readings: [Reading],
    _ device: PublicKey
  ) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(7)
    writer.id(hub)
    writer.id(epoch)
    writer.unsigned(number)
    writer.id(member)
    writer.text(name)
    writer.list(readings)
    device.encode(into: &writer)
    return Array("board.ticket".utf8) + [0] + writer.bytes
  }
}

extension Ticket: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, hub)
    map.write(2, epoch)
    map.write(3, number)
    map.write(4, member)
    map.write(5, memberName)
    map.write(6, readings)
    map.write(7, device)
    map.write(8, signature)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    hub = try map.read(1)
    epoch = try map.read(2)
    number = try map.read(3)
    member = try map.read(4)
    try map.require(5)
    memberName = try map.reader.shortText()
    try map.require(6)
    readings = try map.reader.list(0...Limits.spacesPerTicketMax, ascendingBy: \.space)
    device = try map.read(7)
    try map.require(8)
    signature = try map.reader.signature()
    try map.finish()
    guard number <= Limits.counterMax else { throw .value }
  }

  /// The encoded ticket.
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    encode(into: &writer)
    return writer.bytes
  }

  /// - Throws: ``CBORError`` for anything that ``encoded`` does not produce.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }
}

extension Ticket.Reading: CBORItem {
  /// The longest label, in bytes of UTF-8.
  private static let nameBytesMax = 4 * Limits.nameBytesMax

  package func encode(into writer: inout CBORWriter) {
    writer.array(3)
    writer.id(space)
    writer.text(name)
    writer.text(role)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 3 else { throw .type }
    space = try reader.id()
    name = try reader.text()
    role = try reader.shortText()
    guard name.utf8.count <= Self.nameBytesMax else { throw .value }
  }
}
