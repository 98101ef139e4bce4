// The methods of a file on a simulated disk. What changes bytes or makes them last is the disk's to answer; readings and
// locks go to the unix VFS, and fail where the machine is dead. Letting go works for the dead too: their locks must not
// outlive them.

internal import GRDBSQLite

extension DiskVFS {
  // Set before SQLite sees them and never changed after.
  nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    setBytes(&methods)
    setFacts(&methods)
    setLocks(&methods)
    setSharedMemory(&methods)
    let kept = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    kept.initialize(to: methods)
    return kept
  }()

  private static func setBytes(_ methods: inout sqlite3_io_methods) {
    methods.xClose = { file in
      let ours = OpenFile(file)
      let code = ours.host.methods.xClose(ours.host.file)
      ours.end()
      return code
    }
    methods.xRead = { file, buffer, count, offset in
      let ours = OpenFile(file)
      guard ours.isReadable else { return DiskState.failed(IOError.reading) }
      return ours.host.methods.xRead(ours.host.file, buffer, count, offset)
    }
    methods.xWrite = { file, bytes, count, offset in
      let (ours, buffer) = (OpenFile(file), UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      return ours.handle.disk.write(buffer, at: Int(offset), by: ours.handle, host: ours.host)
    }
    methods.xTruncate = { file, size in
      let ours = OpenFile(file)
      return ours.handle.disk.truncate(to: Int(size), by: ours.handle, host: ours.host)
    }
    methods.xSync = { file, _ in
      let handle = OpenFile(file).handle
      return handle.disk.sync(handle)
    }
  }

  private static func setFacts(_ methods: inout sqlite3_io_methods) {
    methods.xFileSize = { file, size in
      let ours = OpenFile(file)
      guard ours.isReadable else { return DiskState.failed(IOError.measuring) }
      return ours.host.methods.xFileSize(ours.host.file, size)
    }
    methods.xFileControl = { file, request, argument in
      // Sizes to come are hints; the unix VFS would let the file grow past us.
      if request == SQLITE_FCNTL_SIZE_HINT || request == SQLITE_FCNTL_CHUNK_SIZE { return SQLITE_OK }
      let host = OpenFile(file).host
      return host.methods.xFileControl(host.file, request, argument)
    }
    methods.xSectorSize = { file in
      let host = OpenFile(file).host
      return host.methods.xSectorSize(host.file)
    }
    methods.xDeviceCharacteristics = { file in
      let host = OpenFile(file).host
      return host.methods.xDeviceCharacteristics(host.file)
    }
  }

  private static func setLocks(_ methods: inout sqlite3_io_methods) {
    methods.xLock = { file, level in
      let ours = OpenFile(file)
      guard ours.isAlive else { return DiskState.failed(IOError.locking) }
      return ours.host.methods.xLock(ours.host.file, level)
    }
    methods.xUnlock = { file, level in
      let host = OpenFile(file).host
      return host.methods.xUnlock(host.file, level)
    }
    methods.xCheckReservedLock = { file, answer in
      let ours = OpenFile(file)
      guard ours.isAlive else { return DiskState.failed(IOError.lookingForLocks) }
      return ours.host.methods.xCheckReservedLock(ours.host.file, answer)
    }
  }

  private static func setSharedMemory(_ methods: inout sqlite3_io_methods) {
    methods.xShmMap = { file, region, size, mayGrow, address in
      let ours = OpenFile(file)
      guard ours.isAlive else { return DiskState.failed(IOError.sharingMemory) }
      return ours.host.methods.xShmMap(ours.host.file, region, size, mayGrow, address)
    }
    methods.xShmLock = { file, offset, count, flags in
      let ours = OpenFile(file)
      guard flags & SQLITE_SHM_UNLOCK != 0 || ours.isAlive else { return DiskState.failed(IOError.lockingMemory) }
      return ours.host.methods.xShmLock(ours.host.file, offset, count, flags)
    }
    methods.xShmBarrier = { file in
      let host = OpenFile(file).host
      host.methods.xShmBarrier(host.file)
    }
    methods.xShmUnmap = { file, removes in
      let ours = OpenFile(file)
      // The file of that name may be a later life's.
      return ours.host.methods.xShmUnmap(ours.host.file, ours.isAlive ? removes : 0)
    }
  }
}
