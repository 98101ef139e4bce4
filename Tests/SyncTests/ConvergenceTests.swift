// Three members, long offline, many edits, and every order of sending: the same copies and the same questions.

import ClientCore
import JSONText
import RecordModel
import Replication
import SyncProtocol
import TestKit
import Testing

@Suite("Convergence")
struct ConvergenceTests {
  @Test(
    "three members' 200 random offline edits each, sent in any order, end in equal digests and equal questions (G1)",
    arguments: [[0, 1, 2], [1, 2, 0], [2, 1, 0]])
  func threeOrders(order: [Int]) async throws {
    let hub = try TestHub()
    var devices: [TestDevice] = []
    for name in ["carer", "chair", "note taker"] {
      devices.append(try await hub.joined(name))
    }
    let shared = try await seed(devices)
    for (number, device) in devices.enumerated() {
      var random = SplitMix64(seed: UInt64(number) + 1)
      try edit(device, shared, &random, count: 200)
    }
    for place in order { #expect(try await devices[place].send().problem == nil) }
    for place in order { try await devices[place].send() }
    let questions = try devices.map { try $0.copy.conflicts().map { [$0.id.description] + $0.conflicts.map(\.field) } }
    #expect(!questions[0].isEmpty)
    for place in 0..<3 {
      #expect(try devices[place].copy.status().unsent == 0)
      #expect(questions[place] == questions[0])
      for space in ["public", "cab"] {
        #expect(try devices[place].digest(of: space) == hub.digest(of: space))
      }
    }
  }

  private func seed(_ devices: [TestDevice]) async throws -> [RecordID] {
    var records: [RecordID] = []
    for number in 1...6 {
      let inputs: [FieldInput] = [.text(field: "title", "Event \(number)"), .text(field: "status", "planned")]
      records.append(try devices[0].copy.add(kind: "event", inputs, space: nil).id)
    }
    for device in devices { try await device.send() }
    return records
  }

  private func edit(
    _ device: TestDevice, _ shared: [RecordID], _ random: inout SplitMix64, count: Int
  ) throws {
    var records = shared
    for number in 0..<count {
      let id = records.randomElement(using: &random)!.description
      do {
        switch Int.random(in: 0..<9, using: &random) {
        case 0:
          let made = try device.copy.add(kind: "event", [.text(field: "title", "New \(number)")], space: nil)
          records.append(made.id)
        case 1, 2: _ = try device.copy.set(id, [.text(field: "title", "Title \(random.next() % 5)")])
        case 3: _ = try device.copy.set(id, [.text(field: "audience", "Audience \(random.next() % 5)")])
        case 4: _ = try device.copy.set(id, [.json(field: "head_count", .integer(1))])
        case 5:
          let other = records.randomElement(using: &random)!.description
          _ = try device.copy.set(id, [.json(field: "partner_refs", .object(["add": .array([.string(other)])]))])
        case 6: _ = try device.copy.set(id, [.json(field: "partner_refs", .array([]))])
        case 7:
          _ = try device.copy.set(id, [.text(field: "status", ["planned", "held"].randomElement(using: &random)!)])
        default: _ = Bool.random(using: &random) ? try device.copy.remove(id) : try device.copy.restore(id)
        }
      } catch ClientError.refused(let reason, _) {
        // What the rules refuse on the spot is no edit: a deleted record, a status that would go back.
        #expect([.deleted, .goesBack].contains(reason))
      }
    }
  }
}
