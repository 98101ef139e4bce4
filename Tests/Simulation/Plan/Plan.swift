// A plan is all there is to a run: how the world is made, and the steps in it. It can be written down, read again, and
// made smaller.

internal import TestKit

/// The making of a world, before anything happens in it.
package struct WorldOptions: Equatable, Sendable {
  /// Of the random bytes that names are made of.
  package var seed: UInt64
  package var devices: Int
  /// The log bytes of one answer of the hub; 1 makes pages of one row.
  package var pageBytes: Int
  /// Of a hundred exchanges, how many meet a fault of the line.
  package var faults: Int
  /// True if computers' clocks are wrong.
  package var hasWrongClocks: Bool
  /// True if the second member is invited to one space only at first.
  package var isNarrow: Bool
  /// True if the hub refuses what begins with "forbidden".
  package var hasRefusals: Bool
  /// True if the hub's model has rights, and administrators use all of their commands.
  package var isAdministered = false
  /// True if an administered hub may go back to before its first members.
  package var isForgetful = false
  /// The bytes that every second computer's line carries, request and answer together, until it breaks; 0 for any number.
  package var lineBytes = 0
  /// How fast such a line is; 0 where it takes no time.
  package var bytesPerSecond = 0
}

/// A world and what happens in it.
package struct Plan: Equatable, Sendable {
  package var setting: WorldOptions
  /// In the order of their times.
  package var steps: [Step]

  package init(setting: WorldOptions, steps: [Step]) {
    self.setting = setting
    self.steps = steps
  }

  /// The plan of a seed: every fourth is of a world with rights and administrators, the others of worlds without.
  package init(seed: UInt64) {
    self = seed.isMultiple(of: 4) ? Plan(administered: seed / 4) : Plan(plain: seed - seed / 4)
    if seed.isMultiple(of: 3) { addAdversary(seed: seed) }
  }

  /// Steps in which somebody enrolled sends what they like, and another machine answers in the hub's place, between those
  /// that the plan has anyhow.
  private mutating func addAdversary(seed: UInt64) {
    var random = SplitMix64(seed: ~seed)
    let end = steps.last?.time ?? 1
    for _ in 0..<Int.random(in: 3...12, using: &random) {
      let time = Int64.random(in: 1...max(1, end), using: &random)
      let step = Step(
        time: time, kind: Int.random(in: 0..<3, using: &random) == 0 ? .misdirect : .attack,
        node: Int.random(in: 0..<12, using: &random), amount: 0, seed: random.next())
      steps.insert(step, at: steps.firstIndex { $0.time > time } ?? steps.endIndex)
    }
  }

  /// The plan of a world without rights: a small one most of the time, with a few of the things that can happen switched
  /// on. Some states are only reached where most other things do not happen (Groce et al., "Swarm Testing", 2012).
  private init(plain seed: UInt64) {
    var random = SplitMix64(seed: seed)
    // Where records are erased, less is left for everything else to happen to.
    let switches = Switches(&random, erases: seed % 8 == 3, leaves: seed % 8 == 6, trespasses: seed % 8 == 2)
    // What takes many steps in one order is rarely met by chance, and never over a line that loses half of them.
    let script: ((Int, UInt64) -> [Step])? =
      switch seed % 8 {
      case 1: Plan.forgottenDevice
      case 5: Plan.deepFork
      default: nil
      }
    setting = WorldOptions(
      seed: random.next(), devices: Int.random(in: 2...3, using: &random),
      pageBytes: [1, 1, 400, 1_200, 100_000].randomElement(using: &random)!,
      faults: switches.hasFaults && script == nil ? Int.random(in: 5...60, using: &random) : 0,
      hasWrongClocks: switches.hasWrongClocks,
      isNarrow: switches.isNarrow, hasRefusals: switches.hasRefusals)
    var steps = script?(setting.devices, random.next()) ?? []
    var time = steps.last?.time ?? 0
    // Where somebody stays away for a year, the others' work goes on for a year.
    var pace: Int64 = 1
    for _ in 0..<Int.random(in: 30...110, using: &random) {
      time += Plan.gap(&random) * pace
      let kind = switches.draw(&random)
      if kind == .leave { pace = 12 }
      steps.append(
        Step(
          time: time, kind: kind, node: Int.random(in: 0..<12, using: &random), amount: kind.amount(&random),
          seed: random.next()))
    }
    self.steps = steps
  }

  /// Two copies of one laptop go on for a few changes each, and the hub, restored in between, takes the other's. Somebody
  /// who has read what it lost may go on from there meanwhile, and where that was more than it has now, they are the
  /// first to hear of it.
  private static func deepFork(devices: Int, _ seed: UInt64) -> [Step] {
    let (reader, copy) = (1, devices)
    let isLonger = seed & 4 != 0
    let learning: [(StepKind, Int)] = isLonger ? [(.send, reader), (.send, 0)] : [(.send, 0), (.send, reader)]
    let steps: [(StepKind, Int)] =
      [(.write, 0), (.send, 0), (.backUpHub, 0), (.clone, 0)]
      + Array(repeating: (.write, 0), count: isLonger ? 5 : 2)
      + [(.send, 0), (.send, reader), (.restoreHub, 0)]
      + Array(repeating: (.write, reader), count: (isLonger ? 1 : 0) + Int(seed & 3))
      + [(.write, copy), (.write, copy), (.send, copy)]
      + learning
    return scripted(steps, seed)
  }

  /// A computer joins after the backup that the hub goes back to, and has work that waits when it is told so.
  private static func forgottenDevice(devices: Int, _ seed: UInt64) -> [Step] {
    let newcomer = devices
    return scripted(
      [
        (.write, 0), (.send, 0), (.backUpHub, 0), (.enrol, 0), (.write, newcomer), (.send, newcomer), (.restoreHub, 0),
        (.write, newcomer), (.send, newcomer), (.write, newcomer),
      ], seed)
  }

  /// One step after the other, two minutes apart.
  private static func scripted(_ steps: [(StepKind, Int)], _ seed: UInt64) -> [Step] {
    steps.enumerated().map { place, step in
      Step(time: Int64(place + 1) * 120_000, kind: step.0, node: step.1, amount: 0, seed: seed &+ UInt64(place))
    }
  }

  /// From one step to the next: often at once, so that steps meet each other's messages on the way; else hours, or days.
  static func gap(_ random: inout SplitMix64) -> Int64 {
    switch Int.random(in: 0..<10, using: &random) {
    case 0...4: Int64.random(in: 0...2_000, using: &random)
    case 5...7: Int64.random(in: 0...4 * 3_600_000, using: &random)
    default: Int64.random(in: 0...6 * 86_400_000, using: &random)
    }
  }
}

