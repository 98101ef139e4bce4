// A disk that can be cut off at any call. It exists because durability cannot be seen on a disk that works: a commit
// that nobody synced reads back like any other, until the day the power goes.
//
// The product runs on it unmodified. A disk claims a folder; every database SQLite opens there, in this process, goes
// through `DiskVFS` to this value. Writes go to the host's file, where all see them, and are kept in order beside the
// bytes that were synced; an outage makes of both what a real disk might hold (`UnsyncedFile`). The host's files are
// never synced themselves, so the folder is best in memory (/dev/shm).
//
//   let disk = SimulatedDisk(folder: folder, seed: 1)
//   disk.fail(at: 40, .crashBefore(keeping: .random(seed: 7)))
//   … open a store in the folder and write to it, until it fails …
//   disk.restart()
//   … open it again, and see what is there …

internal import Foundation
internal import Synchronization

/// The disk of one simulated machine: a folder of this process whose databases can suffer what disks suffer.
///
/// All that befalls it is decided by its callers and by seeds. May be used from any thread.
package final class SimulatedDisk: Sendable {
  /// The claimed folder, every link followed.
  package let folder: String
  let state: Mutex<DiskState>

  /// Claims a folder, and all below it, for this disk. Databases that are open there already stay outside.
  ///
  /// What the folder holds counts as synced.
  ///
  /// - Parameters:
  ///   - folder: A folder that exists, and that no other disk has claimed.
  ///   - seed: Decides what is left to chance by ``DiskFault/torn`` and ``DiskFault/failedSync``.
  package init(folder: String, seed: UInt64) {
    self.folder = HostFile.resolve(folder)
    state = Mutex(DiskState(seed: seed))
    DiskVFS.claim(self)
  }

  /// Gives the folder back. Files still open stay this disk's until they are closed.
  package func release() {
    DiskVFS.release(self)
  }

  // MARK: Outages

  /// The machine stops. Whatever is open on the disk fails from now on, and can be closed or dropped at any time
  /// without touching a file; nothing opens until ``restart()``. Does nothing while the machine is down already.
  ///
  /// Of a store's own companions, `-shm` and `.lock` go, which stand for a running process. Let go of dead stores before
  /// ``restart()``: GRDB opens a store's readers when they are first needed, and the disk would take such a reader for
  /// one of the new life.
  package func crash(keeping survival: Survival) {
    state.withLock { $0.crash(survival) }
  }

  /// The machine runs again. Faults that wait still wait, and what they broke is still broken.
  package func restart() {
    state.withLock {
      precondition($0.isDown, "a machine that runs cannot be started")
      $0.restart()
    }
  }

  package var isDown: Bool { state.withLock { $0.isDown } }

  // MARK: Faults

  /// Lets a fault strike at a call to come.
  ///
  /// - Parameter call: Counted from now; the next call that changes the disk is 1 (``DiskCounters/calls``).
  package func fail(at call: Int, _ fault: DiskFault) {
    precondition(call >= 1, "the past cannot fail")
    state.withLock { $0.armed[$0.counters.calls + call] = fault }
  }

  /// Takes back every fault: those that wait, a full disk, one that is gone. What was lost stays lost.
  package func heal() {
    state.withLock {
      $0.armed.removeAll()
      $0.isGone = false
      $0.isFull = false
      $0.nextSyncFails = false
    }
  }

  /// Ends what lasts, a full disk or one that is gone. Faults that wait still wait.
  package func mend() {
    state.withLock {
      $0.isGone = false
      $0.isFull = false
    }
  }

  /// Whether a program that runs on it can read.
  package var canBeRead: Bool { state.withLock { !$0.isDown && !$0.isGone } }

  /// Whether a fault has yet to strike.
  package var hasWaitingFaults: Bool { state.withLock { !$0.armed.isEmpty } }

  /// Every byte that stands anywhere on it, file by file: what a running machine sees, what a power cut would leave, and
  /// what of the writes in between it may leave.
  package func everything() throws -> [[UInt8]] {
    let seen = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
      FileManager.default.contents(atPath: folder + "/" + $0).map { Array($0) }
    }
    return seen + state.withLock { $0.files.compactMap(\.contents).flatMap(\.everything) }
  }

  /// What the disk has seen so far.
  package var counters: DiskCounters { state.withLock { $0.counters } }

  /// How many calls have changed the disk so far: where an explorer of crash points ends.
  package var callCount: Int { counters.calls }
}
