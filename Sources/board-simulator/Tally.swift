// The sums over many worlds or crash points, in a form that one process can hand to another.

import Foundation
import Simulation

/// The sums over many runs.
struct Tally: Codable {
  private(set) var failures = 0
  private(set) var reached: Set<Reach> = []
  private var worlds = 0
  private var crashPoints = 0
  private var figures = Figures()
  private var rounds: [Int: Int] = [:]

  mutating func add(_ outcome: Outcome) {
    worlds += 1
    failures += outcome.broken.isEmpty ? 0 : 1
    figures.add(outcome.figures)
    reached.formUnion(outcome.reached)
    rounds[outcome.rounds, default: 0] += 1
  }

  mutating func addFailure() { failures += 1 }

  mutating func addCrashPoint(broken: Bool) {
    crashPoints += 1
    failures += broken ? 1 : 0
  }

  mutating func add(_ other: Tally) {
    failures += other.failures
    reached.formUnion(other.reached)
    worlds += other.worlds
    crashPoints += other.crashPoints
    figures.add(other.figures)
    rounds.merge(other.rounds, uniquingKeysWith: +)
  }

  var years: Double { Double(figures.deviceMilliseconds) / (365.25 * 86_400_000) }
  var networkFaults: Int { figures.networkFaults + figures.exchangesInOutages }
  var restarts: Int { figures.restarts }
  /// The states that were never reached.
  var unreached: [Reach] { Reach.allCases.filter { !reached.contains($0) } }

  /// A table of the figures, one per line.
  var table: String {
    let agreed = rounds.sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key)" }.joined(separator: ", ")
    let ofWorlds = [
      ("Worlds", "\(worlds), run \(figures.runs) times"), ("Device-years", String(format: "%.1f", years)),
      ("Steps", "\(figures.steps)"),
      ("Exchanges", "\(figures.exchanges)"), ("Changes taken", "\(figures.changes)"),
      ("Network faults", "\(networkFaults), of them \(figures.exchangesInOutages) tries while a line was down"),
      ("Crashes and restarts", "\(figures.restarts)"),
      ("Disk faults armed", "\(figures.diskFaults)"), ("Rounds until all agree", agreed),
      ("Rare states reached", "\(reached.count) of \(Reach.allCases.count)"),
    ]
    let rows =
      (worlds > 0 ? ofWorlds : []) + (crashPoints > 0 ? [("Crash points", "\(crashPoints)")] : [])
      + [("Failures", "\(failures)")]
    let lines = rows.map { $0.0.padding(toLength: 24, withPad: " ", startingAt: 0) + $0.1 }
    let never =
      worlds > 0 && !unreached.isEmpty ? ["Never reached: \(unreached.map(\.rawValue).joined(separator: ", "))"] : []
    return (lines + never).joined(separator: "\n")
  }
}
