// A rate limiter's decision and the way it is reported: clients are warned before their bucket is empty, so one that
// heeds the warning is never turned away.

internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// The outcome of taking a cost out of a bucket.
package enum RateLimitDecision: Equatable, Sendable {
  /// The request is allowed, and at least a quarter is left.
  case plenty
  /// The request is allowed, and less than a quarter is left: `left` units, and `full` until the bucket is full again.
  /// `isNews` is true the first time.
  case scarce(left: Int, full: Duration, isNews: Bool)
  /// The request is refused, and nothing was taken. The next one is allowed after `wait`.
  case refused(wait: Duration)

  /// Refuses a client over its allowance, and logs a warning before that.
  ///
  /// - Parameter bucket: The kind of client: `address` or `device`.
  /// - Returns: The item for the answer's `RateLimit` field; `nil` if there is none.
  /// - Throws: ``Problem`` with code `tooOften`, if the request is refused.
  /// - SeeAlso: draft-ietf-httpapi-ratelimit-headers-10, section 4.
  func enforced(for bucket: String, _ logger: Logger) throws(Problem) -> String? {
    switch self {
    case .plenty: return nil
    case .scarce(let left, let full, let isNews):
      if isNews { logger.warning("somebody asks nearly too often", metadata: ["bucket": "\(bucket)"]) }
      return "\"\(bucket)\";r=\(left);t=\(full.components.seconds + 1)"
    case .refused(let wait): throw Problem.tooOften(wait)
    }
  }
}

extension HTTPField.Name {
  /// The `RateLimit` field of draft-ietf-httpapi-ratelimit-headers-10.
  static var rateLimit: Self { Self("RateLimit")! }
}

extension Response {
  /// The same answer, with one more item in its `RateLimit` field.
  func warning(_ item: String?) -> Response {
    guard let item else { return self }
    var response = self
    response.headers[values: .rateLimit].append(item)
    return response
  }
}
