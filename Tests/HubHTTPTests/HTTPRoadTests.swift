// The whole road over real HTTP: the member's own transport against the hub's own server.

import ClientCore
import ClientHTTP
import Cryptography
import HubAdministration
import HubHTTP
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("End to end over HTTP", .timeLimit(.minutes(5)))
struct HTTPRoadTests {
  private func joined(_ name: String, at door: LoopbackHub, over transport: HTTPTransport) async throws -> MemberReplica
  {
    let store = try SQLiteStore(path: door.folder.path + "/\(name).db")
    let copy = MemberReplica(store: store, key: try deviceKey(in: store), clock: door.hub.clock.read)
    _ = try await copy.join(at: HubEndpoint(door.url), code: door.hub.code(for: name), over: transport)
    return copy
  }

  /// Runs the body with a transport that is closed after.
  ///
  /// - Parameter years: How far the clock of its computer is off.
  private func withTransport(years: Int64 = 0, _ body: (HTTPTransport) async throws -> Void) async throws {
    let now = ManualClock().read().milliseconds / 1_000 + serving + years * 365 * 86_400
    let transport = HTTPTransport { now }
    do {
      try await body(transport)
    } catch {
      try await transport.shutDown()
      throw error
    }
    try await transport.shutDown()
  }

  @Test("what one member wrote offline, another reads after both have been in contact, and all three copies are equal")
  func road() async throws {
    try await LoopbackHub.open { door in
      try await withTransport { transport in
        let carer = try await joined("carer", at: door, over: transport)
        let chair = try await joined("chair", at: door, over: transport)
        let id = try carer.add(kind: "event", [.text(field: "title", "Tea")], space: "public").id.description
        let report = try await carer.sync(over: transport)
        #expect(report.problem == nil && report.outcome.counts.acknowledged == 1 && report.unsent == 0)
        #expect(try await chair.sync(over: transport).problem == nil)
        #expect(try chair.show(id).fields["title"] == .text("Tea"))
        for copy in [carer, chair] {
          for space in ["public", "cab"] {
            #expect(try copy.digests()[space]?.description == door.hub.digest(of: space))
          }
        }
      }
    }
  }

  @Test(
    "more work than one request holds goes through in several, and comes out in several pages, under any clock",
    arguments: [0, -20, 10] as [Int64])
  func much(years: Int64) async throws {
    try await LoopbackHub.open { door in
      try await withTransport(years: years) { transport in
        let carer = try await joined("carer", at: door, over: transport)
        let words = String(repeating: "Tea and talk. ", count: 8_000)
        for number in 0..<42 {
          _ = try carer.add(kind: "event", [.text(field: "summary", "\(number) \(words)")], space: "public")
        }
        #expect(try await carer.sync(over: transport).unsent == 0)
        let chair = try await joined("chair", at: door, over: transport)
        #expect(try await chair.sync(over: transport).problem == nil)
        #expect(try chair.list(kind: "event").count == 42)
        // The carer has not heard of the chair yet.
        #expect(try await carer.sync(over: transport).problem == nil)
        #expect(try chair.digests()["public"] == carer.digests()["public"])
      }
    }
  }

  @Test("a fetch beyond its device's allowance waits as the hub says, and goes on to the end")
  func allowance() async throws {
    let limits = ServerLimits(perDevice: Allowance(burst: 64 << 10, perSecond: 262_144))
    try await LoopbackHub.open(limits: limits) { door in
      try await withTransport { transport in
        let chair = try await door.hub.joined("chair")
        // Words that no compressor shortens much.
        for _ in 0..<12 { try chair.add(base32(randomBytes(60_000))) }
        try await chair.send()
        let carer = try await joined("carer", at: door, over: transport)
        var waits: [Duration] = []
        let report = try await carer.sync(over: transport) { event in
          if case .waiting(let time) = event { waits.append(time) }
        }
        #expect(report.problem == nil && !waits.isEmpty && waits.allSatisfy { $0 <= .seconds(4) }, "\(waits)")
        #expect(try carer.digests()["public"]?.description == door.hub.digest(of: "public"))
      }
    }
  }

  @Test("a wrong code, a spent code and a stranger's copy are told apart from a connection that is down")
  func refusals() async throws {
    try await LoopbackHub.open { door in
      try await withTransport { transport in
        let key = SigningKey()
        let unknown = "This code is not known, was used already, was tried too often, or is too old."
        await #expect(throws: TransportError.notAllowed(unknown)) {
          try await transport.join(
            at: HubEndpoint(door.url), code: "AAAA-AAAA-AAAA-AAAA-AAAA", key: key)
        }
        let code = try door.hub.code(for: "carer")
        let first = try await transport.join(at: HubEndpoint(door.url), code: code, key: key)
        // The answer may have been lost: the same device may ask again, and another may not.
        let second = try await transport.join(at: HubEndpoint(door.url), code: code, key: key)
        #expect(second == first)
        await #expect(throws: TransportError.notAllowed(unknown)) {
          try await transport.join(at: HubEndpoint(door.url), code: code, key: SigningKey())
        }
        await #expect(throws: TransportError.notKnown) {
          try await transport.sync(at: HubEndpoint(door.url), key: SigningKey(), showing: nil, request: [])
        }
        await #expect(throws: TransportError.notAHub) {
          try await transport.sync(at: HubEndpoint(door.url + "/elsewhere"), key: key, showing: nil, request: [])
        }
        await #expect(throws: TransportError.self) {
          try await transport.sync(at: HubEndpoint("http://127.0.0.1:1"), key: key, showing: nil, request: [])
        }
      }
    }
  }
}
