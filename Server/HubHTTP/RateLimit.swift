// A token bucket per client. Clients over their allowance get 429, so others keep being served.

internal import Synchronization

/// The size of a burst, in requests, and the steady rate after it, in requests per second.
package struct Allowance: Sendable {
  /// The size of a full bucket, in requests.
  package let burst: Double
  /// The rate at which a bucket refills, in requests per second.
  package let perSecond: Double

  package init(burst: Int, perSecond: Double) {
    self.burst = Double(burst)
    self.perSecond = perSecond
  }
}

/// A token bucket for each client, refilled at a steady rate.
package final class RateLimit<Name: Hashable & Sendable>: Sendable {
  private struct Bucket {
    /// The tokens left, in requests; fractional, since a bucket refills continuously.
    var level: Double
    /// The instant for which `level` was computed.
    var time: ContinuousClock.Instant
    /// True once the client has been warned, until its bucket is over half full again.
    var isWarned = false
  }

  /// The most buckets kept. Beyond that, full ones are dropped; if none is full, all are.
  private static var namesMax: Int { 50_000 }

  private let allowance: Allowance
  private let buckets = Mutex<[Name: Bucket]>([:])

  package init(_ allowance: Allowance) {
    self.allowance = allowance
  }

  /// Takes one request out of a client's bucket. Constant time, but for a sweep of all buckets when they are too many.
  package func take(of name: Name, now: ContinuousClock.Instant = .now) -> RateLimitDecision {
    buckets.withLock { buckets in
      if buckets.count >= Self.namesMax, buckets[name] == nil { forget(&buckets, now) }
      var bucket = buckets[name] ?? Bucket(level: allowance.burst, time: now)
      (bucket.level, bucket.time) = (level(of: bucket, now), now)
      defer { buckets[name] = bucket }
      guard bucket.level >= 1 else { return .refused(wait: .seconds((1 - bucket.level) / allowance.perSecond)) }
      bucket.level -= 1
      // Warn again only after the bucket has refilled past half.
      if bucket.level > allowance.burst / 2 { bucket.isWarned = false }
      guard bucket.level < allowance.burst / 4 else { return .plenty }
      defer { bucket.isWarned = true }
      return .scarce(
        left: Int(bucket.level), full: .seconds((allowance.burst - bucket.level) / allowance.perSecond),
        isNews: !bucket.isWarned)
    }
  }

  private func level(of bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
    let passed = bucket.time.duration(to: now) / .seconds(1)
    return min(allowance.burst, bucket.level + passed * allowance.perSecond)
  }

  private func forget(_ buckets: inout [Name: Bucket], _ now: ContinuousClock.Instant) {
    buckets = buckets.filter { level(of: $0.value, now) < allowance.burst }
    if buckets.count >= Self.namesMax { buckets = [:] }
  }
}
