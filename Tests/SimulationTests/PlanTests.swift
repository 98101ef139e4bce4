// Plans as data: written down and read again they are the same, and a failing one becomes small.

import Simulation
import Testing

@Suite("Plans")
struct PlanTests {
  @Test("a plan written down is the same plan when it is read", arguments: 1...80 as ClosedRange<UInt64>)
  func text(seed: UInt64) throws {
    let plan = Plan(seed: seed)
    #expect(try Plan(parsing: plan.text) == plan)
    #expect(try Plan(parsing: "# why\n\n" + plan.text) == plan)
  }

  @Test(
    "a text that is no plan names its line",
    arguments: [
      ("", 1), ("world seed=1 devices=2\n", 1), ("5 write node=1 amount=0 seed=1\n", 1),
      (Plan.script.text + "12 fly node=1 amount=0 seed=1\n", 42), (Plan.script.text + "soon write\n", 42),
      (Plan.script.text + "12 write node=-1 amount=0 seed=1\n", 42),
    ])
  func badText(text: String, line: Int) {
    #expect { try Plan(parsing: text) } throws: { ($0 as? PlanError)?.line == line }
  }

  @Test("a failing plan shrinks to the steps that make it fail")
  func shrinks() async throws {
    let plan = Plan(seed: 5)
    let needed = [plan.steps[3], plan.steps[plan.steps.count / 2], plan.steps[plan.steps.count - 2]]
    let small = try await Shrinker.shrink(plan) { shorter in needed.allSatisfy { shorter.steps.contains($0) } }
    #expect(small.steps == needed && small.setting == plan.setting)
  }
}
