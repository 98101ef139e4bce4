// A token bucket per client. Clients over their allowance get 429, so others keep being served.

internal import Synchronization

/// The size of a burst and the steady rate after it. The unit is that of the limit: requests, or bytes.
package struct Allowance: Sendable {
  /// The size of a full bucket, in units.
  package let burst: Double
  /// The rate at which a bucket refills, in units per second.
  package let perSecond: Double

  package init(burst: Int, perSecond: Double) {
    self.burst = Double(burst)
    self.perSecond = perSecond
  }
}

/// A token bucket for each client, refilled at a steady rate. A bucket can be in debt, since some costs are known only
/// when they have arisen; then the client waits until it is paid.
package final class RateLimit<Name: Hashable & Sendable>: Sendable {
  private struct Bucket {
    /// The tokens left, in units; fractional, since a bucket refills continuously, and negative in debt.
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

  /// Takes the cost of a request out of a client's bucket, if that much is in it.
  ///
  /// Constant time, but for a sweep of all buckets when they are too many; the same holds for the other methods.
  package func take(
    _ cost: Int = 1, of name: Name, now: ContinuousClock.Instant = .now
  ) -> RateLimitDecision {
    change(name, now) { bucket in
      guard bucket.level >= Double(cost) else {
        return .refused(wait: .seconds((Double(cost) - bucket.level) / allowance.perSecond))
      }
      bucket.level -= Double(cost)
      return decision(&bucket)
    }
  }

  /// Takes a cost that has arisen already, whether or not that much is in the bucket.
  package func charge(_ cost: Int, to name: Name, now: ContinuousClock.Instant = .now) -> RateLimitDecision {
    change(name, now) { bucket in
      bucket.level -= Double(cost)
      return decision(&bucket)
    }
  }

  /// Puts back what was taken for a request that turned out to be another's to pay.
  package func giveBack(_ cost: Int = 1, to name: Name, now: ContinuousClock.Instant = .now) {
    change(name, now) { $0.level = min(allowance.burst, $0.level + Double(cost)) }
  }

  private func change<Output>(
    _ name: Name, _ now: ContinuousClock.Instant, _ body: (inout Bucket) -> Output
  ) -> Output {
    buckets.withLock { buckets in
      if buckets.count >= Self.namesMax, buckets[name] == nil { forget(&buckets, now) }
      var bucket = buckets[name] ?? Bucket(level: allowance.burst, time: now)
      (bucket.level, bucket.time) = (level(of: bucket, now), now)
      defer { buckets[name] = bucket }
      return body(&bucket)
    }
  }

  private func decision(_ bucket: inout Bucket) -> RateLimitDecision {
    // Warn again only after the bucket has refilled past half.
    if bucket.level > allowance.burst / 2 { bucket.isWarned = false }
    guard bucket.level < allowance.burst / 4 else { return .plenty }
    defer { bucket.isWarned = true }
    return .scarce(
      left: max(0, Int(bucket.level)), full: .seconds((allowance.burst - bucket.level) / allowance.perSecond),
      isNews: !bucket.isWarned)
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
