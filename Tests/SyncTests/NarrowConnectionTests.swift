// Slow connections that soon break. An exchange that is larger than what a connection carries never completes, however
// often it is repeated, so both sides keep to sizes that have been seen to pass.

import ClientCore
import Cryptography
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import Synchronization
import TestKit
import Testing

/// A connection that carries so many bytes a second and breaks every so many seconds, in time that only it advances.
private final class NarrowConnection: HubTransport {
  private struct Pass {
    var time = 0.0
    var breaks = 0
    /// The bytes of each exchange that completed: of its request, and of its answer.
    var carried: [(request: Int, answer: Int)] = []
  }

  private let hub: SyncHub
  private let bytesPerSecond: Double
  private let secondsToBreak: Double
  private let pass = Mutex(Pass())

  init(to hub: SyncHub, bytesPerSecond: Double, breakingEvery seconds: Double) {
    self.hub = hub
    self.bytesPerSecond = bytesPerSecond
    secondsToBreak = seconds
  }

  var breaks: Int { pass.withLock { $0.breaks } }
  var carried: [(request: Int, answer: Int)] { pass.withLock { $0.carried } }
  var seconds: Double { pass.withLock { $0.time } }

  func join(
    at place: HubEndpoint, code: String, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    throw .rejected("nobody joins here")
  }

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    try pass.withLock { pass throws(TransportError) in try carry(request.count, &pass) }
    let answer: [UInt8]
    do { answer = try await hub.answer(request, signedBy: key.publicKey) } catch { throw .hubFailed(500) }
    try pass.withLock { pass throws(TransportError) in
      try carry(answer.count, &pass)
      pass.carried.append((request.count, answer.count))
    }
    return answer
  }

  func wait(_ duration: Duration) async { pass.withLock { $0.time += duration / .seconds(1) } }

  private func carry(_ bytes: Int, _ pass: inout Pass) throws(TransportError) {
    let nextBreak = ((pass.time / secondsToBreak).rounded(.down) + 1) * secondsToBreak
    pass.time += Double(bytes) / bytesPerSecond
    guard pass.time > nextBreak else { return }
    pass.time = nextBreak
    pass.breaks += 1
    throw .cut("the connection broke")
  }
}

@Suite("Narrow connections")
struct NarrowConnectionTests {
  /// 20 kB/s that break every 30 s carry 600 kB at most.
  private static let (slow, soon) = (20_000.0, 30.0)

  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  /// Writes so many MiB of minutes.
  private func write(_ mebibytes: Int, on device: TestDevice) throws {
    for _ in 0..<mebibytes * 9 { try device.add(String(repeating: "x", count: 120_000)) }
  }

  @Test("somebody on 20 kB/s that break every 30 s reads 8 MiB of the others' minutes, with one send")
  func fetches() async throws {
    let (chair, carer) = (try await hub.joined("chair"), try await hub.joined("carer"))
    try write(8, on: chair)
    try await chair.send()
    let connection = NarrowConnection(to: hub.hub, bytesPerSecond: Self.slow, breakingEvery: Self.soon)
    let report = try await carer.copy.sync(over: connection)
    #expect(report.problem == nil && report.outcome.counts.received >= 72)
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
    #expect(connection.breaks > 0)
    // What breaks took with them is no more than was carried.
    #expect(connection.seconds < 2 * Double(connection.carried.reduce(0) { $0 + $1.answer }) / Self.slow)
  }

  @Test("somebody on 20 kB/s that break every 30 s gets 8 MiB of their own minutes to the hub, with one send")
  func pushes() async throws {
    let carer = try await hub.joined("carer")
    try write(8, on: carer)
    let connection = NarrowConnection(to: hub.hub, bytesPerSecond: Self.slow, breakingEvery: Self.soon)
    let report = try await carer.copy.sync(over: connection)
    #expect(report.problem == nil && report.unsent == 0)
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
    #expect(connection.breaks > 0)
  }

  @Test("a connection that carries no more than one change at a time still gets every one of three spaces' through")
  func oneChange() async throws {
    let carer = try await hub.joined("carer", role: "chair", spaces: ["public", "cab", "staff"])
    for space in ["public", "cab", "staff"] { try carer.add(String(repeating: "x", count: 100_000), space: space) }
    let connection = NarrowConnection(to: hub.hub, bytesPerSecond: 130_000, breakingEvery: 1)
    var unsent = 3
    for _ in 0..<4 where unsent > 0 { unsent = try await carer.copy.sync(over: connection).unsent }
    #expect(unsent == 0)
  }

