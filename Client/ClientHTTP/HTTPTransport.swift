// Carries requests to a hub over HTTP. It adds to the protocol only what HTTP needs, and trusts nothing it receives: no
// redirect is followed, because a captive portal's redirect would take a member's code and data to somebody else.

internal import AsyncHTTPClient
package import ClientCore
internal import Compression
package import Cryptography
internal import Foundation
internal import JSONText
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Replication
internal import RequestSigning
package import SyncProtocol

/// The HTTP transport to a hub. A program makes one and ends it with `shutDown`.
package struct HTTPTransport: HubTransport {
  private let client: HTTPClient
  private let clock: @Sendable () -> Int64

  /// The limit for resolving a host and connecting to it; past it, the hub counts as unreachable.
  private static let connectSeconds: Int64 = 10
  /// The limit for a connection on which nothing moves.
  private static let idleSeconds: Int64 = 60
  /// The least pace of a request and of an answer: so many bytes while nothing else would be idle.
  private static let paceBytes = 4096
  /// The most bytes of a request written at once. The next are written when these have left, so that a connection that
  /// carries them slowly is not taken for an idle one.
  private static let writtenBytes = 16 * 1024

  /// Makes a transport with its own HTTP client.
  ///
  /// - Parameter clock: The wall clock, in seconds since 1970. A hub that rejects its time answers with the hub's own.
  package init(clock: @escaping @Sendable () -> Int64) {
    self.clock = clock
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(
        connect: .seconds(Self.connectSeconds), read: .seconds(Self.idleSeconds), write: .seconds(Self.idleSeconds)))
    // Retrying is the member's decision: a second attempt here would only stretch "no connection" to ten seconds.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.tlsConfiguration = Self.safeTLS()
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Closes all connections.
  package func shutDown() async throws {
    try await client.shutdown()
  }

  package func join(
    at place: HubEndpoint, code: String, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    try await join(at: place, .object(["code": .string(code)]), key: key)
  }

  /// Redeems a one-time code for the hub of a partner.
  package func joinAsPartner(
    at place: HubEndpoint, code: String, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    try await join(at: place, .object(["code": .string(code), "as": .string("partner")]), key: key)
  }

  private func join(
    at place: HubEndpoint, _ body: JSON, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    let answer = try await post(
      Array(body.text.utf8), to: HubAddress.join, of: place, headers: ["Content-Type": "application/json"],
      signedBy: key)
    return try answer.joinReply()
  }

  package func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    var headers: HTTPHeaders = ["Content-Type": Self.messages, "Accept": Self.messages]
    if let ticket { headers.add(name: TicketField.name, value: TicketField.value(ticket)) }
    headers.add(name: "Accept-Encoding", value: Self.coding)
    let frame = Zstd.compress(request)
    if frame != nil { headers.add(name: "Content-Encoding", value: Self.coding) }
    let answer = try await post(
      frame ?? request, to: HubAddress.sync, of: place, headers: headers, signedBy: key)
    return try answer.body(ofType: Self.messages)
  }

  /// Makes one turn of the exchange between hubs.
  package func turn(at place: HubEndpoint, key: SigningKey, _ turn: [UInt8]) async throws(TransportError) -> [UInt8] {
    let answer = try await post(
      turn, to: HubAddress.partner, of: place, headers: ["Content-Type": Self.turns, "Accept": Self.turns],
      signedBy: key)
    return try answer.body(ofType: Self.turns)
  }

  package func wait(_ duration: Duration) async {
    do { try await Task.sleep(for: duration) } catch {
      // Cancelled, and so is whatever would follow.
    }
  }

  /// Sends a signed request. If the hub rejects this computer's clock, signs and sends it once more with the time and
  /// nonce of the hub's challenge.
  private func post(
    _ body: [UInt8], to path: String, of place: HubEndpoint, headers: HTTPHeaders, signedBy key: SigningKey
  ) async throws(TransportError) -> HubAnswer {
    let nonce = base32(randomBytes(20))
    let first = try await post(
      body, to: path, of: place, headers: headers, signedBy: key, created: clock(), nonce: nonce)
    guard let challenge = first.challenge else { return first }
    return try await post(
      body, to: path, of: place, headers: headers, signedBy: key, created: challenge.seconds, nonce: challenge.nonce)
  }

  private static let messages = "application/cbor-seq"
  private static let coding = "zstd"
  private static let turns = "application/cbor"

  private func post(
    _ body: [UInt8], to path: String, of place: HubEndpoint, headers: HTTPHeaders, signedBy key: SigningKey,
    created: Int64,
    nonce: String
  ) async throws(TransportError) -> HubAnswer {
    let digest = contentDigest(of: body)
    let signed = SignedRequest(method: "POST", path: path, contentDigest: digest)
    var request = HTTPClientRequest(url: try HubAddress(place.url).base + path)
    request.method = .POST
    request.headers = headers
    request.headers.add(name: "Content-Digest", value: digest)
    request.headers.add(
      contentsOf: RequestSignature(of: signed, by: key, created: created, nonce: nonce).fields)
    request.body = .stream(Self.pieces(of: body), length: .known(Int64(body.count)))
    if let trustRoots = place.trustRoots { request.tlsConfiguration = try Self.safeTLS(believing: trustRoots) }
    do {
      // Until the answer begins: the time that the request takes at the least pace, and that of the hub.
      let periods = Int64(body.count / Self.paceBytes + 2)
      let response = try await client.execute(request, timeout: .seconds(periods * Self.idleSeconds))
      return HubAnswer(
        status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type"),
        contentEncoding: response.headers.first(name: "Content-Encoding"),
        retryAfter: response.headers.first(name: "Retry-After"),
        body: try await Self.collect(response.body))
    } catch is NIOTooManyBytesError {
      throw .notAHub
    } catch is NIOSSLExtraError {
      throw .notProved
    } catch let error as NIOSSLError where "\(error)".contains("CERTIFICATE_VERIFY_FAILED") {
      throw .notProved
    } catch let error as HTTPClientError {
      throw Self.failure(error)
    } catch NIOSSLError.uncleanShutdown {
      throw .cut("the connection was cut off")
    } catch let error as IOError where [ECONNRESET, EPIPE, ETIMEDOUT].contains(error.errnoCode) {
      throw .cut("the connection was cut off")
    } catch {
      // Refused, no such host, cut off, no TLS: to a member they are all the same, and nothing was lost.
      throw .unreachable("there is no connection to that address just now")
    }
  }

  /// A request's body in pieces.
  private static func pieces(of body: [UInt8]) -> AsyncStream<ByteBuffer> {
    AsyncStream { continuation in
      var rest = ByteBuffer(bytes: body)
      while let piece = rest.readSlice(length: min(writtenBytes, rest.readableBytes)), piece.readableBytes > 0 {
        continuation.yield(piece)
      }
      continuation.finish()
    }
  }

  /// Reads an answer's body, which may take as long as it likes at the least pace.
  ///
  /// - Throws: `NIOTooManyBytesError`, and `HTTPClientError.readTimeout` for bytes that drip.
  private static func collect(_ body: HTTPClientResponse.Body) async throws -> [UInt8] {
    let clock = ContinuousClock()
    var (bytes, start, bytesBefore) = ([] as [UInt8], clock.now, 0)
    for try await part in body {
      bytes += part.readableBytesView
      guard bytes.count <= Limits.answerBytesMax else { throw NIOTooManyBytesError(maxBytes: Limits.answerBytesMax) }
      guard clock.now - start >= .seconds(idleSeconds) else { continue }
      guard bytes.count - bytesBefore >= paceBytes else { throw HTTPClientError.readTimeout }
      (start, bytesBefore) = (clock.now, bytes.count)
    }
    return bytes
  }

  /// A client configuration for TLS 1.2 or newer, which requires a certificate valid for the host.
  private static func safeTLS() -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }

  private static func safeTLS(believing trustRoots: String) throws(TransportError) -> TLSConfiguration {
    var configuration = safeTLS()
    do {
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(trustRoots.utf8)))
    } catch { throw .rejected("the file of authorities holds no certificate in PEM") }
    return configuration
  }

  private static func failure(_ error: HTTPClientError) -> TransportError {
    switch error {
    case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout: .unreachable("nobody answered in time")
    case .readTimeout, .writeTimeout, .deadlineExceeded: .silent("nobody answered in time")
    case .remoteConnectionClosed, .uncleanShutdown: .cut("the connection was cut off")
    case .invalidURL, .emptyHost, .emptyScheme: .unreachable("the address is not one")
    default: .unreachable("the connection failed")
    }
  }
}
