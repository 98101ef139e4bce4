// The files around a database: its folder, its lock, their permissions, and what must be flushed to disk before a name
// can be trusted. SQLite takes good care of its own files; this covers what it leaves to its user.
//
// Nothing here opens the database file while SQLite has it open: closing any descriptor of a file drops all POSIX locks
// that the process holds on it, including SQLite's (sqlite.org/howtocorrupt.html, section 2.2).

internal import Glibc
internal import Replication

/// The mode of a file that only its owner may read and write.
private let privateFile: mode_t = 0o600
private let privateFolder: mode_t = 0o700

/// An exclusive `flock` on `<file>.lock`, held from opening to closing, so that only one process uses the file.
///
/// The kernel releases it when the process dies, however it dies. It belongs to one opening, so a second opening in the
/// same process is refused, too. The lock file itself stays: after unlinking it, two openings could each lock a file of
/// their own under the same name.
struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock, without waiting.
  ///
  /// - Throws: ``StoreError/inUse`` if it is held already.
  init(for path: String) throws {
    let name = path + ".lock"
    // Not inherited by child processes, which would hold the lock beyond this process' life.
    let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, privateFile)
    guard descriptor >= 0 else { throw StoreError.system("open \(name)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno == EWOULDBLOCK ? StoreError.inUse : .system("lock \(name)")
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  /// Releases the lock now, rather than after its last use.
  consuming func release() {}

  deinit {
    // Closing alone is not enough: a child process between fork and exec holds a copy of the descriptor.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

/// Operations on files by path.
enum SQLiteFiles {
  /// The suffixes of the files that SQLite keeps beside a database: the write-ahead log, its index, and the journal of
  /// a database that is not in WAL mode. If left behind, SQLite would apply them to the database's successor.
  static let companions = ["-wal", "-shm", "-journal"]

  /// Resolves the canonical path of a file that may not exist yet, so that all spellings of it share one lock.
  ///
  /// - Parameter makingFolder: True to create missing folders above the file, for the owner alone.
  /// - Throws: ``StoreError/failed(_:)`` if the path names no file or its folder does not exist.
  static func resolve(_ path: String, makingFolder: Bool = false) throws -> String {
    let parts = path.split(separator: "/")
    guard let name = parts.last, name != ".", name != ".." else {
      throw StoreError.failed("\(path) names no file")
    }
    if let whole = realPath(path) { return whole }
    let folder = (path.hasPrefix("/") ? "/" : "./") + parts.dropLast().joined(separator: "/")
    if makingFolder { try makeFolder(folder) }
    guard let whole = realPath(folder) else { throw StoreError.system("find \(folder)") }
    return whole == "/" ? "/\(name)" : "\(whole)/\(name)"
  }

  private static func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// Creates all missing folders of a path, or none of them.
  private static func makeFolder(_ path: String) throws {
    let missing = sequence(first: path) { parent(of: $0) }.prefix { access($0, F_OK) != 0 && $0 != parent(of: $0) }
    var made: [String] = []
    do {
      for folder in missing.reversed() {
        if mkdir(folder, privateFolder) == 0 {
          made.append(folder)
        } else if errno != EEXIST {
          throw StoreError.system("make \(folder)")
        }
        try synchronize(parent(of: folder))
      }
    } catch {
      for folder in made.reversed() { rmdir(folder) }
      throw error
    }
  }

  /// The folder that contains a path.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Creates an empty file for the owner alone. An existing file is left as it is.
  ///
  /// - Parameter mustBeNew: True to throw if the file exists.
  static func create(_ path: String, mustBeNew: Bool) throws {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | (mustBeNew ? O_EXCL : 0)
    let descriptor = open(path, flags, privateFile)
    guard descriptor >= 0 else { throw StoreError.system("make \(path)") }
    close(descriptor)
  }

  /// Refuses a file shorter than SQLite's smallest page, which SQLite would treat as an empty database and overwrite.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` for a file of 1 to 511 bytes.
  static func refuseFragment(_ path: String) throws {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw StoreError.system("look at \(path)") }
    guard facts.st_size == 0 || facts.st_size >= 512 else { throw StoreError.corrupt("it is too short for a database") }
  }

  /// Restricts a database's files to their owner, whatever their modes were. Files that only their owner may use
  /// already are left as they are: a stick without owners refuses every mode but that of its mount.
  static func makePrivate(_ path: String) throws {
    for file in [path] + companions.map({ path + $0 }) {
      var facts = stat()
      if stat(file, &facts) == 0, facts.st_mode & 0o077 == 0 { continue }
      guard chmod(file, privateFile) == 0 || errno == ENOENT else {
        throw StoreError.system("keep \(file) to its owner")
      }
    }
  }

  /// Ensures that the readable content of a log is on disk before anybody reads it.
  ///
  /// After a killed process or a failed flush, the content may be in the page cache only, and after a failed flush no
  /// later flush reports it. Only bytes written anew to another file are certain (Rebello et al., "Can Applications
  /// Recover from fsync Failures?", 2020). Cost grows with the log, which is empty if the store was closed.
  static func rewrite(_ path: String) throws {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_size > 0 else { return }
    let draft = path + ".anew"
    try remove(draft)
    try create(draft, mustBeNew: true)
    do {
      try copyBytes(of: path, to: draft)
      try publish(draft, as: path)
    } catch {
      try remove(draft)
      throw error
    }
  }

  /// Writes a short text to a file for the owner alone, in place of any other text, and flushes it to disk.
  static func write(_ text: String, to path: String) throws {
    try create(path, mustBeNew: false)
    let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.system("open \(path)") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw StoreError.system("write \(path)") }
    try synchronize(path)
    try synchronize(parent(of: path))
  }

  /// Reads a short text, of at most 4 KiB, from a file; `nil` if it cannot be read.
  static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return count < 0 ? nil : String(validating: bytes.prefix(count), as: UTF8.self)
  }

  /// Copies a file to a new one for the owner alone, in place of what may be left of an earlier copy. Not yet flushed.
  static func copy(_ path: String, to other: String) throws {
    try remove(other)
    try create(other, mustBeNew: true)
    try copyBytes(of: path, to: other)
  }

  private static func copyBytes(of path: String, to other: String) throws {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw StoreError.system("open \(path)") }
    defer { close(source) }
    let target = open(other, O_WRONLY | O_CLOEXEC)
    guard target >= 0 else { throw StoreError.system("open \(other)") }
    defer { close(target) }
    while true {
      // May copy fewer bytes than requested; 0 means the end.
      let count = sendfile(target, source, nil, 1 << 20)
      if count == 0 { return }
      guard count > 0 || errno == EINTR else { throw StoreError.system("copy \(path)") }
    }
  }

  static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Flushes a file's bytes, or a folder's entries, to disk.
  static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.system("open \(path)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StoreError.system("write \(path) to the disk") }
  }

  /// Flushes a finished file, renames it to its final name and flushes the folder. Replaces a file of that name.
  static func publish(_ temporary: String, as path: String) throws {
    try synchronize(temporary)
    guard rename(temporary, path) == 0 else { throw StoreError.system("name \(path)") }
    try synchronize(parent(of: path))
  }

  static func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw StoreError.system("remove \(path)") }
  }
}
