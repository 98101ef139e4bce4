// What a bucket of requests gives, and how whoever asks is told: before it is empty, so that a program that heeds it is
// never turned away.

internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// What came of asking a bucket for a request.
package enum RateLimitDecision: Equatable, Sendable {
  case plenty
  /// It was given, and less than a quarter is left: so many requests, and so long until all are there again. It is news
  /// the first time.
  case scarce(left: Int, full: Duration, isNews: Bool)
  /// Nothing was taken. There is one after so long.
  case refused(wait: Duration)

  /// Turns away whoever has to wait, and warns of it before.
  ///
  /// - Parameter bucket: Whose it is: `address` or `device`.
  /// - Returns: What the answer says in its `RateLimit` field; `nil` where that is nothing.
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
  static var rateLimit: Self { Self("RateLimit")! }
}

extension Response {
  /// The same answer, with an item more in its `RateLimit` field.
  func warning(_ item: String?) -> Response {
    guard let item else { return self }
    var response = self
    response.headers[values: .rateLimit].append(item)
    return response
  }
}
