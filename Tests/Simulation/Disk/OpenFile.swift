// The memory SQLite keeps for a file on a simulated disk, and what lies in it:
//
//   0   sqlite3_file        our methods
//   8   pointer             its `DiskHandle`, retained
//   16  the unix VFS' own   its methods, and what it keeps

internal import GRDBSQLite

/// SQLite's pointer to a file.
typealias SQLiteFile = UnsafeMutablePointer<sqlite3_file>

/// A file on a simulated disk, as SQLite holds it.
struct OpenFile {
  /// What comes before the unix VFS' own part.
  static let headerBytes = 16
  private static let handleOffset = 8

  private let memory: UnsafeMutableRawPointer

  init(_ file: SQLiteFile?) {
    memory = UnsafeMutableRawPointer(file!)
  }

  /// The unix VFS' part.
  var host: HostFilePointer {
    HostFilePointer(file: (memory + Self.headerBytes).assumingMemoryBound(to: sqlite3_file.self))
  }

  var handle: DiskHandle { unmanaged.takeUnretainedValue() }
  var isAlive: Bool { handle.disk.isAlive(handle) }
  var isReadable: Bool { handle.disk.isReadable(handle) }

  /// Makes the memory a file's; from now on SQLite owes it an `xClose`.
  func begin(_ handle: DiskHandle) {
    memory.storeBytes(
      of: Unmanaged.passRetained(handle).toOpaque(), toByteOffset: Self.handleOffset, as: UnsafeMutableRawPointer.self)
    setMethods(UnsafePointer(DiskVFS.methods))
  }

  func end() {
    unmanaged.release()
    setMethods(nil)
  }

  /// - Parameter methods: `nil` for a file that is not open.
  func setMethods(_ methods: UnsafePointer<sqlite3_io_methods>?) {
    memory.assumingMemoryBound(to: sqlite3_file.self).pointee.pMethods = methods
  }

  private var unmanaged: Unmanaged<DiskHandle> {
    Unmanaged.fromOpaque(memory.load(fromByteOffset: Self.handleOffset, as: UnsafeMutableRawPointer.self))
  }
}

/// The unix VFS' file that lies behind one on a simulated disk.
struct HostFilePointer {
  let file: SQLiteFile

  var methods: sqlite3_io_methods { file.pointee.pMethods.pointee }

  /// The size a running machine sees.
  var size: Int {
    var size: sqlite3_int64 = 0
    guard methods.xFileSize(file, &size) == SQLITE_OK else { fatalError("the host does not know a file's size") }
    return Int(size)
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
    methods.xWrite(file, bytes.baseAddress, Int32(bytes.count), sqlite3_int64(offset))
  }

  func truncate(to size: Int) -> Int32 {
    methods.xTruncate(file, sqlite3_int64(size))
  }
}
