// The status of a copy: how much of its work the hub has, how fresh it is, and what is stored beside its records.

package import Cryptography
package import Replication
package import SyncProtocol

/// The status of a copy: how much of its work the hub has, and, independently, how fresh it is.
package struct CopyStatus: Equatable, Sendable {
  /// The number of changes that no hub has acknowledged.
  package let unsent: Int
  /// The number of changes in the rescue box.
  package let refused: Int
  /// The hub's clock at the last contact; `nil` before the first.
  package let lastContact: Timestamp?
  package let replica: ReplicaID?
  /// The hub's address.
  package let url: String
  /// The hub's epoch at the last contact; `nil` before the first.
  package let epoch: EpochID?
  package let spaces: [Space]
  /// The spaces that the hub did not know at the last contact. All of their work counts as unsent.
  package let unknownSpaces: [Space]
  /// The hub's allowances that were nearly full when it last took changes. Those of a day may be free again.
  package let allowances: [AllowanceUse]
}

extension MemberSnapshot {
  /// Reads the status of the copy.
  package func status() throws -> CopyStatus {
    let contact = try Contact.last(in: reader)
    let (spaces, unknown) = (try reader.spaces(), try Contact.unknownSpaces(in: reader))
    return CopyStatus(
      unsent: try SyncClient.unsent(in: reader), refused: try reader.rescued().count,
      lastContact: contact?.time, replica: try ReplicaIdentity(reader).current(), url: membership.place.url,
      epoch: contact?.epoch, spaces: spaces, unknownSpaces: spaces.filter { unknown.contains($0.id) },
      allowances: try Contact.allowances(in: reader))
  }

  /// Space name → digest of the space. Cost grows with the copy.
  package func digests() throws -> [String: Digest] {
    Dictionary(
      try reader.spaces().map { ($0.name, try spaceDigest(of: $0.id, in: reader)) }, uniquingKeysWith: { $1 })
  }

  /// The rescue box, oldest first.
  package func rescued() throws -> [RescuedChange] { try reader.rescued() }

  /// A note; see ``MemberReplica/setNote(_:_:)``.
  package func note(_ name: String) throws -> String? { try MemberReplica.note(name, in: reader) }
}
