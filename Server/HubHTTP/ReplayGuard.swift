// Whether a signed request is asked for the first time. A device's clock may be years off, so the time of signing is
// believed only where it agrees with the hub's; everybody else is given a nonce to sign, and is never locked out.

internal import Cryptography
package import Replication
package import RequestSigning
internal import Synchronization

/// What a hub remembers of the requests it has seen.
package final class ReplayGuard: Sendable {
  /// How far behind a clock may be before it is not believed, and how long a given nonce may be signed.
  private static let windowMilliseconds: Int64 = 120_000
  /// How far ahead a clock may be. For as long, a hub that has just been started believes none.
  private static let aheadMilliseconds: Int64 = 2_000
  /// Requests remembered. A busy hub sees a few hundred in a window; where there are more, everybody is given a nonce.
  private static let rememberedMax = 50_000

  private struct Seen {
    /// When a request may be forgotten, because its time would not be believed any more.
    var ends: [Digest: Int64] = [:]
    var swept: Int64 = 0
  }

  /// Nothing is remembered from before, so nothing is believed that could have been here before. A clock that is fast
  /// by as much as is believed may have signed ahead by that.
  private let began: Int64
  private let secret = randomBytes(32)
  private let seen = Mutex(Seen())

  package init(now: Timestamp) {
    began = now.milliseconds
  }

  /// The nonce to sign anew with, where a request's own time and nonce say nothing here; `nil` where they do.
  package func challenge(to signature: RequestSignature, now: Timestamp) -> String? {
    let now = now.milliseconds
    if isGiven(signature.nonce, to: signature.key, now) { return nil }
    let (signed, overflow) = signature.created.multipliedReportingOverflow(by: 1_000)
    // A time is told in whole seconds.
    let isTimely =
      !overflow && signed > began + Self.aheadMilliseconds && signed >= now - Self.windowMilliseconds
      && signed <= now + Self.aheadMilliseconds
    if isTimely, seen.withLock({ $0.ends.count < Self.rememberedMax }) { return nil }
    return nonce(for: signature.key, now, salt: Array(randomBytes(8)))
  }

  /// Remembers a request that was not challenged.
  ///
  /// - Parameter now: The time at which it was looked at for a challenge: a slow line may take longer than the window
  ///   to bring the rest of it.
  /// - Returns: False where it was here before.
  package func admit(_ signature: RequestSignature, now: Timestamp) -> Bool {
    let now = now.milliseconds
    let request = Digest(tag: "board.request", signature.key.bytes + Array(signature.nonce.utf8))
    return seen.withLock { seen in
      // A clock that was set back must not stop it.
      if abs(now - seen.swept) > Self.windowMilliseconds {
        seen.ends = seen.ends.filter { $0.value >= now }
        seen.swept = now
      }
      guard seen.ends[request] == nil else { return false }
      seen.ends[request] = now + 2 * Self.windowMilliseconds
      return true
    }
  }

  // A nonce tells when and for whom it was given, so that nothing need be remembered of those that never come back. The
  // salt tells apart those that one device was given at one moment.

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
