// A secret on disk, readable by one account only.

internal import Cryptography
internal import Glibc

/// The reason a secret file could not be used.
package enum SecretFileError: Error, Equatable, Sendable {
  /// Other accounts on this machine can read or change the file, so the secret may have been copied.
  case open(path: String)
  /// The file does not hold a secret in hexadecimal digits.
  case unreadable(path: String)
  /// A system call failed in the given step, with `errno` as `code`.
  case system(step: String, code: Int32)
}

/// A file that holds a few secret bytes, as hexadecimal digits.
package enum SecretFile {
  /// Reads the secret, or makes and stores one if there is no file. A new file is durable when this returns.
  ///
  /// Two programs must not call this at the same time.
  ///
  /// - Parameters:
  ///   - path: The file, in a folder that exists.
  ///   - make: Makes the secret; called only if there is no file.
  package static func load(_ path: String, orKeep make: () -> [UInt8]) throws(SecretFileError) -> [UInt8] {
    if let secret = try read(path) { return secret }
    let secret = make()
    let draft = path + ".new"
    guard unlink(draft) == 0 || errno == ENOENT else { throw failure("clear \(draft)") }
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("make \(draft)") }
    defer { close(descriptor) }
    guard ProgramIO.write(Array((hex(secret) + "\n").utf8), to: descriptor), fsync(descriptor) == 0 else {
      throw failure("write \(draft)")
    }
    guard rename(draft, path) == 0 else { throw failure("name \(path)") }
    try synchronizeFolder(of: path)
    return secret
  }

  /// Removes the secret's file, durably when this returns. Does nothing if there is none.
  package static func remove(_ path: String) throws(SecretFileError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove \(path)") }
    try synchronizeFolder(of: path)
  }

  private static func read(_ path: String) throws(SecretFileError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("open \(path)")
    }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw failure("look at \(path)") }
    guard facts.st_mode & 0o077 == 0 else { throw .open(path: path) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw failure("read \(path)") }
    let digits = bytes[..<count].filter { $0 != UInt8(ascii: "\n") }
    guard let secret = Cryptography.bytes(ofHex: String(decoding: digits, as: UTF8.self)), !secret.isEmpty else {
      throw .unreadable(path: path)
    }
    return secret
  }

  private static func synchronizeFolder(of path: String) throws(SecretFileError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open \(folder)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("write \(folder) to the disk") }
  }

  private static func failure(_ step: String) -> SecretFileError { .system(step: step, code: errno) }
}
