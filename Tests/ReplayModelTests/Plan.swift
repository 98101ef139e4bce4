// A plan is a world's number of devices and its actions. A rule's story and a seed name a plan; a failing plan is
// shortened before it is told.

struct Plan {
  var devices: Int
  var actions: [Action] = []

  /// The plan that a seed makes of a rule's story: somebody does each step, with other things between them, and
  /// sometimes another rule's story follows.
  init(_ rule: Rule, seed: Int) {
    var dice = Dice(seed: seed)
    devices = 2 + dice.roll(2)
    let hero = dice.roll(2)
    let second = Rule.allCases[dice.roll(Rule.allCases.count)].story
    for step in rule.story + (dice.hits(30) ? second : []) {
      while dice.hits(35) { actions.append(Step.common[dice.roll(Step.common.count)].action(hero, &dice)) }
      actions.append(step.action(hero, &dice))
    }
  }

  /// Runs the plan to its end.
  func run(_ rules: Rules, isTold: Bool = false) -> World {
    let world = World(rules: rules, devices: devices, isTold: isTold)
    for action in actions { world.perform(action) }
    world.recover()
    world.check()
    return world
  }

  /// The shortest plan, by leaving out actions, that still breaks some promise.
  func shortened(_ rules: Rules) -> Plan {
    var plan = self
    var length = max(1, actions.count / 2)
    while length >= 1 {
      var start = 0
      while start < plan.actions.count {
        var shorter = plan
        shorter.actions.removeSubrange(start..<min(plan.actions.count, start + length))
        if shorter.run(rules).oracle.violations.isEmpty { start += length } else { plan = shorter }
      }
      length /= 2
    }
    return plan
  }
}
