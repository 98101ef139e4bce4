// What a computer's clock says, as opposed to what time it is: off by years, too fast, set back in the middle of work.
// The world's own time only ever goes forward, and nobody but the world knows it.

internal import Replication
internal import Synchronization

/// The world's time, in milliseconds since its beginning.
final class WorldTime: Sendable {
  private let milliseconds = Mutex<Int64>(0)

  var now: Int64 { milliseconds.withLock { $0 } }

  /// - Parameter time: Not before now.
  func advance(to time: Int64) {
    milliseconds.withLock { now in
      precondition(time >= now, "the world's time went back")
      now = time
    }
  }
}

/// One computer's clock.
final class VirtualClock: Sendable {
  /// The world begins on 24 November 2026, for those whose clocks are right.
  private static let beginning: Int64 = 1_795_516_920_000

  private struct Setting {
    /// Added to the world's time, in milliseconds.
    var offset: Int64 = 0
    /// How fast it goes, in parts of a million: 1,000,000 is right.
    var rate: Int64 = 1_000_000
  }

  private let time: WorldTime
  private let setting = Mutex(Setting())

  init(_ time: WorldTime) {
    self.time = time
  }

  func set(offset: Int64, rate: Int64) {
    setting.withLock { $0 = Setting(offset: offset, rate: rate) }
  }

  var read: @Sendable () -> Timestamp {
    { [self] in
      let passed = time.now
      return setting.withLock {
        Timestamp(milliseconds: Self.beginning + passed + passed * ($0.rate - 1_000_000) / 1_000_000 + $0.offset)
      }
    }
  }
}
