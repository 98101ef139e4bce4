// The parts that many threads share, used by many threads at once, under the thread sanitizer: the hub with its commit
// queue, the store with its readers, a member's copy that is written while it sends; once over a connection in memory, and
// once over the real shells, a served hub and each member's own HTTP client. Built by Scripts/race.
//
//   board-race [rounds]     every copy must be equal, and no race reported
//   board-race --control    a planted race, which the sanitizer must report

import ClientCore
import ClientHTTP
import Cryptography
import Foundation
import HubAdministration
import HubHTTP
import Logging
import RecordModel
import Replication
import SQLiteStorage
import SyncProtocol
import TestKit

/// A number that threads share and nothing guards: the control. Unchecked, because a race is what it is for.
final class Unguarded: @unchecked Sendable {
  var number = 0
}

/// Lets two threads race for it, for as long as it takes both to be at it: one after the other would be no race.
func raceUnguarded() {
  let unguarded = Unguarded()
  let end = ContinuousClock.now + .seconds(2)
  let threads = (1...2).map { _ in Thread { while ContinuousClock.now < end { unguarded.number += 1 } } }
  for thread in threads { thread.start() }
  while !threads.allSatisfy(\.isFinished) { Thread.sleep(forTimeInterval: 0.01) }
}

if CommandLine.arguments.contains("--control") {
  raceUnguarded()
  print("Race: the planted race went by unseen")
  exit(0)
}

/// A member at work: a copy, and the way to the hub.
struct Worker: Sendable {
  let name: String
  let copy: MemberReplica
  let transport: any HubTransport

  func send() async throws {
    let report = try await copy.sync(over: transport)
    precondition(report.problem == nil, "\(name): \(String(describing: report.problem))")
  }
}

/// Members who write and send at the same time, for some rounds.
let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20
let members = ["carer", "chair", "taker"]

/// Everybody writes and sends at once; in the end every copy is equal.
func work(_ workers: [Worker], at hub: TestHub) async throws {
  await withTaskGroup(of: Void.self) { group in
    for worker in workers {
      group.addTask {
        for round in 0..<rounds {
          do {
            _ = try worker.copy.add(
              kind: "event", [.text(field: "title", "\(worker.name) \(round)")], space: "public")
            try await worker.send()
          } catch { preconditionFailure("\(worker.name): \(error)") }
        }
      }
      // Somebody looks while they work, on the same copy and at the hub.
      group.addTask {
        for _ in 0..<rounds {
          do {
            _ = try worker.copy.list(kind: "event")
            _ = try worker.copy.conflicts()
            _ = try hub.digest(of: "public")
            _ = try worker.copy.add(kind: "paper", [.text(field: "title", "between")], space: "cab")
          } catch { preconditionFailure("looking: \(error)") }
        }
      }
    }
  }
  for _ in 1...2 { for worker in workers { try await worker.send() } }
  for worker in workers {
    let count = try worker.copy.list(kind: "event").count
    precondition(count == rounds * workers.count, "\(count) events, and not \(rounds * workers.count)")
    for space in ["public", "cab"] {
      let (here, there) = (try worker.copy.digests()[space]?.description, try hub.digest(of: space))
      precondition(here == there, "copies differ")
    }
  }
}

/// Over a connection in memory.
func workInMemory() async throws {
  let hub = try TestHub()
  var workers: [Worker] = []
  for member in members {
    let device = try await hub.joined(member)
    workers.append(Worker(name: member, copy: device.copy, transport: device.transport))
  }
  try await work(workers, at: hub)
}

/// Over HTTP on this machine, joining at once and all.
func workOverHTTP() async throws {
  let temporary = try TemporaryFolder()
  let folder = HubFolder(path: temporary.path)
  let hub = try TestHub(in: temporary)
  var logger = Logger(label: "race")
  logger.logLevel = .critical
  let server = HubServer(
    hub: hub.hub, administration: hub.administration, folder: folder, clock: hub.clock.read, logger: logger)
  let (ready, continuation) = AsyncStream.makeStream(of: Int.self)
  let serving = Task {
    defer { continuation.finish() }
    try await server.run(host: "127.0.0.1", port: 0) { continuation.yield($0) }
  }
  guard let port = await ready.first(where: { _ in true }) else { preconditionFailure("the hub was not served") }
  let transports = members.map { _ in HTTPTransport { hub.clock.read().milliseconds / 1_000 } }
  let workers = try await withThrowingTaskGroup(of: Worker.self) { group in
    for (member, transport) in zip(members, transports) {
      group.addTask {
        let store = try SQLiteStore(path: temporary.file("\(member).db"))
        let copy = MemberReplica(store: store, key: SigningKey(), clock: hub.clock.read)
        _ = try await copy.join(
          at: HubEndpoint("http://127.0.0.1:\(port)"), code: hub.code(for: member), over: transport)
        return Worker(name: member, copy: copy, transport: transport)
      }
    }
    return try await group.reduce(into: []) { $0.append($1) }
  }
  try await work(workers, at: hub)
  for transport in transports { try await transport.shutDown() }
  serving.cancel()
  // However it ends: it was told to.
  _ = await serving.result
}

try await workInMemory()
try await workOverHTTP()
print("Race: \(2 * members.count) tasks, \(rounds) rounds in memory and \(rounds) over HTTP, every copy equal")
