// Every call of every disk in a script, and everything that can befall it: all of them, not a sample.

internal import Foundation

/// One point of the script, and what strikes there.
package struct CrashPoint: Sendable, CustomStringConvertible {
  /// 0 is the hub, 1 the first device.
  package let machine: Int
  /// Counted from the end of the joining.
  package let call: Int
  package let fault: DiskFault

  package var description: String { "\(machine == 0 ? "hub" : "d\(machine - 1)"), call \(call): \(fault)" }

  /// Crash before and after, torn, the un-synced lost, an error once and for ever; and a flush that fails, a full disk.
  package static let faults: [DiskFault] = [
    .crashBefore(keeping: .all), .crashAfter(keeping: .all), .torn, .crashAfter(keeping: .none), .ioErrorOnce,
    .ioErrorForEver, .failedSync, .full,
  ]
}

extension Simulator {
  /// Every point of the script.
  package static func crashPoints() async throws -> [CrashPoint] {
    let calls = try await inWorld(of: .script) { world in
      try await world.run()
      return world.callsOfPlan.prefix(2)
    }
    return calls.enumerated().flatMap { machine, count in
      (1...count).flatMap { call in
        CrashPoint.faults.map { CrashPoint(machine: machine, call: call, fault: $0) }
      }
    }
  }

  /// Runs the script with one fault in it.
  ///
  /// - Returns: What did not hold, in words.
  package static func run(_ point: CrashPoint) async throws -> [String] {
    try await inWorld(of: .script) { world in
      world.planned = point
      try await world.run()
      return world.broken
    }
  }

  private static func inWorld<Result>(of plan: Plan, _ body: (World) async throws -> Result) async throws -> Result {
    let world = try World(plan, root: root())
    let result = try await body(world)
    try world.end()
    return result
  }
}
