// board-simulator: runs worlds in which everything goes wrong, and says whether anybody's work was lost.

import ArgumentParser
import Foundation
import Simulation

@main
struct BoardSimulator: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "board-simulator",
    abstract: "Runs simulated worlds, each decided by one seed, and checks every promise in each.",
    discussion: "Exits 0 where every promise was kept, 1 where one was not.")

  @Option(help: "Run the world of this seed, and say how its run can be told from others.")
  var seed: UInt64?
  @Option(help: "Run the worlds of this many seeds.")
  var seeds: Int?
  @Option(help: "The first of them.")
  var from: UInt64 = 1
  @Option(help: "Run a plan from a file, and print its time line.")
  var replay: String?
  @Option(help: "The folder in which a failing plan is saved.")
  var bugs: String?
  @Flag(help: "Fail where a state of the list was never reached.")
  var reachAll = false
  @Flag(help: "Print the time line of a single world.")
  var verbose = false

  func validate() throws {
    guard [seed != nil, seeds != nil, replay != nil].count(where: { $0 }) == 1 else {
      throw ValidationError("Give one of --seed, --seeds and --replay.")
    }
  }

  func run() async throws {
    if let seed { return try await runOne(Plan(seed: seed), name: "Seed \(seed)") }
    if let replay {
      let text = try String(contentsOfFile: replay, encoding: .utf8)
      return try await runOne(Plan(parsing: text), name: replay)
    }
    try await runMany(seeds ?? 0)
  }

  private func runOne(_ plan: Plan, name: String) async throws {
    let outcome = try await Simulator.runWithAndWithoutClocks(plan, isTraceKept: true)
    if verbose || !outcome.broken.isEmpty { print(outcome.lines.joined(separator: "\n")) }
    print("\(name): trace \(outcome.trace), \(plan.acts.count) acts, \(outcome.rounds) rounds")
    guard !outcome.broken.isEmpty else { return }
    print(outcome.broken.joined(separator: "\n"))
    throw ExitCode(1)
  }

  private func runMany(_ count: Int) async throws {
    var tally = Tally()
    for seed in from..<from + UInt64(count) {
      let plan = Plan(seed: seed)
      let outcome = try await Simulator.runWithAndWithoutClocks(plan)
      tally.add(outcome)
      if !outcome.broken.isEmpty { try await report(plan, seed, outcome) }
    }
    print(tally.table)
    let unreached = Reach.allCases.filter { !tally.reached.contains($0) }
    if !unreached.isEmpty { print("Never reached: \(unreached.map(\.rawValue).joined(separator: ", "))") }
    if tally.failures > 0 || reachAll && !unreached.isEmpty { throw ExitCode(1) }
  }

  /// Prints a failing world: its seed, the acts that matter, and what happened to everybody.
  private func report(_ plan: Plan, _ seed: UInt64, _ outcome: Outcome) async throws {
    print("Seed \(seed) fails: \(outcome.broken.joined(separator: "; "))")
    let kind = outcome.broken.first.map(Self.kind)
    let small = try await Shrinker.shrink(plan) { shorter in
      try await Simulator.runWithAndWithoutClocks(shorter).broken.first.map(Self.kind) == kind
    }
    let again = try await Simulator.runWithAndWithoutClocks(small, isTraceKept: true)
    print("The plan, as far as it matters:\n\(small.text)The time line:")
    print(again.lines.joined(separator: "\n"))
    print(again.broken.joined(separator: "\n"))
    guard let bugs else { return }
    try FileManager.default.createDirectory(atPath: bugs, withIntermediateDirectories: true)
    try ("# \(again.broken.first ?? "")\n" + small.text)
      .write(toFile: "\(bugs)/seed-\(seed).plan", atomically: true, encoding: .utf8)
  }

  /// A failure without its names and numbers, so that shrinking does not wander to another one.
  private static func kind(_ failure: String) -> String {
    failure.split(separator: " ").filter { $0.allSatisfy(\.isLetter) }.prefix(4).joined(separator: " ")
  }
}

/// The sums of many worlds.
private struct Tally {
  private(set) var reached: Set<Reach> = []
  private(set) var failures = 0
  private var worlds = 0
  private var figures = Figures()
  private var rounds: [Int: Int] = [:]

  mutating func add(_ outcome: Outcome) {
    worlds += 1
    failures += outcome.broken.isEmpty ? 0 : 1
    figures.add(outcome.figures)
    reached.formUnion(outcome.reached)
    rounds[outcome.rounds, default: 0] += 1
  }

  var table: String {
    let years = Double(figures.deviceMilliseconds) / (365.25 * 86_400_000)
    let rows: [(String, String)] = [
      ("Worlds", "\(worlds)"), ("Failures", "\(failures)"), ("Device-years", String(format: "%.1f", years)),
      ("Acts", "\(figures.acts)"), ("Exchanges", "\(figures.exchanges)"), ("Changes taken", "\(figures.changes)"),
      ("Network faults", "\(figures.networkFaults)"), ("Crashes and restarts", "\(figures.restarts)"),
      ("Disk faults armed", "\(figures.diskFaults)"),
      ("Rare states reached", "\(reached.count) of \(Reach.allCases.count)"),
      (
        "Rounds until all agree",
        rounds.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
      ),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
  }
}
