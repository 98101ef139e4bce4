// Figures: what a run measured, as a line of its table and as JSON for a later comparison.

import Foundation

/// One measurement beside its limit.
struct Figure: Codable {
  enum Unit: String, Codable {
    case milliseconds = "ms"
    case microsecondsEach = "µs each"
    case bytesEach = "B each"
    case statementsEach = "statements each"
    case perSecond = "a second"
    case mebibytes = "MiB"
    case times = "×"
  }

  let name: String
  let value: Double
  /// The part of it that processors worked; `nil` for bytes.
  var cpu: Double?
  let unit: Unit
  /// The best that the machine can do with the same bytes; `nil` if only the value counts.
  let limit: Double?
  /// The goal: for the ratio if there is a limit, else for the value.
  let goal: Double?
  /// The most that a check lets pass, of a count that is the same in every run; `nil` for times, which are not.
  var ceiling: Double?
  /// The number of records in the copy, of a figure in a series.
  private(set) var size: Int?

  /// - Parameters:
  ///   - payload: The bytes beside which these are counted; `nil` if only they count.
  ///   - ceiling: The most that a check lets pass, of what the goal is for.
  init(_ name: String, bytes: Double, beside payload: Double?, goal: Double, ceiling: Double) {
    self.init(name: name, value: bytes, unit: .bytesEach, limit: payload, goal: goal)
    self.ceiling = ceiling
  }

  /// - Parameter count: How often it was done.
  init(_ name: String, _ took: Duration, each count: Int, _ unit: Unit, limit: Duration? = nil, goal: Double? = nil) {
    let scale = (unit == .milliseconds ? 1e3 : 1e6) / Double(count)
    self.init(
      name: name, value: took.wall * scale, cpu: took.cpu * scale, unit: unit, limit: limit.map { $0.wall * scale },
      goal: goal)
  }

  init(_ name: String, value: Double, _ unit: Unit, goal: Double? = nil) {
    self.init(name: name, value: value, unit: unit, limit: nil, goal: goal)
  }

  /// The figure as one of a series over sizes.
  func of(_ size: Int) -> Figure {
    var figure = self
    figure.size = size
    return figure
  }

  private init(name: String, value: Double, cpu: Double? = nil, unit: Unit, limit: Double?, goal: Double?) {
    self.name = name
    self.value = value
    self.cpu = cpu
    self.unit = unit
    self.limit = limit
    self.goal = goal
  }

  var ratio: Double? { limit.map { value / $0 } }
  /// True if a count has grown beyond what was reached before.
  var isTooHigh: Bool { ceiling.map { (ratio ?? value) > $0 } ?? false }

  private var isReached: Bool? { goal.map { (ratio ?? value) <= $0 } }

  /// The name in the table, alone in it.
  var title: String { size.map { "\(name) of \($0)" } ?? name }

  /// The figure's line in the table.
  ///
  /// - Parameter before: The same figure of an earlier run.
  func line(against before: Figure?) -> String {
    var line = title.padding(toLength: 34, withPad: " ", startingAt: 0) + Self.number(value) + " \(unit.rawValue)"
    if let cpu { line += ", \(Self.number(cpu)) of it work" }
    if let limit, let ratio { line += "; limit \(Self.number(limit)), \(Self.number(ratio)) ×" }
    if let goal, let isReached {
      line += "; goal \(limit == nil ? "" : "≤ ")\(Self.number(goal))\(limit == nil ? " " + unit.rawValue : " ×")"
      line += isReached ? ", reached" : ", not reached"
    }
    if let before {
      line += "; before \(Self.number(before.value))"
      if let cpu, let old = before.cpu { line += ", work \(Self.number(cpu / old)) of it" }
    }
    return line
  }

  private static func number(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
  }
}

/// The figures of one run.
struct Figures: Codable {
  let records: Int
  var figures: [Figure]

  init(records: Int, figures: [Figure]) {
    self.records = records
    self.figures = figures
  }

  init(contentsOf path: String) throws {
    self = try JSONDecoder().decode(Figures.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func figure(_ title: String) -> Figure? { figures.first { $0.title == title } }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: URL(fileURLWithPath: path))
  }
}
