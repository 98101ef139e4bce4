// What can befall a disk. A caller names it, and the call at which it strikes; the disk decides nothing by itself but
// which bytes a random outcome means, and that by a seed.

/// What an outage leaves of the writes that were not synced.
package enum Survival: Hashable, Sendable {
  /// Power cut: nothing that was not synced.
  case none
  /// Killed process: everything, for the system's cache lives on. It is still not synced: a power cut later may take it.
  case all
  /// Power cut: by this seed, either the disk's writes up to some point, the last of them torn, or any choice among
  /// their 512-byte sectors.
  case random(seed: UInt64)
}

/// What strikes a disk at a chosen call.
package enum DiskFault: Hashable, Sendable {
  /// The call fails with an I/O error and does nothing; the next works again.
  case ioErrorOnce
  /// From this call on every call fails with an I/O error, readings too, until ``SimulatedDisk/heal()``.
  case ioErrorForEver
  /// From this call on no file can grow, until ``SimulatedDisk/heal()``. What lies within a file is still written.
  case full
  /// This call, or the first sync after it, fails and leaves in doubt what it should have synced: each sector is on the
  /// disk or lost, though readings show it until the outage, and later syncs say nothing of it.
  ///
  /// - SeeAlso: Rebello et al., "Can Applications Recover from fsync Failures?" (2020).
  case failedSync
  /// An outage before the call has done anything.
  case crashBefore(keeping: Survival)
  /// An outage when the call has done everything, before the caller learns of it.
  case crashAfter(keeping: Survival)
  /// Power cut in the middle of the call: earlier writes are on the disk, of this one some sectors. A torn sync has
  /// synced some sectors and lost the rest; other calls are not done.
  case torn
}

/// What a disk has seen since it was claimed.
package struct DiskCounters: Hashable, Sendable {
  /// Calls that change a disk: every making, writing, cutting, syncing and removing of a file. Faults are placed by it.
  package var calls = 0
  package var writes = 0
  package var syncs = 0
  /// Outages, killed processes included.
  package var crashes = 0
  /// Calls that were cut in the middle, those of them that wrote, and syncs that failed.
  package var torn = 0
  package var tornWrites = 0
  /// Power cuts at which something was not synced.
  package var cutsOfUnsynced = 0
  package var failedSyncs = 0
  /// Calls that were made to fail, those of a machine that is down not included.
  package var errors = 0
}
