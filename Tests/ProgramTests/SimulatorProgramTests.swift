// The simulator as a program: a seed must mean the same run everywhere, or nothing it finds can be found again.

import Foundation
import ProgramKit
import Testing

@Suite("The simulator")
struct SimulatorProgramTests {
  @Test("the same seed gives the same trace, whatever the order of sets and dictionaries", arguments: [2, 3, 7])
  func sameTrace(seed: Int) async throws {
    let workshop = try Workshop()
    let words = ["--seed", "\(seed)", "--verbose"]
    // Half a minute unoptimised, and others are at work beside it.
    let patience = 600
    let ordered = try await workshop.run(
      "board-simulator", words, environment: ["SWIFT_DETERMINISTIC_HASHING": "1"], deadlineSeconds: patience)
    #expect(ordered.end == .exit(0) && ordered.output.contains("Seed \(seed): trace "))
    for _ in 1...2 {
      #expect(try await workshop.run("board-simulator", words, deadlineSeconds: patience).output == ordered.output)
    }
    let other = try await workshop.run("board-simulator", ["--seed", "\(seed + 1)"], deadlineSeconds: patience)
    #expect(other.output.split(separator: ",").first != ordered.output.split(separator: ",").first)
  }

  @Test("an invalid plan is refused with its line")
  func badPlan() async throws {
    let workshop = try Workshop()
    let file = try workshop.write("world seed=1\n", to: "bad.plan")
    let outcome = try await workshop.run("board-simulator", ["--replay", file])
    #expect(outcome.end != .exit(0) && outcome.errors.contains("'devices' is missing"))
  }
}
