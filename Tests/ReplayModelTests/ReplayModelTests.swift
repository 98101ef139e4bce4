// The model explored: with all rules every world keeps every promise, and without any one of them some world does not.
// `REPLAY_STORIES=1 swift test --filter '^ReplayModelTests\.'` prints the shortest such world for each rule.

import Foundation
import Testing

@Suite("replay, as a model")
struct ReplayModelTests {
  @Test("with all rules, no world breaks a promise", arguments: Rule.allCases)
  func holds(_ rule: Rule) {
    for seed in 0..<40 {
      let plan = Plan(rule, seed: seed)
      guard plan.run(.all).oracle.violations.isEmpty else {
        Issue.record("seed \(seed)\n\(plan.shortened(.all).told(.all))")
        return
      }
    }
  }

  @Test("without any one rule, some world breaks a promise", arguments: Rule.allCases)
  func isNeeded(_ rule: Rule) {
    let rules = Rules.allBut(rule)
    for seed in 0..<400 {
      let plan = Plan(rule, seed: seed)
      guard !plan.run(rules).oracle.violations.isEmpty else { continue }
      if ProcessInfo.processInfo.environment["REPLAY_STORIES"] != nil {
        print("== Without \(rule), by seed \(seed):\n\(plan.shortened(rules).told(rules))\n")
      }
      return
    }
    Issue.record("nothing goes wrong")
  }

  @Test("the page has a row for each rule, in order")
  func page() throws {
    let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let page = try String(contentsOf: project.appending(path: "Docs/replay.md"), encoding: .utf8)
    let rows = page.matches(of: /\| (\d+) \| `(\w+)`/).map { "\($0.1) \($0.2)" }
    #expect(rows == Rule.allCases.map { "\($0.rawValue + 1) \($0)" })
  }

  @Test("one plan means one world")
  func isDeterministic() {
    let plan = Plan(.readmissionNamesOriginal, seed: 4)
    #expect(plan.told(.all) == plan.told(.all))
  }
}

extension Plan {
  /// The plan's story in words, with the promises it breaks.
  func told(_ rules: Rules) -> String {
    let world = run(rules, isTold: true)
    let broken = world.oracle.violations.map { "=> \($0.violation.rawValue): \($0.text)" }
    return (world.story + broken).joined(separator: "\n")
  }
}
