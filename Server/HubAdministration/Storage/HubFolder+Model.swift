// The hub's model file, which an administrator may extend, and the model in force, which is stored in the database.

internal import Foundation
package import RecordModel
package import Replication
internal import SyncHub

extension HubFolder {
  /// Writes the model that a new hub begins with if there is no model file yet.
  func writeFirstModel(_ model: RecordModel) throws(AdminError) {
    do {
      if !FileManager.default.fileExists(atPath: modelFile) {
        try Data(model.source.utf8).write(to: URL(fileURLWithPath: modelFile), options: .atomic)
        keepOwner(of: modelFile)
      }
    } catch {
      throw AdminError(.diskFailed, "\(modelFile) cannot be written: \(error.localizedDescription)")
    }
  }

  /// Reads the model file and compares it with the model in force. A valid successor comes into force.
  ///
  /// - Returns: The model now in force.
  /// - Throws: ``AdminError``, `badModel`, if the file cannot be read or parsed, or may not succeed the model in force.
  package func adoptModel(now: Timestamp, in transaction: any StoreTransaction) throws -> RecordModel {
    let text: String
    do {
      text = try String(contentsOfFile: modelFile, encoding: .utf8)
    } catch {
      throw AdminError(.badModel, "The model file \(modelFile) cannot be read.")
    }
    let model: RecordModel
    do {
      model = try RecordModel(parsing: text)
    } catch {
      throw AdminError(.badModel, "The model file is not right: \(error)")
    }
    let inForce = try transaction.value(of: Self.modelInForce)
    guard inForce != text else { return model }
    if let older = try modelInForce(in: transaction) {
      let problems = model.incompatibilities(with: older)
      guard problems.isEmpty else {
        throw AdminError(
          .badModel, "The model file may only add: " + problems.map { "\($0)" }.joined(separator: "; "))
      }
    }
    try transaction.set(Self.modelInForce, to: text)
    try AdminService.begin(model: model, in: transaction)
    let entry = AuditEntry(
      inForce == nil ? .initialise : .model, by: .machineOwner(through: .commandLine),
      counts: ["version": Int64(model.version)])
    try Audit.record(entry, now: now, in: transaction)
    try Replica(rules: model.rules, in: transaction).refreshContested()
    return model
  }

  /// Replaces the model file with a restored backup's model if the file is missing or older.
  package func restoreModel(from reader: any StoreReader) throws {
    guard let restored = try reader.value(of: Self.modelInForce) else { return }
    if let present = try text(ofFile: modelFile) {
      let versions = try [present, restored].map { text in
        do throws(ModelError) {
          return try RecordModel(parsing: text).version
        } catch { throw AdminError(.badModel, "The model file is not right: \(error)") }
      }
      if versions[0] >= versions[1] { return }
    }
    do {
      try Data(restored.utf8).write(to: URL(fileURLWithPath: modelFile), options: .atomic)
      keepOwner(of: modelFile)
    } catch {
      throw AdminError(.diskFailed, "\(modelFile) cannot be written: \(error.localizedDescription)")
    }
  }

  /// The model in force; `nil` for data that has none.
  func modelInForce(in reader: any StoreReader) throws -> RecordModel? {
    guard let text = try reader.value(of: Self.modelInForce) else { return nil }
    do throws(ModelError) {
      return try RecordModel(parsing: text)
    } catch { throw StoreError.corrupt("the model in force: \(error)") }
  }

  private static let modelInForce = LocalKey("hub/model", .text)
}