/// The kinds of trouble that one plan may have.
private struct Switches {
  let hasFaults: Bool
  let hasWrongClocks: Bool
  let hasRefusals: Bool
  let isNarrow: Bool
  private var weights: [(StepKind, Int)]

  init(_ random: inout SplitMix64, erases: Bool, leaves: Bool, trespasses: Bool) {
    func flip(_ chance: Int) -> Bool { Int.random(in: 0..<100, using: &random) < chance }
    hasFaults = flip(80)
    hasWrongClocks = flip(70)
    hasRefusals = flip(40)
    isNarrow = flip(25)
    weights = [(.write, 34), (.send, 26), (.settle, 5), (.administrate, 3)]
    if flip(60) { weights.append((.retry, 3)) }
    if isNarrow { weights.append((.widen, 1)) }
    if flip(30) { weights.append((.upgrade, 1)) }
    if flip(30) { weights.append((.enrol, 1)) }
    if flip(30) { weights.append((.leave, 1)) }
    if flip(60) { weights.append((.kill, 6)) }
    if flip(60) { weights.append((.cutPower, 8)) }
    if flip(30) { weights.append((.pause, 2)) }
    if hasWrongClocks { weights.append((.setClock, 3)) }
    // Copies of laptops and of the hub together make the deepest branches.
    let isForest = flip(15)
    if isForest || flip(25) { weights += [(.keepCopy, isForest ? 5 : 2), (.putBack, isForest ? 4 : 2)] }
    if isForest || flip(25) { weights.append((.clone, 2)) }
    if isForest || flip(35) { weights += [(.backUpHub, 3), (.restoreHub, isForest ? 4 : 2)] }
    if flip(10) { weights.append((.rollBackHub, 2)) }
    if flip(40) { weights += [(.failOnce, 3), (.fillDisk, 1), (.failFlush, 2)] }
    if flip(10) { weights.append((.failForEver, 1)) }
    if flip(50) { weights += [(.crashBefore, 3), (.crashAfter, 3), (.tear, 3)] }
    if erases { weights.append((.erase, 4)) }
    if leaves { weights += [(.endReading, 4), (.inviteAgain, 3), (.takeOff, 1), (.decide, 4)] }
    if trespasses { weights += [(.trespass, 20), (.endReading, 2), (.inviteAgain, 2), (.takeOff, 1), (.decide, 2)] }
  }

  func draw(_ random: inout SplitMix64) -> StepKind {
    var left = Int.random(in: 0..<weights.reduce(0) { $0 + $1.1 }, using: &random)
    for (kind, weight) in weights {
      if left < weight { return kind }
      left -= weight
    }
    preconditionFailure("the weights do not add up")
  }
}

extension StepKind {
  func amount(_ random: inout SplitMix64) -> Int64 {
    switch self {
    case .retry: Int64.random(in: 50...1_500, using: &random)
    case .leave: Int64.random(in: 30...400, using: &random)
    case .pause: Int64.random(in: 1...120, using: &random)
    case .writePapers, .importPapers: Int64.random(in: 4...14, using: &random)
    case .failOnce, .failForEver, .fillDisk, .failFlush, .crashBefore, .crashAfter, .tear:
      Int64.random(in: 1...40, using: &random)
    default: 0
    }
  }
}
