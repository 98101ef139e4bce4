// A hub's data folder: the database, the model file that an administrator may extend, the epoch file, the ledger, and the
// socket through which commands reach a hub that is being served.

internal import Foundation

/// The paths of one hub's files.
package struct HubFolder: Sendable {
  /// The folder's absolute path.
  package let path: String

  /// - Parameter path: The folder, which need not exist yet; absolute, or relative to the working directory.
  package init(path: String) {
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
  }

  package var database: String { path + "/hub.db" }
  package var modelFile: String { path + "/model.yaml" }
  package var epochFile: String { path + "/hub.epoch" }
  package var ledgerFile: String { path + "/hub.ledger" }
  /// The folder of this hub's copies of partners' spaces.
  package var partners: String { path + "/partners" }
  package var socket: String { path + "/admin.sock" }

  /// The path by which the socket is bound and connected to. The system takes 107 bytes (`unix(7)`), which a data folder
  /// may exceed, so a longer one is named by an open file of the folder.
  ///
  /// - Returns: `nil` if the folder cannot be opened. The file stays open for the life of the process.
  package var socketAddress: String? {
    guard socket.utf8.count > 107 else { return socket }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    return descriptor < 0 ? nil : "/proc/self/fd/\(descriptor)/admin.sock"
  }

  /// Creates the folder and runs `body`. If that fails, everything created is removed, unless the storage holds a
  /// complete hub by then.
  func make<Made>(for storage: any HubStorage, _ body: () throws -> Made) throws -> Made {
    let folders = sequence(first: path) { $0.lastIndex(of: "/").map($0.prefix(upTo:)).map(String.init) }
    let absent = [modelFile, epochFile, ledgerFile].filter(Self.isAbsent) + folders.prefix(while: Self.isAbsent)
    do {
      try create()
      return try body()
    } catch {
      // The files first, then the folders from the innermost outwards. One that somebody else uses by now is not empty,
      // and stays.
      if !storage.isInitialised { for path in absent { remove(path) } }
      throw error
    }
  }

  private static func isAbsent(_ path: String) -> Bool { !FileManager.default.fileExists(atPath: path) }

  /// Creates the folder, accessible to its owner alone.
  private func create() throws(AdminError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw AdminError(.diskFailed, "The folder \(path) cannot be made: \(error.localizedDescription)")
    }
  }
}
