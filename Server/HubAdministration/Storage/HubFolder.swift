// A hub's data folder: one database, the model file an administrator may extend, the epoch beside the database, and
// the socket by which commands reach a serving hub.

internal import Foundation

/// The files of one hub.
package struct HubFolder: Sendable {
  package let path: String

  package init(path: String) {
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
  }

  package var database: String { path + "/hub.db" }
  package var modelFile: String { path + "/model.yaml" }
  package var epochFile: String { path + "/hub.epoch" }
  package var socket: String { path + "/admin.sock" }

  /// Makes the folder, and in it what `body` makes. Where that fails nothing stays that was not there before, unless
  /// the storage holds a whole hub by then.
  func make<Made>(for storage: any HubStorage, _ body: () throws -> Made) throws -> Made {
    let folders = sequence(first: path) { $0.lastIndex(of: "/").map($0.prefix(upTo:)).map(String.init) }
    let absent = [modelFile, epochFile].filter(Self.isAbsent) + folders.prefix(while: Self.isAbsent)
    do {
      try create()
      return try body()
    } catch {
      // The files, then the folders from the inmost on. One that somebody else uses by now is not empty, and stays.
      if !storage.isInitialised { for path in absent { remove(path) } }
      throw error
    }
  }

  private static func isAbsent(_ path: String) -> Bool { !FileManager.default.fileExists(atPath: path) }

  /// Makes the folder, readable by its owner alone.
  private func create() throws(AdminError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw AdminError(.diskFailed, "The folder \(path) cannot be made: \(error.localizedDescription)")
    }
  }
}
