// The network over which this hub reaches partners' hubs. Made when first used: most commands reach nobody.

import ClientCore
import ClientHTTP
import Cryptography
import Foundation
import PartnerExchange
import Replication
import SyncProtocol
import Synchronization

/// The HTTP transport of this process.
final class PartnerNetwork: PartnerTransport {
  static let shared = PartnerNetwork()

  private let made = Mutex<HTTPTransport?>(nil)

  private var transport: HTTPTransport {
    made.withLock { transport in
      if let transport { return transport }
      let new = HTTPTransport { Int64(Date().timeIntervalSince1970) }
      transport = new
      return new
    }
  }

  /// Closes all connections, if there are any.
  func shutDown() async {
    let transport = made.withLock { transport in
      defer { transport = nil }
      return transport
    }
    do { try await transport?.shutDown() } catch {
      // The process is about to end, and its connections with it.
    }
  }

  func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply {
    try await transport.joinAsPartner(at: place, code: code, key: key)
  }

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    try await transport.sync(at: place, key: key, showing: ticket, request: request)
  }

  func turn(at place: HubEndpoint, key: SigningKey, _ turn: [UInt8]) async throws(TransportError) -> [UInt8] {
    try await transport.turn(at: place, key: key, turn)
  }

  func wait(_ duration: Duration) async { await transport.wait(duration) }
}
