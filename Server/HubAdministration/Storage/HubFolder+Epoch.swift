// The epoch file beside the database. A database that was replaced by hand with a copy does not match it, which is how
// the hub notices.

internal import Foundation
package import Replication
internal import SyncHub

extension HubFolder {
  /// Compares the open token in the database with the epoch file. If they differ, the database is a copy that was put
  /// back, so a new epoch begins. Every opening draws a new token, so a copy made before the last opening is noticed, and
  /// a backup contains a token of its own. The epoch tells databases apart that were never opened; one that has been may
  /// have begun another epoch since, by its own word.
  ///
  /// - Returns: True if a new epoch began.
  /// - Throws: ``AdminError`` for a file that is there and cannot be read, of which nothing is concluded.
  @discardableResult
  package func checkEpoch(of store: any ReplicaStore) throws -> Bool {
    let (epoch, last) = try store.read { (try HubIdentity.identity(in: $0).epoch, try HubIdentity.openToken(in: $0)) }
    let names = (try text(ofFile: epochFile) ?? "").split(separator: " ").map(String.init)
    let isOurs = names.dropFirst().contains(Self.name(of: last)) && (last != nil || names.first == epoch.description)
    let current = try isOurs ? epoch : store.write { try HubIdentity.drawNewEpoch(in: $0) }
    let next = EpochID.random()
    // The file lists both tokens while the database changes from one to the other, so a crash starts no new epoch.
    try writeEpoch(current, openings: [isOurs ? last : nil, next])
    try store.write { try HubIdentity.noteOpening(next, in: $0) }
    try writeEpoch(current, openings: [next])
    return !isOurs
  }

  private static func name(of opening: EpochID?) -> String {
    opening?.description ?? "-"
  }

  /// Writes the epoch file.
  ///
  /// - Parameter openings: The open tokens that the database may contain; `nil` stands for none yet.
  package func writeEpoch(_ epoch: EpochID, openings: [EpochID?] = [nil]) throws {
    let names = ([epoch.description] + openings.map(Self.name)).joined(separator: " ")
    do {
      try Data(names.utf8).write(to: URL(fileURLWithPath: epochFile), options: .atomic)
    } catch {
      throw AdminError(.diskFailed, "\(epochFile) cannot be written: \(error.localizedDescription)")
    }
    keepOwner(of: epochFile)
  }
}
