// Replay protection for signed requests. A device's clock may be years off, so the time of signing is believed only if
// it agrees with the hub's. Any other device is challenged to sign a nonce, and is never locked out.

internal import Cryptography
package import Replication
package import RequestSigning
internal import Synchronization

/// The requests a hub has seen recently.
package final class ReplayGuard: Sendable {
  /// The most a clock may be slow and still be believed, and the life of a nonce.
  private static let windowMilliseconds: Int64 = 120_000
  /// The most a clock may be fast. For as long after its start, a hub believes no clock.
  private static let aheadMilliseconds: Int64 = 2_000
  /// The most requests remembered. A busy hub sees a few hundred in a window; beyond the maximum every client gets a
  /// nonce.
  private static let rememberedMax = 50_000

  private struct Seen {
    /// The time after which a request may be forgotten, since its own time would no longer be believed; milliseconds.
    var ends: [Digest: Int64] = [:]
    var swept: Int64 = 0
  }

  /// The hub's start, in milliseconds. Nothing is remembered from before, so a request that could have been sent before
  /// is not believed; a clock that is fast by the tolerance may have signed that far ahead.
  private let began: Int64
  private let secret = randomBytes(32)
  private let seen = Mutex(Seen())

  /// - Parameter now: The hub's time at its start.
  package init(now: Timestamp) {
    began = now.milliseconds
  }

  /// The nonce to sign anew with, if the request's own time and nonce are not believed; `nil` if either is.
  package func challenge(to signature: RequestSignature, now: Timestamp) -> String? {
    let now = now.milliseconds
    if isGiven(signature.nonce, to: signature.key, now) { return nil }
    let (signed, overflow) = signature.created.multipliedReportingOverflow(by: 1_000)
    // Signatures carry whole seconds.
    let isTimely =
      !overflow && signed > began + Self.aheadMilliseconds && signed >= now - Self.windowMilliseconds
      && signed <= now + Self.aheadMilliseconds
    if isTimely, seen.withLock({ $0.ends.count < Self.rememberedMax }) { return nil }
    return nonce(for: signature.key, now, salt: Array(randomBytes(8)))
  }

  /// Remembers a request that was not challenged.
  ///
  /// - Parameter now: The time used for the challenge: over a slow connection the body may take longer than the window.
  /// - Returns: False if the request was seen before.
  package func admit(_ signature: RequestSignature, now: Timestamp) -> Bool {
    let now = now.milliseconds
    let request = Digest(tag: "board.request", signature.key.bytes + Array(signature.nonce.utf8))
    return seen.withLock { seen in
      // `abs`, so that sweeping goes on after the clock was set back.
      if abs(now - seen.swept) > Self.windowMilliseconds {
        seen.ends = seen.ends.filter { $0.value >= now }
        seen.swept = now
      }
      guard seen.ends[request] == nil else { return false }
      seen.ends[request] = now + 2 * Self.windowMilliseconds
      return true
    }
  }

  // A nonce encodes when and for whom it was issued, so that nothing need be remembered of nonces that never come back.
  // The salt distinguishes nonces issued to one device in the same millisecond.

  private func nonce(for key: PublicKey, _ time: Int64, salt: [UInt8]) -> String {
    let moment = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * Int64($0))) }
    return "\(time)-\(hex(salt))-\(Digest(tag: "board.nonce", secret + moment + salt + key.bytes))"
  }

  private func isGiven(_ nonce: String, to key: PublicKey, _ now: Int64) -> Bool {
    let parts = nonce.split(separator: "-")
    guard parts.count == 3, let time = Int64(parts[0]), let salt = bytes(ofHex: String(parts[1])), salt.count == 8,
      time <= now,
      now - time <= Self.windowMilliseconds
    else { return false }
    return nonce == self.nonce(for: key, time, salt: salt)
  }
}
