// What SQLite asks of the disk, call by call. Each is one step under the disk's lock, the host's part of it included, so
// that an outage falls between calls, or into one where a fault says so, and never beside them.

internal import GRDBSQLite
internal import Synchronization
internal import TestKit

/// A file that one connection has opened on a disk.
final class DiskHandle: Sendable {
  let disk: SimulatedDisk
  /// Its place among the disk's files.
  let file: Int
  /// The life of the machine it belongs to.
  let life: Int
  /// A journal's or log's first sync takes its folder along, as in SQLite's unix VFS.
  let owesFolderSync: Atomic<Bool>

  init(disk: SimulatedDisk, file: Int, life: Int, owesFolderSync: Bool) {
    self.disk = disk
    self.file = file
    self.life = life
    self.owesFolderSync = Atomic(owesFolderSync)
  }
}

/// The same operation on the host's file that lies behind.
struct HostActs {
  let open: () -> Int32
  let close: () -> Void
}

extension SimulatedDisk {
  /// Opens a file, and makes it where there is none and the caller may.
  ///
  /// - Returns: SQLite's code; with `SQLITE_OK` a handle.
  func open(_ path: String, mayMake: Bool, isJournal: Bool, host: HostActs) -> (code: Int32, handle: DiskHandle?) {
    state.withLock { state in
      guard !state.isDown else { return (DiskState.failed(SQLITE_CANTOPEN), nil) }
      guard !state.isGone else { return (state.erring(SQLITE_CANTOPEN), nil) }
      let file = state.index(of: path)
      state.look(at: file)
      let code = mayMake && !state.exists(file) ? make(file, in: &state, host: host) : host.open()
      guard code == SQLITE_OK else { return (code, nil) }
      state.files[file].wasOpened = true
      let owesFolderSync = mayMake && isJournal
      return (code, DiskHandle(disk: self, file: file, life: state.life, owesFolderSync: owesFolderSync))
    }
  }

  private func make(_ file: Int, in state: inout DiskState, host: HostActs) -> Int32 {
    var isOpen = false
    let code = state.perform(or: SQLITE_CANTOPEN) { state, extent in
      guard extent == .whole else { return SQLITE_OK }
      let code = host.open()
      guard code == SQLITE_OK else { return code }
      isOpen = true
      state.make(file)
      return code
    }
    if isOpen, code != SQLITE_OK { host.close() }
    return code
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, by handle: DiskHandle, host: HostFilePointer) -> Int32 {
    step(handle, or: IOError.writing) { state, extent in
      state.counters.writes += 1
      if extent == .torn { state.counters.tornWrites += 1 }
      if extent == .torn { return state.tear(bytes, at: offset, of: handle.file, host: host) }
      if state.isFull, offset + bytes.count > host.size { return state.erring(SQLITE_FULL) }
      return state.write(bytes, at: offset, of: handle.file, host: host)
    }
  }

  func truncate(to size: Int, by handle: DiskHandle, host: HostFilePointer) -> Int32 {
    step(handle, or: IOError.cutting) { state, extent in
      guard extent == .whole else { return SQLITE_OK }
      if state.isFull, size > host.size { return state.erring(SQLITE_FULL) }
      let code = host.truncate(to: size)
      if code == SQLITE_OK {
        state.files[handle.file].contents?.truncate(to: size, call: state.counters.calls)
      }
      return code
    }
  }

  func sync(_ handle: DiskHandle) -> Int32 {
    step(handle, or: IOError.syncing) { state, extent in
      state.counters.syncs += 1
      if extent == .torn || state.nextSyncFails {
        if extent == .whole { state.counters.failedSyncs += 1 }
        state.nextSyncFails = false
        state.settle(handle.file, .sectors(eighths: 4))
        return state.erring(IOError.syncing)
      }
      state.settle(handle.file, .everything)
      if handle.owesFolderSync.exchange(false, ordering: .relaxed) { state.syncFolder() }
      return SQLITE_OK
    }
  }

  /// - Parameter remove: Removes the host's file.
  func remove(_ path: String, syncsFolder: Bool, host remove: () -> Int32) -> Int32 {
    state.withLock { state in
      guard !state.isDown else { return DiskState.failed(IOError.removing) }
      guard !state.isGone else { return state.erring(IOError.removing) }
      let file = state.index(of: path)
      state.look(at: file)
      guard state.exists(file) else { return remove() }
      return state.perform(or: IOError.removing) { state, extent in
        guard extent == .whole else { return SQLITE_OK }
        let code = remove()
        guard code == SQLITE_OK else { return code }
        state.remove(file)
        if syncsFolder { state.syncFolder() }
        return code
      }
    }
  }

  /// Whether the machine the handle belongs to still runs.
  func isAlive(_ handle: DiskHandle) -> Bool {
    state.withLock { $0.isAlive(handle.life) }
  }

  /// Whether the handle's file can be read.
  func isReadable(_ handle: DiskHandle) -> Bool {
    state.withLock { $0.isAlive(handle.life) && !$0.isGone }
  }

  private func step(
    _ handle: DiskHandle, or code: Int32, _ call: (inout DiskState, Extent) -> Int32
  ) -> Int32 {
    state.withLock { state in
      guard state.isAlive(handle.life) else { return DiskState.failed(code) }
      return state.perform(or: code, call)
    }
  }
}

extension DiskState {
  fileprivate mutating func write(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, of file: Int, host: HostFilePointer
  ) -> Int32 {
    let code = host.write(bytes, at: offset)
    if code == SQLITE_OK { files[file].contents?.write(bytes, at: offset, call: counters.calls) }
    return code
  }

  /// Writes some sectors and not others.
  fileprivate mutating func tear(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, of file: Int, host: HostFilePointer
  ) -> Int32 {
    for sector in UnsyncedFile.sectors(of: bytes.count, at: offset) where random.chance(1, in: 2) {
      let part = UnsafeRawBufferPointer(rebasing: bytes[sector])
      let code = write(part, at: offset + sector.lowerBound, of: file, host: host)
      guard code == SQLITE_OK else { return code }
    }
    return SQLITE_OK
  }
}
