// Real files for one test.

internal import Foundation

/// A folder for one test's files, removed when the value is.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    path = NSTemporaryDirectory() + "board-test-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    // A folder that cannot be removed is the operating system's to clean up; no test depends on it.
    _ = try? FileManager.default.removeItem(atPath: path)
  }

  package func file(_ name: String) -> String { path + "/" + name }

  /// Copies a closed database, as a person would copy a folder.
  package func copy(_ name: String, to other: String) throws {
    try? FileManager.default.removeItem(atPath: file(other))
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file(other + suffix)) }
    try FileManager.default.copyItem(atPath: file(name), toPath: file(other))
  }
}
