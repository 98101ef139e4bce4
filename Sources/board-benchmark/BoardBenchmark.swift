// board-benchmark: measures what people wait for, beside what the machine can do at best with the same bytes.

import ArgumentParser
import Foundation

@main
struct BoardBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "board-benchmark",
    abstract: "Measures the engine beside its physical limits, which are measured in the same run on the same bytes.",
    discussion: """
      Prints a table: what was measured, how long it took, the limit beside it, and their ratio. A ratio says more than a \
      time, because machines differ. Without names, every workload runs.
      """)

  @Argument(help: "Workloads: \(Workloads.all().map(\.name).joined(separator: ", ")).")
  var names: [String] = []
  @Option(help: "How many records a copy holds.")
  var records = 100_000
  @Option(help: "Write the figures to this file, as JSON.")
  var json: String?
  @Option(help: "Compare with the figures in this file.")
  var against: String?
  @Option(help: "Draw the costs by size, which 'sizes' measures, to this SVG file.")
  var svg: String?
  @Flag(help: "Let 'sizes' go on to 1,000,000 records.")
  var large = false
  @Flag(help: "Fail where a count has grown: bytes and statements, which are the same in every run, and never times.")
  var check = false

  func validate() throws {
    guard records >= 1_000 else { throw ValidationError("--records is a number from 1000.") }
    for name in names where !Workloads.all().contains(where: { $0.name == name }) {
      throw ValidationError("There is no workload '\(name)'.")
    }
  }

  func run() async throws {
    let before = try against.map { try Figures(contentsOf: $0) }
    let bench = try Bench(records: records)
    var figures = Figures(records: records, figures: [])
    for workload in Workloads.all(isLarge: large) where names.isEmpty || names.contains(workload.name) {
      print("\(workload.name): \(workload.about)")
      for figure in try await workload.run(bench) {
        print("  " + figure.line(against: before?.figure(figure.title)))
        figures.figures.append(figure)
      }
    }
    if let json { try figures.write(to: json) }
    if let svg { try Plot(figures.figures).write(to: svg) }
    let grown = figures.figures.filter(\.isTooHigh).map(\.title)
    guard check, !grown.isEmpty else { return }
    print("Above its ceiling: \(grown.joined(separator: ", "))")
    throw ExitCode(1)
  }
}

/// Every workload, in the order in which they run. Each leaves the bench to the next as it says.
enum Workloads {
  static func all(isLarge: Bool = false) -> [any Workload & Sendable] {
    [
      Making(), Pushing(), Fetching(), NothingNew(), Pulling(), LocalReading(), Bytes(), Diverged(), Crowd(),
      Sizes(isLarge: isLarge), Counts(),
    ]
  }
}
