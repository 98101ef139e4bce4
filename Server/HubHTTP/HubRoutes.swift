// The hub's routes. They read bytes, check who asks and that nothing was changed on the way, and leave the rest to
// `SyncHub`.

internal import Cryptography
internal import Foundation
internal import HTTPTypes
package import Hummingbird
internal import Replication
package import SyncHub

/// The public routes of a hub.
package struct HubRoutes: Sendable {
  static let cborSequence = "application/cbor-seq"
  private let hub: SyncHub

  package init(hub: SyncHub) {
    self.hub = hub
  }

  /// - `GET /v1/health`: whether the hub answers and its store can be read.
  /// - `GET /v1/status`: which hub this is, for programs.
  /// - `POST /v1/join`: spends a code for a device.
  /// - `POST /v1/sync`: one round trip.
  package func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.add(middleware: ProblemMiddleware())
    router.get("/v1/health") { _, _ in
      _ = try hub.store.read { try HubLife.identity(in: $0) }
      return json(.object(["status": .string("ok")]))
    }
    router.get("/v1/status") { _, _ in
      let (id, epoch) = try hub.store.read { try HubLife.identity(in: $0) }
      return json(
        .object([
          "hub": .string(id.description), "epoch": .string(epoch.description),
          "model": .integer(Int64(hub.rules.version)), "protocol": .integer(1),
        ]))
    }
    router.post("/v1/join") { request, _ in try await join(request) }
    router.post("/v1/sync") { request, _ in try await sync(request) }
    return router
  }

  private func join(_ request: Request) async throws -> Response {
    let bytes = try await body(of: request, max: Limits.jsonBytesMax)
    let fields: [String: JSON]
    do throws(JSONError) {
      guard case .object(let members) = try JSON(parsing: bytes) else { throw JSONError.syntax }
      fields = members
    } catch {
      throw Problem(.badRequest, "badJSON", "The request is not one JSON object.")
    }
    guard Set(fields.keys) == ["code", "replica"], case .string(let code)? = fields["code"],
      case .string(let text)? = fields["replica"], let replica = ReplicaID(text)
    else { throw Problem(.unprocessableContent, "badFields", "A join names a code and a replica, and nothing else.") }
    let (visitor, token) = try await hub.join(code: code, replica: replica)
    let (id, spaces) = try hub.store.read { reader in
      (try HubLife.identity(in: reader).hub, try reader.spaces().filter { visitor.spaces.contains($0.id) })
    }
    return json(
      .object([
        "member": .string(visitor.member.description), "name": .string(visitor.name), "role": .string(visitor.role),
        "token": .string(token), "hub": .string(id.description), "model": .string(hub.modelText),
        "spaces": .array(
          spaces.map { .object(["id": .string($0.id.description), "name": .string($0.name)]) }),
      ]))
  }

  private func sync(_ request: Request) async throws -> Response {
    guard request.headers[.contentType]?.lowercased() == Self.cborSequence else {
      throw Problem(.unsupportedMediaType, "mediaType", "A sync is sent as application/cbor-seq.")
    }
    let visitor = try visitor(of: request)
    let bytes = try await body(of: request, max: Limits.requestBytesMax)
    guard let digest = request.headers[.contentDigest] else {
      throw Problem(.badRequest, "digestMissing", "A sync carries a Content-Digest.")
    }
    guard digest == contentDigest(of: bytes) else {
      throw Problem(.badRequest, "digestMismatch", "The request was changed or cut on the way.")
    }
    let answer = try await hub.answer(bytes, from: visitor)
    return Response(
      status: .ok, headers: [.contentType: Self.cborSequence, .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(bytes: answer)))
  }

  private func visitor(of request: Request) throws -> Visitor {
    let prefix = "Bearer "
    guard let header = request.headers[.authorization], header.hasPrefix(prefix),
      let visitor = try hub.visitor(token: String(header.dropFirst(prefix.count)))
    else { throw Problem(.unauthorized, "notKnown", "The hub does not know this device.") }
    return visitor
  }

  private func body(of request: Request, max: Int) async throws -> [UInt8] {
    if let length = request.headers[.contentLength].flatMap(Int.init), length > max {
      throw Problem(.contentTooLarge, "tooLarge", "The request is larger than \(max) bytes. Send less at once.")
    }
    let buffer = try await request.body.collect(upTo: max)
    return Array(buffer.readableBytesView)
  }
}

/// The Content-Digest of a body: `sha-256=:…:` (RFC 9530 section 2).
package func contentDigest(of body: [UInt8]) -> String {
  var hasher = Hasher256()
  hasher.update(body)
  return "sha-256=:" + Data(hasher.finish().bytes).base64EncodedString() + ":"
}

private func json(_ value: JSON) -> Response {
  Response(
    status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
    body: .init(byteBuffer: ByteBuffer(string: value.text + "\n")))
}

extension HTTPField.Name {
  fileprivate static var contentDigest: Self { Self("Content-Digest")! }
}
