// The bytes to a hub and back, as a contract: HTTP in the field, a simulated network in the simulator.

package import Cryptography
package import Replication
package import SyncProtocol

/// A hub's answer to a device that joined.
package struct JoinReply: Equatable, Sendable {
  package let member: MemberID
  package let memberName: String
  package let role: String
  package let hub: HubID
  package let spaces: [(id: SpaceID, name: String)]
  /// The model file's text.
  package let model: String

  package init(
    member: MemberID, memberName: String, role: String, hub: HubID, spaces: [(id: SpaceID, name: String)],
    model: String
  ) {
    self.member = member
    self.memberName = memberName
    self.role = role
    self.hub = hub
    self.spaces = spaces
    self.model = model
  }

  package static func == (left: JoinReply, right: JoinReply) -> Bool {
    left.member == right.member && left.hub == right.hub && left.spaces.map(\.id) == right.spaces.map(\.id)
      && left.model == right.model
  }
}

/// Where a hub is, and by whose word it is believed to be the hub.
package struct HubEndpoint: Equatable, Sendable {
  package let url: String
  /// The certificates of the authorities to believe, in PEM, and no others; `nil` for those this computer believes.
  package let trustRoots: String?

  package init(_ url: String, trustRoots: String? = nil) {
    self.url = url
    self.trustRoots = trustRoots
  }
}

/// One hub, reached somehow.
package protocol HubTransport: Sendable {
  /// Spends a one-time code for the device that holds the key.
  func join(
    at place: HubEndpoint, code: String, replica: ReplicaID, key: SigningKey
  ) async throws(TransportError) -> JoinReply
  /// One round trip of `POST /v1/sync`: a request's bytes, signed by the device's key, and an answer's bytes.
  func sync(at place: HubEndpoint, key: SigningKey, request: [UInt8]) async throws(TransportError) -> [UInt8]
}
