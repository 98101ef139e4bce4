// The epoch beside the database: a copy of the database that is put back by hand does not match it, and so is noticed.

internal import Foundation
package import Replication
internal import SyncHub

extension HubFolder {
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
      throw AdminError(.diskFailed, "\(epochFile) cannot be written: \(error.localizedDescription)")
    }
  }
}
