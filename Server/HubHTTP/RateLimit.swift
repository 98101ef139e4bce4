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
  }

  /// At so many, those whose buckets are full again are forgotten; where that is none, everybody is.
  private static var namesMax: Int { 50_000 }

  private let allowance: Allowance
  private let buckets = Mutex<[Name: Bucket]>([:])

  package init(_ allowance: Allowance) {
    self.allowance = allowance
  }

  /// Takes a request out of a bucket.
  ///
  /// - Returns: `nil` where there was one; else how long until there is. Nothing was taken then.
  package func wait(of name: Name, now: ContinuousClock.Instant = .now) -> Duration? {
    buckets.withLock { buckets in
      if buckets.count >= Self.namesMax, buckets[name] == nil { forget(&buckets, now) }
      var bucket = buckets[name] ?? Bucket(level: allowance.burst, time: now)
      bucket = Bucket(level: level(of: bucket, now), time: now)
      defer { buckets[name] = bucket }
      guard bucket.level >= 1 else { return .seconds((1 - bucket.level) / allowance.perSecond) }
      bucket.level -= 1
      return nil
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
