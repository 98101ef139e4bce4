// Allowances as administrators see and set them.

package import Cryptography
package import Replication
internal import SyncProtocol

/// An allowance that is nearly full, and whose it is.
package struct NearlyFullAllowance: Equatable, Sendable {
  /// The name of the allowance on the wire.
  package let name: String
  /// The member, of a member's allowance or of a device's.
  package let member: MemberID?
  /// The device, of its own allowance.
  package let device: PublicKey?
  /// The space, of a space's.
  package let space: SpaceID?
  package let used: UInt64
  package let most: UInt64
  /// The hub's time from which all of it is free again; `nil` for a space's.
  package let renewal: Timestamp?

  fileprivate init(_ use: AllowanceUse, member: MemberID? = nil, device: PublicKey? = nil) {
    (name, space, used, most, renewal) = (
      use.allowance.name, use.allowance.space, use.used, use.most, use.renewal
    )
    (self.member, self.device) = (member, device)
  }
}

extension HubAllowances {
  /// Every allowance that is nearly full: members', devices' and spaces'. Costs a scan of all amounts.
  package func nearlyFull(at now: Timestamp, in reader: any StoreReader) throws -> [NearlyFullAllowance] {
    let register = AllowanceRegister(self, at: now, reader)
    let members = try register.nearlyFull("bytes") { _ in .bytes }.map { id, use in
      NearlyFullAllowance(use, member: MemberID(bytes: id))
    }
    let devices = try [("chains", AllowanceUse.Allowance.chains), ("refused", .refused)].flatMap { name, allowance in
      try register.nearlyFull(name) { _ in allowance }.map { id, use in
        let key = PublicKey(bytes: id)
        return NearlyFullAllowance(use, member: try key.flatMap { try Directory(reader).owner(of: $0) }, device: key)
      }
    }
    let spaces = try register.nearlyFull("space") { id in SpaceID(bytes: id).map { .space($0) } }.map {
      NearlyFullAllowance($0.use)
    }
    return members + devices + spaces
  }

  /// The bytes that members' changes take in a space, and the most that they may.
  package func room(of space: SpaceID, in reader: any StoreReader) throws -> (used: UInt64, most: UInt64) {
    let use = try AllowanceRegister(self, at: Timestamp(milliseconds: 0), reader).use(of: .space(space))
    return (use.used, use.most)
  }

  /// Sets the most bytes that members' changes may take in a space.
  package static func setRoom(_ bytes: UInt64, of space: SpaceID, in transaction: any StoreTransaction) throws {
    try AllowanceRegister.set(most: bytes, of: space, in: transaction)
  }
}
