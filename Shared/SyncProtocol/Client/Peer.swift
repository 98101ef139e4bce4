// The other side of a sync, as little of it as the loop needs: something that answers a request's bytes. HTTP in the
// field, a simulated network in the simulator, another hub where a hub asks.

/// A request that no hub answered. Whatever the case, nothing leaves the outbox.
package enum TransportError: Error, Equatable, Sendable {
  /// No line, no such host, refused, timed out, or cut off.
  case unreachable(String)
  /// The hub does not know this device (401).
  case notKnown
  /// The Centre has taken this device off (401).
  case revoked
  /// The hub knows the device and says no (403), or the code is wrong or used up.
  case notAllowed(String)
  /// The hub asks to come back later (429, 503).
  case busy
  /// The hub could not make sense of the request (400, 413, 422).
  case rejected(String)
  /// The hub failed (500 and the like).
  case hubFailed(Int)
  /// Something answered that is no hub: a web page, a portal, an empty reply.
  case notAHub
  /// Whoever answered could not prove by a certificate that it is the hub. Nothing was sent to it.
  case notProved
}

/// A hub that answers requests, reached somehow.
package protocol Peer: Sendable {
  /// Sends a request's bytes, signed by whoever asks, and returns the answer's bytes.
  func exchange(_ request: [UInt8]) async throws(TransportError) -> [UInt8]
}
