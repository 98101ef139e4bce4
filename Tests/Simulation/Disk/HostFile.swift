// The simulator's own hand on the files of the machine it runs on. Those files are the cache of the simulated machine:
// what a running process sees. Only an outage writes them, and never in place: a dead machine's open descriptors keep
// the old file, a new life finds the new one under the name.
//
// A host that refuses such a thing stops the program: no simulated outcome would mean anything after.

internal import Glibc

enum HostFile {
  struct Facts: Equatable, Sendable {
    let inode: UInt64
    let size: Int
    let mode: mode_t
  }

  /// - Returns: `nil` where there is no such file.
  static func facts(_ path: String) -> Facts? {
    var found = stat()
    guard stat(path, &found) == 0 else { return nil }
    return Facts(inode: UInt64(found.st_ino), size: Int(found.st_size), mode: found.st_mode & 0o777)
  }

  /// All of a file. Not to be used on one that is open in a living machine: closing a descriptor drops the process'
  /// POSIX locks on it.
  static func read(_ path: String) -> ByteImage {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0, let size = facts(path)?.size else { refused("read \(path)") }
    defer { close(descriptor) }
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let step = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
        guard step > 0 else { refused("read \(path)") }
        count += step
      }
    }
    return ByteImage(bytes)
  }

  /// Puts a new file of these bytes under the name.
  static func replace(_ path: String, with bytes: ByteImage) {
    let draft = path + ".survivor"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, facts(path)?.mode ?? 0o600)
    guard descriptor >= 0 else { refused("make \(draft)") }
    var count = 0
    while count < bytes.count {
      let step = bytes.withBytes { write(descriptor, $0.baseAddress! + count, bytes.count - count) }
      guard step > 0 else { refused("write \(draft)") }
      count += step
    }
    close(descriptor)
    guard rename(draft, path) == 0 else { refused("name \(path)") }
  }

  static func remove(_ path: String) {
    guard unlink(path) == 0 || errno == ENOENT else { refused("remove \(path)") }
  }

  /// The folder's one true path, as SQLite and the store spell it too.
  static func resolve(_ folder: String) -> String {
    guard let found = realpath(folder, nil) else { refused("find \(folder)") }
    defer { free(found) }
    return String(cString: found)
  }

  private static func refused(_ operation: String) -> Never {
    fatalError("the simulator could not \(operation): \(String(cString: strerror(errno)))")
  }
}
