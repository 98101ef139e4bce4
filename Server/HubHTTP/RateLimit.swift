// How often one may knock. Who asks without end gets "later" instead of the hub's time, and everybody else is answered.

internal import Synchronization

/// How many requests at once, and how many a second from then on.
package struct Allowance: Sendable {
  package let burst: Double
  package let perSecond: Double

  package init(burst: Int, perSecond: Double) {
    self.burst = Double(burst)
    self.perSecond = perSecond
  }
}

/// A bucket of requests for each of those who ask, which fills again at a steady rate (a token bucket).
package final class RateLimit<Name: Hashable & Sendable>: Sendable {
  private struct Bucket {
    var level: Double
    var time: ContinuousClock.Instant
    /// Whether its owner was told that little is left, and has not held back since.
    var isWarned = false
  }

  /// At so many, those whose buckets are full again are forgotten; where that is none, everybody is.
  private static var namesMax: Int { 50_000 }

  private let allowance: Allowance
  private let buckets = Mutex<[Name: Bucket]>([:])

  package init(_ allowance: Allowance) {
    self.allowance = allowance
  }

  /// Takes a request out of a bucket.
  package func take(of name: Name, now: ContinuousClock.Instant = .now) -> RateLimitDecision {
    buckets.withLock { buckets in
      if buckets.count >= Self.namesMax, buckets[name] == nil { forget(&buckets, now) }
      var bucket = buckets[name] ?? Bucket(level: allowance.burst, time: now)
      (bucket.level, bucket.time) = (level(of: bucket, now), now)
      defer { buckets[name] = bucket }
      guard bucket.level >= 1 else { return .refused(wait: .seconds((1 - bucket.level) / allowance.perSecond)) }
      bucket.level -= 1
      // Half is far enough away to be worth another warning.
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
