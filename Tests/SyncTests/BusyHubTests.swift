// A hub that has no time asks to be left alone for a while. Its devices wait and go on, and lose nothing by it.

import ClientCore
import RecordModel
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("A busy hub")
struct BusyHubTests {
  private let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  private static func busy(_ seconds: Int) -> Fault { .status(.busy(wait: .seconds(seconds))) }

  @Test("a sync that is told to wait waits so long, and then goes on with everything")
  func goesOn() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try chair.add("Breakfast")
    try await chair.send()
    try carer.add("Lunch")
    carer.transport.next(Self.busy(12), nil, Self.busy(30))
    let report = try await carer.send()
    #expect(report.problem == nil && report.unsent == 0)
    #expect(try carer.titles == ["Breakfast", "Lunch"])
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
    let wait = try #require(carer.transport.waits.first)
    #expect(wait >= .seconds(12) && wait <= .seconds(15))
  }

  @Test("waits grow while the hub stays busy, each within a minute, and end after five; the work is kept")
  func patience() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Lunch")
    for _ in 0..<100 { carer.transport.next(Self.busy(5)) }
    let report = try await carer.send()
    #expect(report.problem == .transport(.busy(wait: .seconds(5))) && report.unsent == 1)
    let waits = carer.transport.waits
    #expect(waits.reduce(.zero, +) <= .seconds(300) && waits.reduce(.zero, +) > .seconds(180))
    #expect(waits.allSatisfy { $0 <= .seconds(60) } && zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 })
    carer.transport.heal()
    #expect(try await carer.send().unsent == 0)
  }

  @Test("a hub that is busy again and again, and answers in between, is never given up")
  func slowButSteady() async throws {
    let small = try TestHub(in: hub.folder, file: "small.db", responseBytesMax: 1)
    let chair = try await small.joined("chair", file: "small-chair.db")
    for number in 1...20 { try chair.add("Breakfast \(number)") }
    try await chair.send()
    let code = try small.code(for: "carer")
    let carer = try TestDevice("small-carer.db", at: small)
    _ = try await carer.copy.join(at: HubEndpoint("test"), code: code, over: carer.transport)
    for _ in 1...20 { carer.transport.next(Self.busy(40), nil) }
    #expect(try await carer.send().problem == nil)
    #expect(try carer.titles.count == 20)
    #expect(carer.transport.waits.reduce(.zero, +) > .seconds(600))
  }

  @Test("busy without a time, as a proxy says it, ends the sync at once")
  func withoutTime() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Lunch")
    carer.transport.next(.status(.busy(wait: nil)))
    let report = try await carer.send()
    #expect(report.problem == .transport(.busy(wait: nil)) && report.unsent == 1 && carer.transport.waits.isEmpty)
  }

  @Test("devices that are told to wait the same time come back at different times")
  func jitter() async throws {
    var waits: Set<Duration> = []
    for number in 0..<12 {
      let device = try await hub.joined("member \(number)", file: "member-\(number).db")
      device.transport.next(Self.busy(40))
      try await device.send()
      waits.formUnion(device.transport.waits)
    }
    #expect(waits.count >= 6 && waits.allSatisfy { $0 >= .seconds(40) && $0 <= .seconds(50) })
  }

  @Test("a person is told of each wait before it begins")
  func told() async throws {
    let carer = try await hub.joined("carer")
    carer.transport.next(Self.busy(2), Self.busy(2))
    var events: [SyncEvent] = []
    _ = try await carer.copy.sync(over: carer.transport) { events.append($0) }
    let waits = events.compactMap { if case .waiting(let time) = $0 { time } else { nil } }
    #expect(waits == carer.transport.waits && waits.count == 2)
    guard case .applied = events.last else { return #expect(Bool(false), "the last is an answer") }
  }
}
