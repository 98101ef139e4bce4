// A hub as a stranger meets it: a real server on a port of this machine, in the test's own process, and a member whose
// request is at hand to be spoilt.

import AsyncHTTPClient
import ClientCore
import Cryptography
import Foundation
import HubAdministration
import HubHTTP
import Logging
import NIOCore
import NIOHTTP1
import PartnerExchange
import RecordModel
import Replication
import RequestSigning
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

/// A served hub.
struct LoopbackHub: Sendable {
  let hub: TestHub
  let folder: HubFolder
  let port: Int

  var url: String { "http://127.0.0.1:\(port)" }

  /// A logger that says only what no test expects.
  private static var silent: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }

  /// Serves a hub while the body runs.
  static func open(
    limits: ServerLimits = ServerLimits(), logger: Logger? = nil, backUp: (@Sendable (String) throws -> Void)? = nil,
    _ body: @Sendable (LoopbackHub) async throws -> Void
  ) async throws {
    let temporary = try TemporaryFolder()
    let folder = HubFolder(path: temporary.path)
    let hub = try TestHub(in: temporary, backUp: backUp)
    let partners = PartnerService(
      hub: hub.hub, model: hub.model, copies: PartnerFiles(folder: temporary), transport: NoPartner(),
      clock: hub.clock.read)
    let server = HubServer(
      hub: hub.hub, partners: partners, administration: hub.administration, folder: folder, clock: hub.clock.read,
      logger: logger ?? silent,
      limits: limits)
    let (ready, continuation) = AsyncStream.makeStream(of: Int.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { continuation.finish() }
        do {
          try await server.run(host: "127.0.0.1", port: 0) { continuation.yield($0) }
        } catch is CancellationError {
          // How this group ends it.
        }
      }
      let port = try #require(await ready.first { _ in true })
      // Just after its start a hub believes no time at all.
      hub.clock.advance(milliseconds: serving * 1_000)
      defer { group.cancelAll() }
      try await body(LoopbackHub(hub: hub, folder: folder, port: port))
    }
    try hub.store.close()
  }

  /// How many changes the hub's spaces hold, all together.
  var head: UInt64 {
    get throws { try hub.store.read { try $0.spaces().reduce(0) { $0 + $1.lastPosition } } }
  }

  /// Whether the hub answers an honest question.
  func isHealthy() async throws -> Bool {
    var question = HTTPClientRequest(url: url + "/v1/health")
    // A connection that is kept for the next question may be closed by the hub just then.
    question.headers.add(name: "Connection", value: "close")
    let response = try await HTTPClient.shared.execute(question, timeout: .seconds(10))
    let body = try await response.body.collect(upTo: 1024)
    return response.status == .ok && String(buffer: body) == "{\"status\":\"ok\"}\n"
  }
}

/// A member with one change to send.
struct HonestMember: Sendable {
  let device: TestDevice
  let key: SigningKey
  /// A whole, good request that offers the change.
  let request: [UInt8]

  /// - Parameter door: The member joins there, but over a connection that loses the request.
  init(_ name: String = "carer", at door: LoopbackHub) async throws {
    device = try await door.hub.joined(name)
    try device.add("Tea")
    device.transport.next(.requestLost)
    try await device.send()
    key = try device.key
    request = try #require(device.transport.sent.last)
  }

  /// The fields of a sync, signed now.
  func headers(_ body: [UInt8]) -> [(String, String)] {
    [("Content-Type", "application/cbor-seq")] + signed("/v1/sync", body, by: key)
  }
}

/// For how many seconds a hub has been served when a test meets it.
let serving: Int64 = 300

/// The fields that prove whose a POST is: the digest of its body, and the signature.
func signed(
  _ path: String, _ body: [UInt8], by key: SigningKey,
  created: Int64 = ManualClock().read().milliseconds / 1_000 + serving,
  nonce: String = base32(randomBytes(10))
) -> [(String, String)] {
  let digest = contentDigest(of: body)
  let request = SignedRequest(method: "POST", path: path, contentDigest: digest)
  return [("Content-Digest", digest)] + RequestSignature(of: request, by: key, created: created, nonce: nonce).fields
}

/// The copies of partners' spaces, in the hub's folder.
private struct PartnerFiles: PartnerCopies {
  let folder: TemporaryFolder

  func open(of hub: HubID) throws -> any ReplicaStore { try SQLiteStore(path: folder.file("partner-\(hub).db")) }
}

/// A hub that dials nobody.
private struct NoPartner: PartnerTransport {
  func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply {
    throw .unreachable("nobody is dialled")
  }

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] { throw .unreachable("nobody is dialled") }

  func turn(at place: HubEndpoint, key: SigningKey, _ turn: [UInt8]) async throws(TransportError) -> [UInt8] {
    throw .unreachable("nobody is dialled")
  }

  func wait(_ duration: Duration) async {}
}
