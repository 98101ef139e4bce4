// Authentication of the requesting device by its signature (RFC 9421). Before a request takes effect, its bytes must be
// those that were signed, and it must not be a replay.

internal import HTTPTypes
internal import Hummingbird
internal import Replication
internal import RequestSigning

/// The head of a request that a device is proved to have signed.
struct ProvedHead: Sendable {
  let signature: RequestSignature
  /// The `Content-Digest` field, which the signature covers.
  let digest: String
  /// The hub's time when the signature was verified.
  let arrival: Timestamp
}

/// The check that every signed request passes.
struct RequestAuthenticator: Sendable {
  private let clock: @Sendable () -> Timestamp
  private let replays: ReplayGuard

  init(clock: @escaping @Sendable () -> Timestamp) {
    self.clock = clock
    replays = ReplayGuard(now: clock())
  }

  /// Parses a request's signature, without verifying it.
  func signature(of request: Request) throws(Problem) -> RequestSignature {
    guard let input = request.headers[.signatureInput], let signature = request.headers[.signature] else {
      throw Problem(.signatureMissing, "A request is signed by its device's key.")
    }
    do throws(SignatureError) {
      return try RequestSignature(input: input, signature: signature)
    } catch {
      throw Problem(.badSignature, "The signature cannot be read: \(Self.words(for: error)).")
    }
  }

  /// Proves that a device signed a request, or that it is to sign it anew, without reading the body.
  ///
  /// - Throws: ``Problem``, with the reason for the rejection.
  func prove(_ request: Request, signedBy signature: RequestSignature) throws(Problem) -> ProvedHead {
    guard let digest = request.headers[.contentDigest] else {
      throw Problem(.digestMissing, "A request carries a Content-Digest.")
    }
    let signed = SignedRequest(
      method: request.method.rawValue, path: request.uri.path, query: request.uri.query ?? "", contentDigest: digest)
    guard signature.isValid(for: signed) else {
      throw Problem(.signatureWrong, "The request is not as its device signed it.")
    }
    // Before the body, so that no device with a wrong clock uploads everything twice.
    let arrival = clock()
    if let nonce = replays.challenge(to: signature, now: arrival) { throw Problem.clock(now: arrival, nonce: nonce) }
    return ProvedHead(signature: signature, digest: digest, arrival: arrival)
  }

  /// The body as it was sent, once its digest is verified and the request is no replay.
  ///
  /// - Parameters:
  ///   - max: The largest body accepted, in bytes.
  ///   - count: Called once with the bytes that were read, whether or not all came.
  /// - Throws: ``Problem``, with the reason for the rejection.
  func body(
    of request: Request, after head: ProvedHead, max: Int, count: (Int) -> Void = { _ in }
  ) async throws -> [UInt8] {
    let bytes = try await read(request, max: max, count: count)
    guard head.digest == contentDigest(of: bytes) else {
      throw Problem(.digestMismatch, "The request was changed or cut on the way.")
    }
    guard replays.admit(head.signature, now: head.arrival) else {
      throw Problem(.replayed, "This request was here before. Sign it anew.")
    }
    return bytes
  }

  private func read(_ request: Request, max: Int, count: (Int) -> Void) async throws -> [UInt8] {
    let length = request.headers[.contentLength].flatMap(Int.init)
    let tooLarge = Problem(.tooLarge, "The request is larger than \(max) bytes. Send less at once.")
    if let length, length > max { throw tooLarge }
    var bytes: [UInt8] = []
    defer { count(bytes.count) }
    for try await part in request.body {
      guard bytes.count + part.readableBytes <= max else { throw tooLarge }
      if bytes.isEmpty, let length { bytes.reserveCapacity(length) }
      bytes += part.readableBytesView
    }
    return bytes
  }

  private static func words(for error: SignatureError) -> String {
    switch error {
    case .unreadable: "it is not one signature of RFC 9421"
    case .components: "it covers other things than method, path, query and content-digest"
    case .parameters: "created, nonce, keyid and the algorithm ed25519 are needed"
    }
  }
}

extension HTTPField.Name {
  fileprivate static var contentDigest: Self { Self("Content-Digest")! }
  fileprivate static var signatureInput: Self { Self("Signature-Input")! }
  fileprivate static var signature: Self { Self("Signature")! }
}
