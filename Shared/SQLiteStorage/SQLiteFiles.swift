// The files around a database: its folder, its lock, who may read them, and what must reach the disk before a name may
// be trusted. SQLite does its own files well; this is what it leaves to its user.
//
// Nothing here opens the database file while SQLite has it open: closing any descriptor of a file drops the whole
// process' POSIX locks on it, SQLite's among them (sqlite.org/howtocorrupt.html, section 2.2).

internal import Glibc
internal import Replication

/// Only the owner reads and writes.
private let privateFile: mode_t = 0o600
private let privateFolder: mode_t = 0o700

/// One process a file: an exclusive `flock` on `<file>.lock`, held from opening to closing.
///
/// The kernel drops it when the process dies, however it dies. It belongs to this one opening, so a second opening in
/// the same process is turned away as well. The lock file itself stays: unlinking it would let two openings each lock
/// a file of their own under the same name.
struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// - Throws: ``StoreError/inUse`` where somebody holds it.
  init(for path: String) throws {
    let name = path + ".lock"
    // Not inherited by programs this one starts: they would hold the lock beyond its life.
    let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, privateFile)
    guard descriptor >= 0 else { throw StoreError.system("open \(name)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno == EWOULDBLOCK ? StoreError.inUse : .system("lock \(name)")
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  /// Lets the lock go now, and not wherever its last use happens to be.
  consuming func release() {}

  deinit {
    // Closing alone would not do: a child process between its fork and its exec holds a copy of the descriptor.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

/// What is done to files by their path.
enum SQLiteFiles {
  /// What SQLite keeps beside a database, and would take for its successor's if it were left there: the log, its index,
  /// and the journal of a database that is not yet, or no more, in the log's mode.
  static let companions = ["-wal", "-shm", "-journal"]

  /// The one true path of a file that may not exist yet, so that two spellings of it meet at one lock.
  ///
  /// - Parameter makingFolder: Whether its folder is made, for the owner alone, if missing; so are the folders above.
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

  /// All of the folders that are missing, or none.
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

  /// The folder a path lies in.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes an empty file for the owner alone.
  ///
  /// - Parameter mustBeNew: Whether it is an error if there is one.
  static func create(_ path: String, mustBeNew: Bool) throws {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | (mustBeNew ? O_EXCL : 0)
    let descriptor = open(path, flags, privateFile)
    guard descriptor >= 0 else { throw StoreError.system("make \(path)") }
    close(descriptor)
  }

  /// Turns away what SQLite takes for an empty database and writes over: a file shorter than its smallest page.
  static func refuseFragment(_ path: String) throws {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw StoreError.system("look at \(path)") }
    guard facts.st_size == 0 || facts.st_size >= 512 else { throw StoreError.corrupt("it is too short for a database") }
  }

  /// Takes a database's files from everybody but their owner, whatever they were copied from.
  static func makePrivate(_ path: String) throws {
    for file in [path] + companions.map({ path + $0 }) {
      guard chmod(file, privateFile) == 0 || errno == ENOENT else {
        throw StoreError.system("keep \(file) to its owner")
      }
    }
  }

  /// Makes sure that what can be read of a log is on the disk, before anybody reads it.
  ///
  /// What a killed process or a failed flush left may be in the system's memory alone, and after a failed flush no
  /// later flush would say so. Only bytes written anew to another file are certain (Rebello et al., "Can Applications
  /// Recover from fsync Failures?", 2020). Cost grows with the log, which is empty where the store was closed.
  static func writeAnew(_ path: String) throws {
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

  private static func copyBytes(of path: String, to other: String) throws {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw StoreError.system("open \(path)") }
    defer { close(source) }
    let target = open(other, O_WRONLY | O_CLOEXEC)
    guard target >= 0 else { throw StoreError.system("open \(other)") }
    defer { close(target) }
    while true {
      // Fewer bytes may be copied than asked for; none means the end.
      let count = sendfile(target, source, nil, 1 << 20)
      if count == 0 { return }
      guard count > 0 || errno == EINTR else { throw StoreError.system("copy \(path)") }
    }
  }

  static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Waits until a file's bytes, or a folder's names, are on the disk.
  static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.system("open \(path)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StoreError.system("write \(path) to the disk") }
  }

  /// Gives a finished file its name, and waits until the name is on the disk.
  static func publish(_ temporary: String, as path: String) throws {
    try synchronize(temporary)
    guard rename(temporary, path) == 0 else { throw StoreError.system("name \(path)") }
    try synchronize(parent(of: path))
  }

  static func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw StoreError.system("remove \(path)") }
  }
}
