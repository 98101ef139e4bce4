// News of the bodies of rows that a hub got back without them. A hub that went back to a backup takes from a
// copy what is left of a change after an erasing, and no digest covers that. So the hub asks every device once for the
// whole change; and where it arrives, those who have read less are sent it.
//
//   bodies: map { 1: space, 2: number, 3: [[replica, sequence]]?, 4: [[header, body]]? }

package import Replication

/// News of bodies in one space, up to a number that the device repeats in its next request.
package struct BodyNews: Equatable, Sendable {
  /// A change as encoded bytes.
  package struct Body: Equatable, Sendable {
    package let headerBytes: [UInt8]
    package let bodyBytes: [UInt8]

    package init(headerBytes: [UInt8], bodyBytes: [UInt8]) {
      self.headerBytes = headerBytes
      self.bodyBytes = bodyBytes
    }
  }

  package let space: SpaceID
  /// The number of the last news that this message has; they count from 1 in each epoch and space.
  package let number: UInt64
  /// Changes of which the hub has less than it once took. Whoever has one whole offers it.
  package let wanted: [Dot]
  /// Changes of which the hub has the whole now.
  package let arrived: [Body]

  /// The most changes in one message.
  package static let changesMax = 64

  package init(space: SpaceID, number: UInt64, wanted: [Dot], arrived: [Body]) {
    self.space = space
    self.number = number
    self.wanted = wanted
    self.arrived = arrived
  }
}

/// A device's place in a hub's news of bodies in a space.
package struct BodyNewsPosition: Equatable, Sendable {
  package let epoch: EpochID
  package let number: UInt64

  package init(epoch: EpochID, number: UInt64) {
    self.epoch = epoch
    self.number = number
  }
}

extension BodyNews: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, space)
    map.write(2, number)
    if !wanted.isEmpty { map.field(3) { $0.dots(wanted) } }
    map.write(4, arrived.isEmpty ? nil : arrived)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    number = try map.read(2)
    wanted = try map.next(is: 3) ? map.reader.dots() : []
    arrived = try map.next(is: 4) ? map.reader.list(1...Self.changesMax) : []
    try map.finish()
    guard number <= Limits.counterMax, wanted.count <= Self.changesMax else { throw .value }
  }
}

extension BodyNews.Body: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    writer.bytes(headerBytes)
    writer.bytes(bodyBytes)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    self.init(headerBytes: try reader.bytes(), bodyBytes: try reader.bytes())
  }
}

extension BodyNewsPosition: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    writer.id(epoch)
    writer.unsigned(number)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    self.init(epoch: try reader.id(), number: try reader.unsigned())
    guard number <= Limits.counterMax else { throw .value }
  }
}
