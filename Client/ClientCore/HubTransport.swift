// The contract of a transport that carries bytes to a hub and back: HTTP in the field, a simulated network in the
// simulator.

package import Cryptography
package import Replication
package import SyncProtocol

/// A hub's answer to a device that has joined.
package struct JoinReply: Equatable, Sendable {
  package let member: MemberID
  package let memberName: String
  package let role: String
  package let hub: HubID
  package let keys: HubKeys
  package let spaces: [(id: SpaceID, name: String)]
  /// The model file's text.
  package let model: String

  package init(
    member: MemberID, memberName: String, role: String, hub: HubID, keys: HubKeys,
    spaces: [(id: SpaceID, name: String)], model: String
  ) {
    self.member = member
    self.memberName = memberName
    self.role = role
    self.hub = hub
    self.keys = keys
    self.spaces = spaces
    self.model = model
  }

  package static func == (left: JoinReply, right: JoinReply) -> Bool {
    left.member == right.member && left.hub == right.hub && left.keys == right.keys
      && left.spaces.map(\.id) == right.spaces.map(\.id) && left.model == right.model
  }
}

/// The address of a hub, and the certificates that authenticate it.
package struct HubEndpoint: Equatable, Sendable {
  package let url: String
  /// The only root certificates to trust, in PEM; `nil` for those that the system trusts.
  package let trustRoots: String?

  package init(_ url: String, trustRoots: String? = nil) {
    self.url = url
    self.trustRoots = trustRoots
  }
}

/// A transport to hubs, which signs requests with the device's key and interprets no message.
package protocol HubTransport: Sendable {
  /// Redeems a one-time code for the device that holds the key.
  func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply
  /// Makes one round trip of `POST /v1/sync`.
  ///
  /// - Parameters:
  ///   - key: The device's key, which signs the request.
  ///   - ticket: The hub's last ticket for this device, encoded; `nil` to show none.
  ///   - request: The request's body, a sequence of messages.
  /// - Returns: The body of the answer.
  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8]
  /// Returns once so much time has passed, or the task is cancelled. In a test or a simulation no time need pass.
  func wait(_ duration: Duration) async
}
