// A fixed script of forty steps, for trying every call of every disk in it: two members write, send, clash and settle,
// the Centre imports and makes a backup. Nothing in it is left to chance but what is written.

extension Plan {
  /// The script. Two devices on a good line with right clocks; whatever goes wrong in it was put there.
  package static let script: Plan = {
    let round: [(StepKind, Int)] = [
      (.write, 0), (.write, 1), (.send, 0), (.write, 0), (.send, 1), (.settle, 1), (.administrate, 0), (.send, 0),
    ]
    var steps = (0..<5).flatMap { _ in round }.enumerated().map { place, step in
      Step(
        time: Int64(place + 1) * 60_000, kind: step.0, node: step.1, amount: 0,
        seed: UInt64(place + 1) &* 0x9e37_79b9_7f4a_7c15)
    }
    steps[22] = Step(time: steps[22].time, kind: .backUpHub, node: 0, amount: 0, seed: 1)
    return Plan(
      setting: WorldOptions(
        seed: 40, devices: 2, pageBytes: 400, faults: 0, hasWrongClocks: false, isNarrow: false, hasRefusals: false),
      steps: steps)
  }()
}
