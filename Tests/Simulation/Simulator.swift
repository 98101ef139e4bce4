// The face of the simulation: a plan in, an outcome out. Programs and tests see nothing else of a world.

package import Cryptography
internal import Foundation

/// What came of a plan.
package struct Outcome: Sendable {
  /// What did not hold, in words; empty where every promise was kept.
  package let broken: [String]
  /// Equal for two runs of one plan, or the simulator itself is broken.
  package let trace: Digest
  /// The time line, where it was asked for.
  package let lines: [String]
  package let reached: Set<Reach>
  package let figures: Figures
  /// How many rounds of `send` it took until everybody had everything.
  package let rounds: Int
  fileprivate let final: Digest?
  /// How often the hub's disk was called.
  fileprivate let hubCalls: Int
}

/// Runs plans.
package enum Simulator {
  /// Runs a plan in a world of its own.
  ///
  /// Only one world at a time can run in a process: random bytes and disks belong to the process.
  ///
  /// - Throws: What the simulator itself could not do, such as to make its files.
  package static func run(_ plan: Plan, isTraceKept: Bool = false) async throws -> Outcome {
    try await run(plan, isTraceKept: isTraceKept, hasPlannedClocks: true)
  }

  /// Runs a plan, and where its clocks are wrong once more with every clock right: nothing else may differ (G8).
  package static func runWithAndWithoutClocks(_ plan: Plan, isTraceKept: Bool = false) async throws -> Outcome {
    let outcome = try await run(plan, isTraceKept: isTraceKept, hasPlannedClocks: true)
    guard plan.setting.hasWrongClocks, outcome.broken.isEmpty else { return outcome }
    let other = try await run(plan, isTraceKept: false, hasPlannedClocks: false)
    // The hub's clock decides how often it notes that a device was there, and so where counted faults of its disk strike.
    let isStruckElsewhere = plan.strikesDisks && other.hubCalls != outcome.hubCalls
    let isSame = (other.final == outcome.final || isStruckElsewhere) && other.broken.isEmpty
    var figures = outcome.figures
    figures.add(other.figures)
    return Outcome(
      broken: isSame ? [] : ["other clocks, another end"] + other.broken, trace: outcome.trace, lines: outcome.lines,
      reached: outcome.reached.union(other.reached), figures: figures, rounds: outcome.rounds, final: outcome.final,
      hubCalls: outcome.hubCalls)
  }

  /// An empty place for a world's files: in memory where there is such a folder, for the simulated disks decide what is
  /// durable, and not the machine's.
  static func root() throws -> String {
    let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
    let root = base + "board-world-\(ProcessInfo.processInfo.processIdentifier)"
    if FileManager.default.fileExists(atPath: root) { try FileManager.default.removeItem(atPath: root) }
    return root
  }

  private static func run(_ plan: Plan, isTraceKept: Bool, hasPlannedClocks: Bool) async throws -> Outcome {
    let world = try World(plan, root: root(), isTraceKept: isTraceKept, hasPlannedClocks: hasPlannedClocks)
    do {
      try await world.run()
    } catch {
      // Whatever a world did not foresee is found in it all the same, and told with its plan.
      world.broken.append("nobody foresaw \(error)")
    }
    let hubCalls = world.hub.disk.callCount
    try world.end()
    world.figures.runs = 1
    return Outcome(
      broken: world.broken, trace: world.trace.digest, lines: world.trace.lines, reached: world.reached,
      figures: world.figures, rounds: world.rounds, final: world.final, hubCalls: hubCalls)
  }
}

extension Plan {
  /// Whether faults of disks are counted out to calls, or to moments of what is being answered.
  fileprivate var strikesDisks: Bool {
    let faults: [StepKind] = [.failOnce, .failForEver, .fillDisk, .failFlush, .crashBefore, .crashAfter, .tear]
    return steps.contains { faults.contains($0.kind) }
  }
}
