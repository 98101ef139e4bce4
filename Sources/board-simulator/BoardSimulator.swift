// board-simulator: runs simulated worlds in which everything goes wrong, and reports whether any work was lost.

import ArgumentParser
import Cryptography
import Foundation
import Simulation

@main
struct BoardSimulator: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "board-simulator",
    abstract: "Runs simulated worlds, each decided by one seed, and checks every promise in each.",
    discussion: "Exits 0 where every promise was kept, 1 where one was not.")

  @Option(help: "Run the world of this seed, and print the digest of its trace.")
  var seed: UInt64?
  @Option(help: "Run the worlds of this many seeds.")
  var seeds: Int?
  @Option(help: "The first of them.")
  var from: UInt64 = 1
  @Option(parsing: .upToNextOption, help: "Run plans from files; the time line of one that fails is printed.")
  var replay: [String] = []
  @Flag(help: "Run the fixed script with every fault at every call of a disk.")
  var crashPoints = false
  @Option(
    help: """
      Run one in so many seeds or faults. Every fourth seed is an administered world; eight faults follow each other, so \
      an odd number meets them all.
      """)
  var every = 1

  @Option(help: "How many processes share the work.")
  var jobs = 1
  @Option(help: "The folder in which failing plans are saved.")
  var bugs: String?
  @Option(help: "Stop after this many failing seeds. Their plans are not made smaller, and every seed gets a line.")
  var stopAfter: Int?
  @Flag(help: "Fail where a rare state was never reached.")
  var reachAll = false
  @Option(help: "Fail below this many simulated device-years.")
  var years: Double = 0
  @Option(help: "Fail below this many network faults.")
  var networkFaults = 0
  @Option(help: "Fail below this many crashes and restarts.")
  var restarts = 0
  @Flag(help: "Print the time line of a single world.")
  var verbose = false

  @Option(help: .hidden)
  var share = 0
  @Option(help: .hidden)
  var tally: String?

  func validate() throws {
    guard [seed != nil, seeds != nil, !replay.isEmpty, crashPoints].count(where: { $0 }) == 1 else {
      throw ValidationError("Give one of --seed, --seeds, --replay and --crash-points.")
    }
    guard jobs >= 1, every >= 1 else { throw ValidationError("--jobs and --every are numbers from 1.") }
  }

  func run() async throws {
    if let seed { return try await runOne(Plan(seed: seed), name: "Seed \(seed)") { try await report($0, seed, $1) } }
    for file in replay {
      try await runOne(Plan(parsing: String(contentsOfFile: file, encoding: .utf8)), name: file) { printTimeline($1) }
    }
    guard replay.isEmpty else { return }
    if let tally {
      let sums = try await runShare()
      return try JSONEncoder().encode(sums).write(to: URL(fileURLWithPath: tally))
    }
    let sums = jobs == 1 ? try await runShare() : try runJobs()
    print(sums.table)
    let isTooLittle = sums.years < years || sums.networkFaults < networkFaults || sums.restarts < restarts
    if isTooLittle { print("That is less than was asked for.") }
    if sums.failures > 0 || isTooLittle || reachAll && !sums.unreached.isEmpty { throw ExitCode(1) }
  }

  private func runOne(_ plan: Plan, name: String, explain: (Plan, Outcome) async throws -> Void) async throws {
    let outcome = try await Simulator.runWithAndWithoutClocks(plan, isTraceKept: true)
    if verbose { print(outcome.lines.joined(separator: "\n")) }
    print("\(name): trace \(outcome.trace), \(plan.steps.count) steps, \(outcome.rounds) rounds")
    if verbose { print("Reached: \(outcome.reached.sorted().map(\.rawValue).joined(separator: ", "))") }
    guard !outcome.broken.isEmpty else { return }
    try await explain(plan, outcome)
    throw ExitCode(1)
  }

  // MARK: Many

  /// Runs one process per share, because random bytes and disks belong to a process, and adds up their tallies.
  private func runJobs() throws -> Tally {
    let folder = NSTemporaryDirectory() + "board-simulator-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer {
      do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
    }
    let processes = try (0..<jobs).map { share in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments =
        CommandLine.arguments.dropFirst() + ["--share", "\(share)", "--tally", "\(folder)/\(share)"]
      try process.run()
      return process
    }
    for process in processes { process.waitUntilExit() }
    var sums = Tally()
    for (share, process) in processes.enumerated() {
      guard process.terminationReason == .exit, process.terminationStatus == 0 else {
        let place = FileManager.default.contents(atPath: "\(folder)/\(share).at").map {
          String(decoding: $0, as: UTF8.self)
        }
        print("\(place ?? "The beginning") stopped the program.")
        throw ExitCode(1)
      }
      sums.add(try JSONDecoder().decode(Tally.self, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(share)"))))
    }
    return sums
  }

  private func runShare() async throws -> Tally {
    crashPoints ? try await runCrashPoints() : try await runSeeds()
  }

  private func runSeeds() async throws -> Tally {
    var sums = Tally()
    var first: (plan: Plan, seed: UInt64, trace: Digest)?
    let all = stride(from: from, to: from + UInt64(seeds ?? 0), by: every)
    for (number, seed) in all.enumerated() where number % jobs == share {
      let plan = Plan(seed: seed)
      try notePlace("Seed \(seed)")
      let outcome = try await Simulator.runWithAndWithoutClocks(plan)
      if first == nil { first = (plan, seed, outcome.trace) }
      sums.add(outcome)
      if let stopAfter {
        try say(seed, outcome)
        if sums.failures >= stopAfter { break }
      } else if !outcome.broken.isEmpty {
        try await report(plan, seed, outcome)
      }
    }
    // Every other check relies on this: a world runs the same whatever ran in this process before it.
    if let first, try await Simulator.runWithAndWithoutClocks(first.plan).trace != first.trace {
      print("Seed \(first.seed) is another world when it runs again.")
      sums.addFailure()
    }
    return sums
  }

  /// Notes where this process is, so that its parent can report it if the process stops there.
  private func notePlace(_ place: String) throws {
    guard let tally else { return }
    try Data(place.utf8).write(to: URL(fileURLWithPath: tally + ".at"))
  }

  private func runCrashPoints() async throws -> Tally {
    var sums = Tally()
    let points = try await Simulator.crashPoints().enumerated().filter { $0.offset % every == 0 }.map(\.element)
    for (number, point) in points.enumerated() where number % jobs == share {
      try notePlace("\(point)")
      let broken = try await Simulator.run(point)
      sums.addCrashPoint(broken: !broken.isEmpty)
      if !broken.isEmpty { print("\(point): \(broken.joined(separator: "; "))") }
    }
    return sums
  }

  /// Prints one line per seed, unbuffered: if a later world stops the program, this one's line is out.
  private func say(_ seed: UInt64, _ outcome: Outcome) throws {
    let words = outcome.broken.isEmpty ? "holds" : "fails: \(outcome.broken.joined(separator: "; "))"
    try FileHandle.standardOutput.write(contentsOf: Data("Seed \(seed) \(words)\n".utf8))
  }

  /// Prints a failing world: its seed and commit, the shrunk plan, and every node's time line. Saves the plan if `bugs`
  /// is given.
  private func report(_ plan: Plan, _ seed: UInt64, _ outcome: Outcome) async throws {
    print("Seed \(seed) fails: \(outcome.broken.joined(separator: "; "))")
    let kind = outcome.broken.first.map(Self.kind)
    // A world of very many computers takes too long for more than a few tries.
    let small = try await Shrinker.shrink(plan, runsMax: plan.setting.devices > 9 ? 10 : 400) { shorter in
      try await Simulator.runWithAndWithoutClocks(shorter).broken.first.map(Self.kind) == kind
    }
    let again = try await Simulator.runWithAndWithoutClocks(small, isTraceKept: true)
    print("The plan, as far as it matters:\n\(small.text)", terminator: "")
    printTimeline(again)
    guard let bugs else { return }
    try FileManager.default.createDirectory(atPath: bugs, withIntermediateDirectories: true)
    try ("# \(again.broken.first ?? "")\n# Seed \(seed), commit \(commit)\n" + small.text)
      .write(toFile: "\(bugs)/seed-\(seed).plan", atomically: true, encoding: .utf8)
  }

  /// Prints every node's time line, one node after the other, the promises that were broken, and the commit.
  private func printTimeline(_ outcome: Outcome) {
    let lines = outcome.lines.map { $0.split(separator: " ", maxSplits: 2).map(String.init) }
    var nodes: [String] = []
    for line in lines where !nodes.contains(line[1]) { nodes.append(line[1]) }
    for node in nodes {
      print("The time line of \(node):")
      for line in lines where line[1] == node { print("  \(line[0]) \(line.dropFirst(2).joined())") }
    }
    print(outcome.broken.joined(separator: "\n"))
    print("Commit: \(commit)")
  }

  /// The commit that this simulator was built from, as the scripts say: a seed is the same world on no other.
  private var commit: String { ProcessInfo.processInfo.environment["BOARD_COMMIT"] ?? "not given in BOARD_COMMIT" }

  /// The kind of a failure: its text without names and numbers, so that shrinking does not drift to another failure.
  private static func kind(_ failure: String) -> String {
    failure.split(separator: " ").filter { $0.allSatisfy(\.isLetter) }.prefix(4).joined(separator: " ")
  }
}
