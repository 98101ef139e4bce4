// The other side of a sync, reduced to what the loop needs: request bytes in, answer bytes out. HTTP in the field, a
// simulated network in the simulator, another hub when a hub makes the request.

/// A request that got no usable answer. In every case, nothing leaves the outbox.
package enum TransportError: Error, Equatable, Sendable {
  /// No network or no such host, or the connection was refused: nothing was sent.
  case unreachable(String)
  /// The connection was made, and then carried nothing, or next to nothing, for too long.
  case silent(String)
  /// The connection was made, and was cut off before the answer was whole.
  case cut(String)
  /// The hub does not know this device (401).
  case notKnown
  /// The hub has revoked this device (401).
  case revoked
  /// The hub knows the device but denies the request (403), or the invitation code is wrong or used up.
  case notAllowed(String)
  /// The hub asks for a retry later (429, 503), after this long if it says so.
  case busy(wait: Duration?)
  /// The hub could not process the request (400, 413, 422).
  case rejected(String)
  /// The hub failed, with the HTTP status (5xx other than 503).
  case hubFailed(Int)
  /// The answer is not a hub's: a web page, a captive portal, an empty reply.
  case notAHub
  /// The server could not prove by certificate that it is the hub. Nothing was sent to it.
  case notProved
}

/// A hub, reached over any transport.
package protocol Peer: Sendable {
  /// Sends an encoded request, signed by the requester, and returns the encoded answer.
  func exchange(_ request: [UInt8]) async throws(TransportError) -> [UInt8]
  /// Returns once so much time has passed, or the task is cancelled.
  func wait(_ duration: Duration) async
}
