// A hub as a stranger meets it: a real server on a port of this machine, in the test's own process, and a member whose
// request is at hand to be spoilt.

import AsyncHTTPClient
import BoardModel
import ClientCore
import Foundation
import HubAdministration
import HubHTTP
import Logging
import NIOCore
import NIOHTTP1
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

/// A served hub.
struct Door: Sendable {
  let hub: TestHub
  let folder: HubFolder
  let port: Int

  var url: String { "http://127.0.0.1:\(port)" }

  /// Serves a hub while the body runs.
  static func open(limits: ServerLimits = ServerLimits(), _ body: @Sendable (Door) async throws -> Void) async throws {
    let temporary = try TemporaryFolder()
    let folder = HubFolder(path: temporary.path)
    let hub = try TestHub(folder.database)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = HubServer(hub: hub.hub, acts: hub.acts, folder: folder, logger: logger, limits: limits)
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
      defer { group.cancelAll() }
      try await body(Door(hub: hub, folder: folder, port: port))
    }
    try hub.store.close()
  }

  /// How many changes the hub's spaces hold, all together.
  var head: UInt64 {
    get throws { try hub.store.read { try $0.spaces().reduce(0) { $0 + $1.head } } }
  }

  /// Whether the hub answers an honest question.
  func isHealthy() async throws -> Bool {
    let question = HTTPClientRequest(url: url + "/v1/health")
    let response = try await HTTPClient.shared.execute(question, timeout: .seconds(10))
    let body = try await response.body.collect(upTo: 1024)
    return response.status == .ok && String(buffer: body) == "{\"status\":\"ok\"}\n"
  }
}

/// A member with one change to send.
struct HonestMember: Sendable {
  let device: TestDevice
  let token: String
  /// A whole, good request that offers the change.
  let request: [UInt8]

  /// - Parameter door: The member joins there, but by a line that loses the request.
  init(at door: Door) async throws {
    device = try await .joined(door.folder.path + "/member.db", as: "carer", at: door.hub)
    _ = try device.copy.add(kind: "event", [.text(field: "title", "Tea")], space: "public")
    device.line.next(.requestLost)
    try await device.send()
    token = try device.copy.membership().token
    request = try #require(device.line.sent.last)
  }

  func headers(_ body: [UInt8]) -> [(String, String)] {
    [
      ("Content-Type", "application/cbor-seq"), ("Authorization", "Bearer \(token)"),
      ("Content-Digest", HubHTTP.contentDigest(of: body)),
    ]
  }
}
