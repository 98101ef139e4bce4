// The promises in random worlds: when everything has happened and all have synchronised again, they must hold. A failing
// world is named by its faults and its seed; to run it alone, leave nothing else in `profiles` and `seeds`.

import Foundation
import TestKit
import Testing

@Suite("Random worlds")
struct RandomWorldTests {
  private static let profiles: [FaultProfile] = [
    [], .faults, [.faults, .refusals], [.faults, .clones], [.faults, .oldLaptops], [.faults, .oldHubs],
    [.faults, .refusals, .oldHubs], [.faults, .clones, .oldLaptops], [.faults, .refusals, .clones, .oldLaptops],
    [.faults, .clones, .oldHubs], [.faults, .refusals, .clones, .oldLaptops, .oldHubs],
  ]
  /// A fifth of the worlds of a soak: these are built for debugging, and the simulator's cover the same ground faster.
  private static let seeds: ClosedRange<UInt64> =
    ProcessInfo.processInfo.environment["RIGS"] == "long" ? 1...60 : 1...12

  // One world at a time: hundreds at once would starve the tests that a clock limits.
  @Test(
    "whatever happens, all copies end equal, nothing is lost, doubled or replaced unseen (G1, G3–G5, G9, G11)",
    .serialized, arguments: profiles, seeds)
  func anything(profile: FaultProfile, seed: UInt64) async throws {
    let world = try await RandomWorld(seed: seed, profile)
    for _ in 0..<60 { try await world.step() }
    try await world.heal()
    #expect(try world.brokenPromises() == [])
  }
}
