// The devices that have joined, each known by its key.

package import Cryptography
package import Replication

/// A computer that has joined, known by its key.
package struct Device: Equatable, Sendable {
  package let key: PublicKey
  package let member: MemberID
  package let memberName: String
  /// The time and reason of its revocation; `nil` while it may sync.
  package let revocation: Revocation?
  /// The time at which it reported that nothing is left on it; `nil` while its copy may still exist.
  package let cleared: Timestamp?
  /// Its last contact; `nil` if it never made one, or none since the hub went back to a backup.
  package let lastContact: LastContact?
}

/// A device's report of itself at its last contact.
package struct LastContact: Equatable, Sendable {
  package let time: Timestamp
  /// The number of changes still unsent after that contact.
  package let unsent: UInt64
}

/// The withdrawal of a device's access, for good.
package struct Revocation: Equatable, Sendable {
  package let time: Timestamp
  package let reason: String
}

extension Directory {
  // MARK: Queries

  /// Tests whether this hub ever enrolled a device with this key, revoked or not.
  package func isEnrolled(_ key: PublicKey) throws -> Bool { try fields(Self.deviceRecord(key)) != nil }

  /// The member whose device joined with this key, revoked or not; `nil` if none did.
  func member(ofEnrolled key: PublicKey) throws -> MemberID? {
    try fields(Self.deviceRecord(key))?["member"].flatMap(MemberID.init(link:))
  }

  /// The member whose device has this key; `nil` for an unknown or revoked one.
  func owner(of key: PublicKey) throws -> MemberID? {
    guard let device = try fields(Self.deviceRecord(key)), Revocation(device) == nil else { return nil }
    return device["member"].flatMap(MemberID.init(link:))
  }

  /// The principal whose device has this key.
  ///
  /// - Throws: ``DirectoryError/deviceUnknown``, ``DirectoryError/deviceRevoked``.
  package func principal(key: PublicKey) throws -> Principal {
    let (principal, revocation) = try enrolment(of: key)
    guard revocation == nil else { throw DirectoryError.deviceRevoked }
    return principal
  }

  /// The principal and the revocation, if any, of the device with this key.
  ///
  /// - Throws: ``DirectoryError/deviceUnknown``.
  func enrolment(of key: PublicKey) throws -> (principal: Principal, revocation: Revocation?) {
    guard let known = try knownEnrolment(of: key) else { throw DirectoryError.deviceUnknown }
    return known
  }

  /// The same; `nil` for a device that never joined, or whose member is not here.
  func knownEnrolment(of key: PublicKey) throws -> (principal: Principal, revocation: Revocation?)? {
    guard let device = try fields(Self.deviceRecord(key)), let member = device["member"].flatMap(MemberID.init(link:)),
      let principal = try principal(member)
    else { return nil }
    return (principal, Revocation(device))
  }

  /// Every device that has joined, sorted by member. Costs a scan of all devices, with a few lookups for each.
  package func devices() throws -> [Device] {
    guard let space = try control() else { return [] }
    var devices: [Device] = []
    try reader.forEachRecord(in: space, kind: ControlRules.device) { record, _ in
      guard let fields = try fields(record), case .text(let text)? = fields["key"], let key = PublicKey(text),
        let member = fields["member"].flatMap(MemberID.init(link:)), let principal = try principal(member)
      else { return }
      devices.append(
        Device(
          key: key, member: member, memberName: principal.name, revocation: Revocation(fields),
          cleared: fields["cleared"].flatMap(Timestamp.init(value:)),
          lastContact: try LastContact.last(of: key, in: reader)))
    }
    return devices.sorted { ($0.memberName, $0.key.description) < ($1.memberName, $1.key.description) }
  }

  /// The devices of one member. Costs as much as ``devices()``.
  package func devices(of member: MemberID) throws -> [Device] {
    try devices().filter { $0.member == member }
  }

  // MARK: Commands

  /// Revokes one device, for good. The member's other devices are unaffected.
  ///
  /// - Parameter device: The device as the directory lists it in this transaction.
  /// - Returns: The revoked device; one that was revoked before keeps its first revocation.
  package static func revoke(
    _ device: Device, reason: String, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Device {
    guard device.revocation == nil else { return device }
    let record = deviceRecord(device.key)
    let drafts: [Draft] = [
      .set(record, field: "revoked", .integer(now.milliseconds)), .set(record, field: "reason", .text(reason)),
    ]
    try commit(drafts, now, transaction)
    try Proposal.expect(from: device.member, in: transaction)
    return Device(
      key: device.key, member: device.member, memberName: device.memberName,
      revocation: Revocation(time: now, reason: reason), cleared: nil, lastContact: device.lastContact)
  }

  /// Records that nothing is left on a revoked device; later reports are ignored.
  static func setCleared(_ key: PublicKey, now: Timestamp, _ transaction: any StoreTransaction) throws {
    guard try Directory(transaction).fields(deviceRecord(key))?["cleared"] == nil else { return }
    try commit([.set(deviceRecord(key), field: "cleared", .integer(now.milliseconds))], now, transaction)
  }

  /// A device's record, under a digest: a stranger chooses the key, and one that equals the id of another record must not
  /// collide with it.
  static func deviceRecord(_ key: PublicKey) -> RecordID {
    RecordID(prefixOf: Digest(tag: "board.device", key.bytes))
  }
}

extension Revocation {
  /// Reads the revocation from a device's record; `nil` if it has none.
  init?(_ fields: [String: Value]) {
    guard case .integer(let time)? = fields["revoked"], case .text(let reason)? = fields["reason"] else { return nil }
    self.init(time: Timestamp(milliseconds: time), reason: reason)
  }
}
