// The hub's routes. They read bytes, verify which device sent them and that nothing was changed on the way, and leave
// the remainder to `SyncHub`.

internal import Cryptography
internal import HTTPTypes
package import Hummingbird
internal import JSONText
package import PartnerExchange
package import Replication
internal import RequestSigning
package import SyncHub
internal import SyncProtocol

/// The public routes of a hub.
package struct HubRoutes: Sendable {
  /// The media type of a sync's request and answer (RFC 8742).
  static let cborSequence = "application/cbor-seq"
  /// The media type of a turn of a partner's hub and of its reply (RFC 8949).
  static let cbor = "application/cbor"
  private let hub: SyncHub
  private let partners: PartnerService?
  private let gate: RequestAuthenticator
  private let addresses: RateLimit<[UInt8]>
  private let devices: RateLimit<PublicKey>
  private let requestCostBytes: Int
  private let requests: MemoryBudget
  private let answers: MemoryBudget

  /// The bytes reserved for an answer before it is made: its rows, a verdict for each offer, and what else it has.
  private static let answerBytes = Limits.responseBytesMax + 2 * 1024 * 1024

  /// - Parameter partners: The exchange with partners' hubs; `nil` for a hub that has none.
  package init(
    hub: SyncHub, partners: PartnerService? = nil, clock: @escaping @Sendable () -> Timestamp, limits: ServerLimits
  ) {
    self.hub = hub
    self.partners = partners
    gate = RequestAuthenticator(clock: clock)
    addresses = RateLimit(limits.perAddress)
    devices = RateLimit(limits.perDevice)
    requestCostBytes = limits.requestCostBytes
    requests = MemoryBudget(limits.requests)
    answers = MemoryBudget(limits.answers)
  }

  /// The router of the public routes:
  ///
  /// - `GET /v1/health`: checks that the hub answers and can read its store.
  /// - `GET /v1/status`: the hub's id, epoch, model and protocol versions, for programs.
  /// - `GET /v1/openapi.json`: this list for tools; it describes every route and every answer.
  /// - `POST /v1/join`: redeems an invitation code for a device.
  /// - `POST /v1/sync`: one round trip.
  /// - `POST /v1/partner`: one turn of a partner's hub.
  package func router() -> Router<HubContext> {
    let router = Router(context: HubContext.self)
    router.add(middleware: ProblemMiddleware())
    router.add(middleware: AddressLimit(limit: addresses))
    router.get("/v1/health") { _, _ in
      _ = try await hub.read { try HubIdentity.identity(in: $0) }
      return json(.object(["status": .string("ok")]))
    }
    router.get("/v1/status") { _, _ in
      let (id, epoch) = try await hub.read { try HubIdentity.identity(in: $0) }
      return json(
        .object([
          "hub": .string(id.description), "epoch": .string(epoch.description),
          "model": .integer(Int64(hub.rules.version)), "protocol": .integer(1),
        ]))
    }
    router.get("/v1/openapi.json") { _, _ in answer(PackageResources.openapi_json) }
    router.post("/v1/join") { request, _ in try await join(request) }
    router.post("/v1/sync") { request, context in try await sync(request, context) }
    router.post("/v1/partner") { request, context in try await partner(request, context) }
    return router
  }

  private func join(_ request: Request) async throws -> Response {
    guard request.headers[.contentEncoding] == nil else {
      throw Problem(.mediaType, "A join is sent as it is, and not compressed.")
    }
    let signature = try gate.signature(of: request)
    let bytes = try await gate.body(
      of: request, after: gate.prove(request, signedBy: signature), max: Limits.joinBytesMax)
    let fields: [String: JSON]
    do throws(JSONError) {
      guard case .object(let members) = try JSON(parsing: bytes) else { throw JSONError.syntax }
      fields = members
    } catch {
      throw Problem(.badJSON, "The request is not one JSON object.")
    }
    let joiner = fields["as"]
    guard Set(fields.keys).subtracting(["as"]) == ["code"], case .string(let code)? = fields["code"],
      joiner == nil || joiner == .string("partner")
    else { throw Problem(.badFields, "A join names a code, and says whether a partner's hub joins.") }
    let principal = try await hub.join(code: code, key: signature.key, isPartner: joiner != nil)
    let (id, keys, spaces) = try await hub.read { reader in
      (
        try HubIdentity.identity(in: reader).hub, try HubIdentity.publicKeys(in: reader),
        try reader.spaces().filter { principal.spaces.contains($0.id) }
      )
    }
    return json(
      .object([
        "member": .string(principal.member.description), "name": .string(principal.name),
        "role": .string(principal.role),
        "hub": .string(id.description), "signingKey": .string(hex(keys.signing.bytes)),
        "sealingKey": .string(hex(keys.sealing.bytes)), "model": .string(hub.modelText),
        "spaces": .array(
          spaces.map { .object(["id": .string($0.id.description), "name": .string($0.name)]) }),
      ]))
  }

  private func sync(_ request: Request, _ context: HubContext) async throws -> Response {
    guard request.headers[.contentType]?.lowercased() == Self.cborSequence else {
      throw Problem(.mediaType, "A sync is sent as application/cbor-seq.")
    }
    let coding = try ContentCoding(of: request.headers)
    let signature = try gate.signature(of: request)
    let ticket = HTTPField.Name(TicketField.name).flatMap { request.headers[$0] }.flatMap(TicketField.ticket)
    // Megabytes from an unknown device are never read.
    try await hub.admit(signature.key, showing: ticket)
    let head = try gate.prove(request, signedBy: signature)
    // From here on the request is a known device's, and no longer its address's.
    addresses.giveBack(to: context.address)
    context.payer.becomeDevice()
    let device = signature.key
    _ = try devices.take(requestCostBytes, of: device).enforced(for: "device", context.logger)
    let (content, work) = try await content(of: request, after: head, of: device, coding, context)
    let messages = try await hub.answer(content, signedBy: device, showing: ticket)
    let answer = SyncAnswer(messages, as: ContentCoding(acceptedBy: request.headers), reserved: work)
    let item = try devices.charge(answer.count, to: device).enforced(for: "device", context.logger)
    return answer.response(in: context).warning(item)
  }

  private func partner(_ request: Request, _ context: HubContext) async throws -> Response {
    guard request.headers[.contentType]?.lowercased() == Self.cbor, request.headers[.contentEncoding] == nil else {
      throw Problem(.mediaType, "A turn is sent as application/cbor, and not compressed.")
    }
    let signature = try gate.signature(of: request)
    let device = signature.key
    guard let partners, try await hub.read({ try Directory($0).partner(key: device) }) != nil else {
      throw DirectoryError.deviceUnknown
    }
    let head = try gate.prove(request, signedBy: signature)
    addresses.giveBack(to: context.address)
    context.payer.becomeDevice()
    _ = try devices.take(requestCostBytes, of: device).enforced(for: "device", context.logger)
    let most = Limits.answerBytesMax
    let length = request.headers[.contentLength].flatMap(Int.init) ?? most
    guard let reading = await requests.reserve(min(length, Limits.requestBytesMax), for: device) else {
      throw Problem.busy
    }
    defer { reading.shrink(to: 0) }
    let body = try await gate.body(of: request, after: head, max: most) { _ = devices.charge($0, to: device) }
    // The turn may wait for the partner's own work; others read meanwhile.
    reading.shrink(to: 0)
    do {
      let reply = try await partners.answer(turn: body, from: device)
      _ = devices.charge(reply.count, to: device)
      return answer(reply, type: Self.cbor)
    } catch is CBORError {
      throw Problem(.unreadable, "The turn is not one that this hub knows.")
    } catch PartnerError.notBegun {
      throw Problem(.notBegun, "The hub waits for no answer from here. Begin anew.")
    } catch PartnerError.wrongHub {
      throw Problem(.wrongHub, "The turn is for another hub.")
    } catch PartnerError.noSuchPartner {
      throw DirectoryError.deviceUnknown
    } catch DirectoryError.keyTaken {
      throw Problem(.keyTaken, "The hub introduced itself as another than before.")
    }
  }

  /// Reads a request, once there is room for it, and reserves what its work takes.
  ///
  /// A request that waits for the second room holds its own bytes, and those who have that room wait for nothing more,
  /// so nobody waits for each other.
  private func content(
    of request: Request, after head: ProvedHead, of device: PublicKey, _ coding: ContentCoding, _ context: HubContext
  ) async throws -> (content: [UInt8], work: Reservation) {
    let most = Limits.requestBytesMax
    let length = request.headers[.contentLength].flatMap(Int.init) ?? most
    guard let reading = await requests.reserve(min(length, most), for: device) else { throw Problem.busy }
    defer { reading.shrink(to: 0) }
    reading.leave(cut: context.close)
    let body = try await gate.body(of: request, after: head, max: most) { _ = devices.charge($0, to: device) }
    let workBytes = max(body.count, coding.contentBytesMost(of: body, max: most)) + Self.answerBytes
    guard let work = await answers.reserve(workBytes, for: device) else { throw Problem.busy }
    return (try coding.content(of: body, max: most), work)
  }
}

private func json(_ value: JSON) -> Response { answer(Array((value.text + "\n").utf8)) }

private func answer(_ bytes: [UInt8], type: String = "application/json") -> Response {
  Response(
    status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
    body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
}
