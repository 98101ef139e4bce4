// A connection that loses replies after the hub has committed: the member cannot know, sends again, and nothing is there twice.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("Rig: lost replies", .serialized, .timeLimit(.minutes(15)))
struct LostReplyRig {
  private static let proxy =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("cutting-proxy.py").path

  @Test("every exchange whose first reply is lost arrives by sending again, and nothing twice (G3)")
  func lostReplies() async throws {
    let fault = Fault.takesTwice
    let control = try await fault.mustShow(" doubled ") { try await self.lose(3, standIn: fault.programs).ledger }
    #expect(control.doubled > 0)
    let (ledger, lost, attempts) = try await lose(Extent.current.exchanges)
    report(
      "lost replies", wanted: "\(2 * Extent.current.exchanges) exchanges",
      got: "\(lost) replies lost in \(attempts) attempts, \(ledger.figures)",
      control: "\(fault.rawValue): \(control.doubled) doubled; every reply lost: all unsent")
    #expect(ledger.isClean)
  }

  /// Exchanges by two members over a connection that at first loses every reply, then every other.
  ///
  /// - Returns: How many replies were lost, and in how many attempts, where every other was.
  private func lose(
    _ exchanges: Int, standIn: [String] = []
  ) async throws -> (ledger: Ledger, lost: Int, attempts: Int) {
    let workshop = try Workshop(standIn: standIn)
    try await workshop.hubDone("init")
    let hub = try await workshop.serve()
    // In its first seconds a hub has everybody sign again, and the reply that asks for it would be the one that is lost.
    try await Task.sleep(for: .seconds(4))
    var connection = try await start("never", to: hub, in: workshop)
    for member in ["carer", "chair"] { try await workshop.join(member, in: member, at: connection.url) }
    let ledger = try await Ledger(in: workshop, of: "carer")
    try await expectNothingArrives(ledger, over: &connection, to: hub, in: workshop)

    connection = try await replace(connection, by: "every-other", to: hub, in: workshop)
    var attempts = 0
    for _ in 0..<exchanges {
      try await ledger.add()
      for sender in ["carer", "chair"] { attempts += try await send(sender, in: workshop) }
    }
    let lost = connection.program.output.split(separator: "\n").filter { $0 == "lost" }.count
    #expect(lost >= exchanges && attempts > 2 * exchanges, "hardly a reply was lost")

    connection = try await replace(connection, by: "never", to: hub, in: workshop)
    try await ledger.settle(with: "chair", after: "\(lost) lost replies")
    return (ledger, lost, attempts)
  }

  /// A control of the connection: where it loses every reply the member's work stays unsent, however much the hub has of it.
  private func expectNothingArrives(
    _ ledger: Ledger, over connection: inout Connection, to hub: ServedHub, in workshop: Workshop
  ) async throws {
    let base = try await workshop.head(of: "public")
    for _ in 0..<3 { try await ledger.add() }
    connection = try await replace(connection, by: "always", to: hub, in: workshop)
    for _ in 0..<4 {
      let outcome = try await ledger.send()
      #expect([69, 75].contains(outcome.code), "\(outcome.end) \(outcome.output)")
      #expect(try await workshop.unsent("carer") == 3)
      #expect(try await workshop.head(of: "public") == base + 3, "the hub lacks it, or has it doubled by now")
    }
  }

  /// Sends until the reply comes; how often it took.
  private func send(_ sender: String, in workshop: Workshop) async throws -> Int {
    for attempt in 1...8 {
      let outcome = try await workshop.board(sender, "send")
      if outcome.end == .exit(0) { return attempt }
      #expect([69, 75].contains(outcome.code), "\(outcome.end) \(outcome.errors)")
    }
    Issue.record("\(sender) got no reply in eight attempts, half of which pass")
    return 8
  }

  /// Another connection in the place of one, at the same address.
  private func replace(
    _ connection: Connection, by mode: String, to hub: ServedHub, in workshop: Workshop
  ) async throws -> Connection {
    connection.program.end(by: SIGKILL)
    _ = await connection.program.outcome()
    return try await start(mode, to: hub, port: connection.port, in: workshop)
  }

  private func start(
    _ mode: String, to hub: ServedHub, port: Int = 0, in workshop: Workshop
  ) async throws -> Connection {
    let program = try workshop.start(
      "/usr/bin/python3", [Self.proxy, String(port), String(hub.port), mode], deadlineSeconds: 600)
    let said = try await program.firstLine()
    return Connection(program: program, port: try #require(said.split(separator: " ").last.flatMap { Int($0) }))
  }
}

/// A connection that is up.
private struct Connection {
  let program: Program
  let port: Int

  var url: String { "http://127.0.0.1:\(port)" }
}
