// The bytes to a hub over HTTP. It adds nothing to the protocol but what HTTP needs, and trusts nothing it hears: no
// redirect is followed, because a portal's redirect would carry a member's secret and words to somebody else.

internal import AsyncHTTPClient
package import ClientCore
internal import Cryptography
internal import NIOCore
internal import NIOHTTP1
package import Replication

/// A hub, reached over HTTP. One for the life of a program; `shutDown` ends it.
package struct HTTPTransport: HubTransport {
  private let client: HTTPClient

  /// To find a host and open a line to it: more is no line.
  private static let connectSeconds: Int64 = 10
  /// Without a byte from the hub.
  private static let idleSeconds: Int64 = 30
  /// One request from end to end: a megabyte over a line that barely works.
  private static let totalMinutes: Int64 = 5
  /// A hub's largest answer is its rows and a verdict for each change offered; the slack is for one row over the limit.
  private static let answerBytesMax = Limits.requestBytesMax + 1024 * 1024

  package init() {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(Self.connectSeconds), read: .seconds(Self.idleSeconds)))
    // Trying again is the member's to ask for: a second try here would only make "no line" take ten seconds.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Closes every line.
  package func shutDown() async throws {
    try await client.shutdown()
  }

  package func join(url: String, code: String, replica: ReplicaID) async throws(TransportError) -> JoinReply {
    let body = JSON.object(["code": .string(code), "replica": .string(replica.description)])
    let answer = try await post(
      Array(body.text.utf8), to: HubAddress(url).join, headers: ["Content-Type": "application/json"])
    return try answer.joinReply()
  }

  package func sync(url: String, token: String, request: [UInt8]) async throws(TransportError) -> [UInt8] {
    let answer = try await post(
      request, to: HubAddress(url).sync,
      headers: [
        "Authorization": "Bearer \(token)", "Content-Digest": contentDigest(of: request),
        "Content-Type": Self.messages, "Accept": Self.messages,
      ])
    return try answer.body(ofType: Self.messages)
  }

  private static let messages = "application/cbor-seq"

  private func post(
    _ body: [UInt8], to url: String, headers: HTTPHeaders
  ) async throws(TransportError) -> HubAnswer {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers = headers
    request.body = .bytes(ByteBuffer(bytes: body))
    do {
      let response = try await client.execute(request, timeout: .minutes(Self.totalMinutes))
      let bytes = try await response.body.collect(upTo: Self.answerBytesMax)
      return HubAnswer(
        status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type"),
        body: Array(bytes.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw .notAHub
    } catch let error as HTTPClientError {
      throw .unreachable(Self.words(for: error))
    } catch {
      // Refused, no such host, cut off, no safe line: to a member they are one thing, and nothing was lost.
      throw .unreachable("there is no line to that address just now")
    }
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

/// The Content-Digest of a body: `sha-256=:…:` (RFC 9530 section 2).
package func contentDigest(of body: [UInt8]) -> String {
  var hasher = Hasher256()
  hasher.update(body)
  return "sha-256=:\(base64(hasher.finish().bytes)):"
}

/// Base 64 with padding (RFC 4648 section 4).
package func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let three = bytes[start..<min(start + 3, bytes.count)]
    let bits = three.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - three.count))
    for place in 0..<4 {
      let letter = letters[Int(bits >> (18 - 6 * UInt32(place)) & 63)]
      text.append(place <= three.count ? letter : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