  @Test("on a good connection each page is twice the last, up to what a hub sends at most, and the copy remembers it")
  func grows() async throws {
    let (chair, carer) = (try await hub.joined("chair"), try await hub.joined("carer"))
    try write(8, on: chair)
    try await chair.send()
    let connection = NarrowConnection(to: hub.hub, bytesPerSecond: 1e9, breakingEvery: 1e9)
    #expect(try await carer.copy.sync(over: connection).problem == nil)
    let answers = connection.carried.map(\.answer)
    #expect(answers.max()! > Limits.responseBytesMax * 9 / 10)
    #expect(zip(answers, answers.dropFirst()).prefix(4).allSatisfy { $1 > $0 * 3 / 2 })
    #expect(try carer.store.read { try TransferSize(from: $0) }.bytes == Limits.responseBytesMax)
  }

  @Test("a device that does not say how much it wants gets as much as the hub sends, and one that wants 0 gets a row")
  func unsaid() async throws {
    let (chair, carer) = (try await hub.joined("chair"), try await hub.joined("carer"))
    try write(2, on: chair)
    try await chair.send()
    let space = try hub.space("public")
    func rows(_ answerBytesMax: UInt64?) async throws -> Int {
      let hello = Hello(
        replica: .random(), modelVersion: hub.model.version, hub: nil,
        spaces: [SpaceRequest(space: space, position: nil)], answerBytesMax: answerBytesMax)
      let answer = try await hub.hub.answer(Message.encode([.hello(hello)]), signedBy: carer.key.publicKey)
      return try SignedAnswer(answer).messages.reduce(0) { sum, message in
        if case .page(let page) = message { sum + page.rows.count } else { sum }
      }
    }
    #expect(try await rows(nil) == rows(.max))
    #expect(try await rows(nil) >= 18)
    #expect(try await rows(0) == 1)
    #expect(try await rows(256 * 1024) < 9)
  }

  @Test("a computer without a network asks once, and its exchanges stay as large as they were")
  func offline() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Tea")
    let before = try carer.store.read { try TransferSize(from: $0) }
    let sent = carer.transport.sent.count
    carer.transport.next(.requestLost, .requestLost)
    #expect(try await carer.send().unsent == 1)
    #expect(carer.transport.sent.count == sent + 1)
    #expect(try carer.store.read { try TransferSize(from: $0) } == before)
  }

  @Test("a connection that is cut is tried again in the same send, each time for half as much, and twice at most")
  func again() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Tea")
    let cut = Fault.status(.cut("the connection was cut off"))
    carer.transport.next(cut, cut)
    let report = try await carer.send()
    #expect(report.problem == nil && report.unsent == 0)
    #expect(try carer.store.read { try TransferSize(from: $0) }.bytes == TransferSize.first / 4)
    try carer.add("Cake")
    carer.transport.next(cut, cut, cut)
    #expect(try await carer.send().unsent == 1)
  }

  @Test("a hub that never says anything is asked once, and one that falls silent in between again, for half as much")
  func silence() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Tea")
    let sent = carer.transport.sent.count
    carer.transport.next(.answerLost)
    #expect(try await carer.send().unsent == 1)
    #expect(carer.transport.sent.count == sent + 1)
    try write(1, on: carer)
    carer.transport.next(nil, .answerLost)
    #expect(try await carer.send().unsent == 0)
    #expect(try carer.store.read { try TransferSize(from: $0) }.bytes < TransferSize.first)
  }
}

@Suite("The size of an exchange")
struct TransferSizeTests {
  @Test("a size doubles with every full exchange until one breaks, and then with every eighth")
  func growth() {
    var size = TransferSize()
    size.complete(carried: size.bytes / 2 - 1)
    #expect(size.bytes == TransferSize.first)
    size.complete(carried: size.bytes / 2)
    #expect(size.bytes == 2 * TransferSize.first)
    size.halve()
    #expect(size.bytes == TransferSize.first)
    for _ in 0..<7 { size.complete(carried: size.bytes) }
    #expect(size.bytes == TransferSize.first)
    size.complete(carried: size.bytes)
    #expect(size.bytes == 2 * TransferSize.first)
  }

  @Test("a size stays between the least and what a hub sends at most")
  func bounds() {
    var size = TransferSize()
    for _ in 0..<20 { size.halve() }
    #expect(size.bytes == TransferSize.least)
    for _ in 0..<200 { size.complete(carried: size.bytes) }
    #expect(size.bytes == Limits.responseBytesMax)
  }
}
