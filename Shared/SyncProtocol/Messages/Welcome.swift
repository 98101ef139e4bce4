// The opening of every response: the hub, its epoch and its clock.
//
//   welcome: map { 1: protocol version, 2: hub, 3: epoch, 4: time in ms, 5: model version, 6: [capability]?,
//                  7: safe time in ms? }

package import Replication

/// The hub's identity and clock; the first message of every response.
package struct Welcome: Equatable, Sendable {
  package let protocolVersion: UInt64
  package let hub: HubID
  package let epoch: EpochID
  /// The hub's clock, from which screens say when the hub received changes.
  package let time: Timestamp
  package let modelVersion: UInt64
  /// The names of this hub's abilities beyond protocol version 1.
  package let capabilities: Set<String>
  /// The time from before which no backup of the hub may be restored; `nil` from a hub that does not say.
  package let safeTime: Timestamp?

  package init(
    protocolVersion: UInt64 = SyncProtocol.protocolVersion, hub: HubID, epoch: EpochID, time: Timestamp,
    modelVersion: UInt64, capabilities: Set<String> = [], safeTime: Timestamp? = nil
  ) {
    self.protocolVersion = protocolVersion
    self.hub = hub
    self.epoch = epoch
    self.time = time
    self.modelVersion = modelVersion
    self.capabilities = capabilities
    self.safeTime = safeTime
  }
}

extension Welcome: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, protocolVersion)
    map.write(2, hub)
    map.write(3, epoch)
    map.write(4, time)
    map.write(5, modelVersion)
    map.writeCapabilities(6, capabilities)
    map.write(7, safeTime)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    protocolVersion = try map.read(1)
    hub = try map.read(2)
    epoch = try map.read(3)
    time = try map.read(4)
    modelVersion = try map.read(5)
    capabilities = try map.readCapabilities(6)
    safeTime = try map.readIfPresent(7)
  }
}
