// How far the rigs go, in one place: the short form runs with every test, the long one with a soak.

import Foundation
import Testing

/// The numbers of a run. `RIGS=long` in the environment asks for the long form.
struct Extent {
  /// Processes killed in the middle of an act.
  let kills: Int
  /// Times the power goes.
  let cuts: Int
  /// Times a disk is filled up and given room again.
  let fillings: Int
  /// Exchanges whose first reply is lost.
  let exchanges: Int
  /// Rounds of work with clocks that differ by decades.
  let clockRounds: Int
  /// Processes stopped in the middle of an act.
  let stops: Int
  /// How long a process stays stopped.
  let stopped: Duration

  static let current = ProcessInfo.processInfo.environment["RIGS"] == "long" ? long : short

  private static let short = Extent(
    kills: 100, cuts: 5, fillings: 2, exchanges: 6, clockRounds: 2, stops: 6, stopped: .seconds(1))
  private static let long = Extent(
    kills: 500, cuts: 40, fillings: 10, exchanges: 40, clockRounds: 12, stops: 30, stopped: .seconds(4))
}

/// Says a rig's figures, in one line that a reader of a long log finds by the rig's name.
func report(_ rig: String, _ figures: String) {
  FileHandle.standardOutput.write(Data("\(rig): \(figures)\n".utf8))
}

extension Trait where Self == ConditionTrait {
  /// Skips a rig that this machine does not allow, and says why; it then counts as skipped, never as passed.
  ///
  /// - Parameter refusal: Why it cannot run; `nil` where it can.
  static func allowed(_ rig: String, unless refusal: @autoclosure @escaping @Sendable () -> String?) -> Self {
    let reason = refusal()
    if let reason { report(rig, "skipped: \(reason)") }
    return .enabled(if: reason == nil, Comment(rawValue: reason ?? "this machine allows it"))
  }
}
