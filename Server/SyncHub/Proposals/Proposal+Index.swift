// Finds a device's proposals by their dots, and those of one change by its digest. A member's answer is applied by the
// hub's one writer, so it must not cost a look at everything that anybody ever brought.

internal import Cryptography
internal import Replication

extension Proposal {
  /// Digest of a change's header → the proposals of that change, whichever devices brought it.
  private static let byChange = LocalTable(
    "proposal_change", of: .digest, .id() as LocalCoding<RecordID>, .presence)
  /// Device and space → the proposals of its changes, with their dots.
  private static let byDevice = LocalTable("proposal_device", of: .bytes, .id() as LocalCoding<RecordID>, .dot)

  private static func scope(_ device: String, _ space: SpaceID) -> [UInt8] { space.bytes + Array(device.utf8) }

  /// Adds the proposal to the index, or removes it. Words are not in it.
  func setIndexed(_ isIndexed: Bool, in transaction: any StoreTransaction) throws {
    guard case .change(let change) = content else { return }
    let scope = Self.scope(device, change.header.space)
    try Self.byChange.set(id, of: change.digest, to: isIndexed ? () : nil, in: transaction)
    try Self.byDevice.set(id, of: scope, to: isIndexed ? change.dot : nil, in: transaction)
  }

  /// The ids of all proposals of a change.
  static func ids(of change: Change, in reader: any StoreReader) throws -> [RecordID] {
    try byChange.rows(of: change.digest, in: reader).map(\.key)
  }

  /// The other proposals of the same device and space that edits name, directly or through one another. Decodes those
  /// alone.
  func othersNamed(by edits: [Edit], in space: SpaceID, _ reader: any StoreReader) throws -> [(id: RecordID, Change)] {
    var open = Dictionary(
      grouping: try Self.byDevice.rows(of: Self.scope(device, space), in: reader).filter { $0.key != id }, by: \.value)
    var found: [(id: RecordID, Change)] = []
    var names = edits.flatMap(\.operation.names)
    while let name = names.popLast() {
      for dot in name.dots(among: open) {
        for (other, _) in open.removeValue(forKey: dot) ?? [] {
          guard case .change(let change)? = try Directory(reader).proposal(other)?.content else { continue }
          found.append((other, change))
          names += change.edits.flatMap(\.operation.names)
        }
      }
    }
    return found
  }
}

extension Operation {
  /// The sets of dots that the operation names.
  fileprivate var names: [DotSet] {
    if case .delete(let superseded, let seen) = self { [superseded, seen] } else { [supersedes] }
  }
}
