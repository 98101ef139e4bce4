// Carries requests to a hub over HTTP. It adds to the protocol only what HTTP needs, and trusts nothing it receives: no
// redirect is followed, because a captive portal's redirect would take a member's code and data to somebody else.

internal import AsyncHTTPClient
package import ClientCore
package import Cryptography
internal import JSONText
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
package import Replication
internal import RequestSigning
package import SyncProtocol

/// The HTTP transport to a hub. A program makes one and ends it with `shutDown`.
package struct HTTPTransport: HubTransport {
  private let client: HTTPClient
  private let clock: @Sendable () -> Int64

  /// The limit for resolving a host and connecting to it; past it, the hub counts as unreachable.
  private static let connectSeconds: Int64 = 10
  /// The limit for a connection on which the hub sends nothing.
  private static let idleSeconds: Int64 = 30
  /// The limit for one request from end to end: enough for a megabyte over a connection that barely works.
  private static let totalMinutes: Int64 = 5
  /// The most bytes of an answer: its rows and a verdict per offered change, with slack for one row over the limit.
  private static let answerBytesMax = Limits.requestBytesMax + 1024 * 1024

  /// Makes a transport with its own HTTP client.
  ///
  /// - Parameter clock: The wall clock, in seconds since 1970. A hub that rejects its time answers with the hub's own.
  package init(clock: @escaping @Sendable () -> Int64) {
    self.clock = clock
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(Self.connectSeconds), read: .seconds(Self.idleSeconds)))
    // Retrying is the member's decision: a second attempt here would only stretch "no connection" to ten seconds.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.tlsConfiguration = Self.safeLine()
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Closes all connections.
  package func shutDown() async throws {
    try await client.shutdown()
  }

  package func join(
    at place: HubEndpoint, code: String, replica: ReplicaID, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    let body = JSON.object(["code": .string(code), "replica": .string(replica.description)])
    let answer = try await post(
      Array(body.text.utf8), to: HubAddress.join, of: place, headers: ["Content-Type": "application/json"],
      signedBy: key)
    return try answer.joinReply()
  }

  package func sync(at place: HubEndpoint, key: SigningKey, request: [UInt8]) async throws(TransportError) -> [UInt8] {
    let answer = try await post(
      request, to: HubAddress.sync, of: place,
      headers: ["Content-Type": Self.messages, "Accept": Self.messages],
      signedBy: key)
    return try answer.body(ofType: Self.messages)
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
    request.body = .bytes(ByteBuffer(bytes: body))
    if let trustRoots = place.trustRoots { request.tlsConfiguration = try Self.safeLine(believing: trustRoots) }
    do {
      let response = try await client.execute(request, timeout: .minutes(Self.totalMinutes))
      let bytes = try await response.body.collect(upTo: Self.answerBytesMax)
      return HubAnswer(
        status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type"),
        body: Array(bytes.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw .notAHub
    } catch is NIOSSLExtraError {
      throw .notProved
    } catch let error as NIOSSLError where "\(error)".contains("CERTIFICATE_VERIFY_FAILED") {
      throw .notProved
    } catch let error as HTTPClientError {
      throw .unreachable(Self.words(for: error))
    } catch {
      // Refused, no such host, cut off, no TLS: to a member they are all the same, and nothing was lost.
      throw .unreachable("there is no line to that address just now")
    }
  }

  /// A client configuration for TLS 1.2 or newer, which requires a certificate valid for the host.
  private static func safeLine() -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }

  private static func safeLine(believing trustRoots: String) throws(TransportError) -> TLSConfiguration {
    var configuration = safeLine()
    do {
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(trustRoots.utf8)))
    } catch { throw .rejected("the file of authorities holds no certificate in PEM") }
    return configuration
  }

  private static func words(for error: HTTPClientError) -> String {
    switch error {
    case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
      .getConnectionFromPoolTimeout:
      "nobody answered in time"
    case .remoteConnectionClosed, .uncleanShutdown: "the line was cut off"
    case .invalidURL, .emptyHost, .emptyScheme: "the address is not one"
    default: "the line failed"
    }
  }
}
