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
  /// How long a crowd holds its connections.
  let crowdSeconds: Int
  /// How long a hub is attacked.
  let attackSeconds: Int
  /// True if times are held to what is promised: of the programs as they are released.
  let holdsTimes: Bool

  static let current = ProcessInfo.processInfo.environment["RIGS"] == "long" ? long : short

  private static let short = Extent(
    kills: 50, cuts: 5, fillings: 2, exchanges: 6, clockRounds: 2, stops: 6, stopped: .seconds(1), crowdSeconds: 35,
    attackSeconds: 8, holdsTimes: false)
  private static let long = Extent(
    kills: 500, cuts: 40, fillings: 10, exchanges: 40, clockRounds: 12, stops: 30, stopped: .seconds(4),
    crowdSeconds: 60, attackSeconds: 60,
    holdsTimes: ProcessInfo.processInfo.environment["RIG_PROGRAMS"] != nil)
}

/// Says what a rig did, in a line of the log and in the table that `RIGS_TABLE` in the environment names.
///
/// - Parameter control: What the rig's checks saw of something that is wrong on purpose.
func report(_ rig: String, wanted: String, got: String, control: String) {
  FileHandle.standardOutput.write(Data("\(rig): \(got); control: \(control)\n".utf8))
  enter([rig, wanted, got, control])
}

/// Appends a line to the table, its columns parted by tabs.
private func enter(_ columns: [String]) {
  guard let file = ProcessInfo.processInfo.environment["RIGS_TABLE"], let table = FileHandle(forWritingAtPath: file)
  else { return }
  table.seekToEndOfFile()
  table.write(Data((columns.joined(separator: "\t") + "\n").utf8))
  table.closeFile()
}

extension Trait where Self == ConditionTrait {
  /// Skips a rig that this machine does not allow, and says why; it then counts as skipped, never as passed.
  ///
  /// - Parameter refusal: Why it cannot run; `nil` where it can.
  static func allowed(_ rig: String, unless refusal: @autoclosure @escaping @Sendable () -> String?) -> Self {
    let reason = refusal()
    if let reason {
      FileHandle.standardOutput.write(Data("\(rig): skipped: \(reason)\n".utf8))
      enter([rig, "skipped: \(reason)"])
    }
    return .enabled(if: reason == nil, Comment(rawValue: reason ?? "this machine allows it"))
  }
}
