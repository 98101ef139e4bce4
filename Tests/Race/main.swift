// The parts that many threads share, used by many threads at once, under the thread sanitizer: the hub with its commit
// queue, the store with its readers, a member's copy that is written while it sends. Built by Scripts/race.

import BoardModel
import ClientCore
import Foundation
import Replication
import TestKit

/// Members who write and send at the same time, for some rounds.
let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20
let members = ["carer", "chair", "taker"]

let folder = try TemporaryFolder()
let hub = try TestHub(folder.file("hub.db"))
var devices: [TestDevice] = []
for member in members {
  devices.append(try await TestDevice.joined(folder.file("\(member).db"), as: member, at: hub))
}
await withTaskGroup(of: Void.self) { group in
  for (place, device) in devices.enumerated() {
    group.addTask {
      for round in 0..<rounds {
        do {
          _ = try device.copy.add(
            kind: "event", [.text(field: "title", "\(place) \(round)")], space: "public")
          try await device.send()
        } catch { preconditionFailure("\(members[place]): \(error)") }
      }
    }
    // Somebody looks while they work, on the same copy and at the hub.
    group.addTask {
      for _ in 0..<rounds {
        do {
          _ = try device.copy.list(kind: "event")
          _ = try device.copy.conflicts()
          _ = try hub.digest(of: "public")
          _ = try device.copy.add(kind: "paper", [.text(field: "title", "between")], space: "cab")
        } catch { preconditionFailure("looking: \(error)") }
      }
    }
  }
}
for _ in 1...2 { for device in devices { try await device.send() } }
for device in devices {
  let count = try device.copy.list(kind: "event").count
  precondition(count == rounds * devices.count, "\(count) events, and not \(rounds * devices.count)")
  let (here, there) = (try device.digest(of: "cab"), try hub.digest(of: "cab"))
  precondition(here == there, "copies differ")
}
print("Race: \(2 * devices.count) tasks, \(rounds) rounds, every copy equal")
