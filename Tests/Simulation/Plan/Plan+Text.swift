// Plans as text, one step a line, so that a bug base can be read, and a plan shortened by hand.

/// Why a text is no plan.
package struct PlanError: Error, Equatable, CustomStringConvertible {
  package let line: Int
  package let description: String
}

extension Plan {
  /// The plan as `--replay` reads it.
  package var text: String {
    let head =
      "world seed=\(setting.seed) devices=\(setting.devices) pageBytes=\(setting.pageBytes) faults=\(setting.faults)"
      + " wrongClocks=\(setting.hasWrongClocks ? 1 : 0) refusals=\(setting.hasRefusals ? 1 : 0)"
      + " narrow=\(setting.isNarrow ? 1 : 0)" + administration
    let lines = steps.map { "\($0.time) \($0.kind.rawValue) node=\($0.node) amount=\($0.amount) seed=\($0.seed)" }
    return ([head] + lines).joined(separator: "\n") + "\n"
  }

  /// What the first line says of administered worlds, and of them alone.
  private var administration: String {
    guard setting.isAdministered else { return "" }
    return " administered=1 forgetful=\(setting.isForgetful ? 1 : 0) lineBytes=\(setting.lineBytes)"
      + " bytesPerSecond=\(setting.bytesPerSecond)"
  }

  /// - Throws: ``PlanError`` with the line that is no step. Empty lines and those that begin with `#` say nothing.
  package init(parsing text: String) throws(PlanError) {
    var setting: WorldOptions?
    var steps: [Step] = []
    for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.split(separator: " ").map(String.init)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      if first == "world" {
        setting = try Self.setting(Numbers(words.dropFirst(), line: place + 1))
        continue
      }
      guard let time = Int64(first), words.count > 1, let kind = StepKind(rawValue: words[1]) else {
        throw PlanError(line: place + 1, description: "this is no step")
      }
      let numbers = Numbers(words.dropFirst(2), line: place + 1)
      steps.append(
        Step(
          time: time, kind: kind, node: Int(try numbers["node"]), amount: Int64(try numbers["amount"]),
          seed: try numbers["seed"]))
    }
    guard let setting else { throw PlanError(line: 1, description: "a plan begins with its world") }
    self.init(setting: setting, steps: steps)
  }

  private static func setting(_ numbers: Numbers) throws(PlanError) -> WorldOptions {
    WorldOptions(
      seed: try numbers["seed"], devices: Int(try numbers["devices"]), pageBytes: Int(try numbers["pageBytes"]),
      faults: Int(try numbers["faults"]), hasWrongClocks: try numbers["wrongClocks"] != 0,
      isNarrow: try numbers["narrow"] != 0, hasRefusals: try numbers["refusals"] != 0,
      isAdministered: numbers.ifAny("administered") != 0, isForgetful: numbers.ifAny("forgetful") != 0,
      lineBytes: Int(numbers.ifAny("lineBytes")), bytesPerSecond: Int(numbers.ifAny("bytesPerSecond")))
  }
}

/// `name=number` words of one line.
private struct Numbers {
  private let values: [String: UInt64]
  private let line: Int

  init(_ words: some Sequence<String>, line: Int) {
    self.line = line
    let pairs = words.compactMap { word -> (String, UInt64)? in
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let number = UInt64(parts[1]) else { return nil }
      return (String(parts[0]), number)
    }
    values = Dictionary(pairs) { first, _ in first }
  }

  /// A number that only some lines have; 0 where this one has not.
  func ifAny(_ name: String) -> UInt64 { values[name].map { min($0, UInt64(Int32.max)) } ?? 0 }

  subscript(name: String) -> UInt64 {
    get throws(PlanError) {
      guard let value = values[name], value <= UInt64(Int64.max) || name == "seed" else {
        throw PlanError(line: line, description: "'\(name)' is missing")
      }
      return value
    }
  }
}
