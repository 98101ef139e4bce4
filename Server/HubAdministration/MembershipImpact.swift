// What an administrator is told before a change of membership: whom it reaches, and what of theirs has not arrived.

internal import Replication
internal import SyncHub

/// What a change of membership would do, for a person to look at first.
struct MembershipImpact {
  /// Computers it reaches.
  let devices: Int
  /// Of these, how many held unsent work when they were last here.
  let holdingUnsent: Int
  /// And how many have not been here, so that nobody knows.
  let neverHeard: Int
  /// Records that go from each, and that come to each.
  let recordsLeaving: Int
  let recordsArriving: Int

  init(devices: [Device], leaving: [SpaceID], arriving: [SpaceID], _ reader: any StoreReader) throws {
    let active = devices.filter { $0.revocation == nil }
    func records(_ spaces: [SpaceID]) throws -> Int {
      var count = 0
      for space in spaces { try reader.forEachRecord(in: space, kind: nil) { _, _ in count += 1 } }
      return count
    }
    self.devices = active.count
    holdingUnsent = active.count { ($0.lastContact?.unsent ?? 0) > 0 }
    neverHeard = active.count { $0.lastContact == nil }
    recordsLeaving = try records(leaving)
    recordsArriving = try records(arriving)
  }

  var json: JSON {
    .object([
      "preview": .bool(true), "devices": .integer(Int64(devices)), "holdingUnsent": .integer(Int64(holdingUnsent)),
      "neverHeard": .integer(Int64(neverHeard)), "recordsLeaving": .integer(Int64(recordsLeaving)),
      "recordsArriving": .integer(Int64(recordsArriving)),
    ])
  }
}
