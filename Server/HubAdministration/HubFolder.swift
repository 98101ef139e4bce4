// A hub's data folder: one database, the model file an administrator may extend, the epoch beside the database, and
// the socket by which acts reach a serving hub.

package import BoardModel
internal import Foundation
package import Replication
internal import SyncHub

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

  package var isInitialised: Bool { FileManager.default.fileExists(atPath: database) }

  /// Makes the folder, and in it what `body` makes. Where that fails nothing stays that was not there before, unless
  /// it is a whole hub by then.
  package func make<Made>(_ body: () throws -> Made) throws -> Made {
    let folders = sequence(first: path) { $0.lastIndex(of: "/").map($0.prefix(upTo:)).map(String.init) }
    let absent = [modelFile, epochFile].filter(Self.isAbsent) + folders.prefix(while: Self.isAbsent)
    do {
      try create()
      return try body()
    } catch {
      // The files, then the folders from the inmost on. One that somebody else uses by now is not empty, and stays.
      if !isInitialised { for path in absent { remove(path) } }
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
      throw AdminError(.disk, "diskFailed", "The folder \(path) cannot be made: \(error.localizedDescription)")
    }
  }

  /// Writes the model this program was built with, where there is no model file.
  package func writeStandardModel() throws(AdminError) {
    do {
      if !FileManager.default.fileExists(atPath: modelFile) {
        try Data(BoardModel.standard.source.utf8).write(to: URL(fileURLWithPath: modelFile), options: .atomic)
      }
    } catch {
      throw AdminError(.disk, "diskFailed", "\(modelFile) cannot be written: \(error.localizedDescription)")
    }
  }

  /// Reads the model file and holds it against the one in force; a good successor takes force.
  ///
  /// - Throws: ``AdminError`` where the file cannot be read or breaks a promise of the released model.
  package func adoptModel(now: Timestamp, in transaction: any StoreTransaction) throws -> BoardModel {
    let text: String
    do {
      text = try String(contentsOfFile: modelFile, encoding: .utf8)
    } catch {
      throw AdminError(.data, "badModel", "The model file \(modelFile) cannot be read.")
    }
    let model: BoardModel
    do {
      model = try BoardModel(parsing: text)
    } catch {
      throw AdminError(.data, "badModel", "The model file is not right: \(error)")
    }
    let inForce = try transaction.value(of: Self.modelInForce)
    guard inForce != text else { return model }
    if let inForce {
      let older: BoardModel
      do throws(ModelError) {
        older = try BoardModel(parsing: inForce)
      } catch { throw StoreError.corrupt("the model in force: \(error)") }
      let problems = model.incompatibilities(with: older)
      guard problems.isEmpty else {
        throw AdminError(
          .data, "badModel", "The model file may only add: " + problems.map { "\($0)" }.joined(separator: "; "))
      }
    }
    try transaction.set(Self.modelInForce, to: text)
    try AdminService.begin(model: model, in: transaction)
    let entry = AuditEntry(inForce == nil ? .initialise : .model, counts: ["version": Int64(model.version)])
    try Audit.record(entry, now: now, in: transaction)
    try Replica(rules: model.rules, in: transaction).refreshContested()
    return model
  }

  /// After a restore: a model file that is missing, or older than the backup's model, becomes the backup's.
  package func takeModel(from reader: any StoreReader) throws {
    guard let restored = try reader.value(of: Self.modelInForce) else { return }
    if let present = FileManager.default.contents(atPath: modelFile) {
      let versions = try [String(decoding: present, as: UTF8.self), restored].map { text in
        do throws(ModelError) {
          return try BoardModel(parsing: text).version
        } catch { throw AdminError(.data, "badModel", "The model file is not right: \(error)") }
      }
      if versions[0] >= versions[1] { return }
    }
    do {
      try Data(restored.utf8).write(to: URL(fileURLWithPath: modelFile), options: .atomic)
    } catch {
      throw AdminError(.disk, "diskFailed", "\(modelFile) cannot be written: \(error.localizedDescription)")
    }
  }

  private static let modelInForce = LocalKey("hub/model", .text)

  /// Holds the epoch and the last opening that the database names against the file beside it. Where they differ the
  /// database is a copy that was put back, so a new epoch begins. Every opening gets a new name, so that a copy made
  /// before the last one is noticed, and a backup carries a name of its own.
  ///
  /// - Returns: True if a new epoch was drawn.
  @discardableResult
  package func checkEpoch(of store: any ReplicaStore) throws -> Bool {
    let (epoch, last) = try store.read { (try HubIdentity.identity(in: $0).epoch, try HubIdentity.openToken(in: $0)) }
    let beside = FileManager.default.contents(atPath: epochFile).map { String(decoding: $0, as: UTF8.self) }
    let names = (beside ?? "").split(separator: " ").map(String.init)
    let isOurs = names.first == epoch.description && names.dropFirst().contains(Self.name(of: last))
    let current = try isOurs ? epoch : store.write { try HubIdentity.drawNewEpoch(in: $0) }
    let next = EpochID.random()
    // Both names stand in the file while the database changes from one to the other, so a crash draws no epoch.
    try writeEpoch(current, openings: [isOurs ? last : nil, next])
    try store.write { try HubIdentity.setOpenToken(next, in: $0) }
    try writeEpoch(current, openings: [next])
    return !isOurs
  }

  private static func name(of opening: EpochID?) -> String {
    opening?.description ?? "-"
  }

  /// Writes the epoch beside the database, and by which of its openings the database may be known (`nil`: none yet).
  package func writeEpoch(_ epoch: EpochID, openings: [EpochID?] = [nil]) throws {
    let names = ([epoch.description] + openings.map(Self.name)).joined(separator: " ")
    do {
      try Data(names.utf8).write(to: URL(fileURLWithPath: epochFile), options: .atomic)
    } catch {
      throw AdminError(.disk, "diskFailed", "\(epochFile) cannot be written: \(error.localizedDescription)")
    }
  }
}
