// The door between SQLite and the simulated disks: a VFS (sqlite.org/vfs.html) that stands before the unix one.
//
// It is the process' default from the first claim on, so that the product's own opening of its files meets it. Files
// outside all claimed folders are opened by the unix VFS alone, with its own methods, and never come here again. Of
// claimed files the unix VFS keeps the locks and the shared memory; what touches the disk goes to `SimulatedDisk`.
//
// There is no xFetch (`iVersion` 2): what SQLite read through a memory map could not be made to fail.

internal import GRDBSQLite
internal import Synchronization

enum DiskVFS {
  private static let disks = Mutex<[String: SimulatedDisk]>([:])

  static func claim(_ disk: SimulatedDisk) {
    guard isRegistered else { fatalError("SQLite takes no VFS") }
    disks.withLock {
      precondition($0[disk.folder] == nil, "\(disk.folder) belongs to another disk")
      $0[disk.folder] = disk
    }
  }

  static func release(_ disk: SimulatedDisk) {
    disks.withLock { $0[disk.folder] = nil }
  }

  /// The disk whose folder a file lies in, at any depth.
  private static func disk(of path: String) -> SimulatedDisk? {
    disks.withLock { disks in
      if disks.isEmpty { return nil }
      var folder = path[...]
      while let slash = folder.lastIndex(of: "/") {
        folder = folder[..<slash]
        if let disk = disks[String(folder)] { return disk }
      }
      return nil
    }
  }

  // MARK: Registration

  // Set before SQLite sees them and never changed after.
  nonisolated(unsafe) static let unix: UnsafeMutablePointer<sqlite3_vfs> = {
    guard let found = sqlite3_vfs_find("unix") else { fatalError("SQLite has no unix VFS") }
    return found
  }()

  nonisolated(unsafe) private static let name: UnsafePointer<CChar> = {
    let name = Array("simulated-disk".utf8CString)
    let kept = UnsafeMutablePointer<CChar>.allocate(capacity: name.count)
    kept.initialize(from: name, count: name.count)
    return UnsafePointer(kept)
  }()

  private static let isRegistered: Bool = {
    // The unix VFS' other functions do not look at the value they are called with.
    var vfs = unix.pointee
    vfs.zName = name
    vfs.pNext = nil
    vfs.szOsFile += Int32(OpenFile.headerBytes)
    vfs.xOpen = { _, path, file, flags, flagsOut in
      DiskVFS.open(path, file!, flags: flags, flagsOut: flagsOut)
    }
    vfs.xDelete = { _, path, syncsFolder in
      DiskVFS.delete(path!, syncsFolder: syncsFolder)
    }
    let kept = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    kept.initialize(to: vfs)
    return sqlite3_vfs_register(kept, 1) == SQLITE_OK
  }()

  // MARK: By name

  private static func open(
    _ path: UnsafePointer<CChar>?, _ file: SQLiteFile, flags: Int32, flagsOut: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    // A file without a name is SQLite's own scratch paper.
    guard let path, let disk = disk(of: String(cString: path)) else {
      return unix.pointee.xOpen(unix, path, file, flags, flagsOut)
    }
    let (ours, real) = (OpenFile(file), OpenFile(file).host)
    ours.setMethods(nil)
    let journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL
    let host = HostActs(
      open: { unix.pointee.xOpen(unix, path, real.file, flags, flagsOut) },
      close: { _ = real.methods.xClose(real.file) })
    let (code, handle) = disk.open(
      String(cString: path), mayMake: flags & SQLITE_OPEN_CREATE != 0, isJournal: flags & journals != 0, host: host)
    if let handle { ours.begin(handle) }
    return code
  }

  private static func delete(_ path: UnsafePointer<CChar>, syncsFolder: Int32) -> Int32 {
    guard let disk = disk(of: String(cString: path)) else { return unix.pointee.xDelete(unix, path, syncsFolder) }
    // Nothing of a simulated folder needs the host's disk.
    return disk.remove(String(cString: path), syncsFolder: syncsFolder != 0) { unix.pointee.xDelete(unix, path, 0) }
  }
}
