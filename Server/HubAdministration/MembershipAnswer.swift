// Changes of membership can be previewed: whom one reaches, and what of theirs has not arrived.

package import Replication
internal import SyncHub

/// The answer of a command that changes who reads what: its impact where only that was asked for, else what was done.
package enum MembershipAnswer<Done: JSONConvertible>: JSONConvertible {
  case preview(MembershipImpact)
  case done(Done)

  package var json: JSON {
    switch self {
    case .preview(let impact): impact.json
    case .done(let done): done.json
    }
  }

  package init(json: JSON) throws(JSONMismatch) {
    let isPreview: Bool? = try json.member("preview")
    self = isPreview == true ? .preview(try MembershipImpact(json: json)) : .done(try Done(json: json))
  }
}

/// The reach of a change of membership, for a person to look at first.
package struct MembershipImpact: JSONConvertible {
  /// Computers it reaches.
  package let devices: Int
  /// Of these, how many held unsent work at their last contact.
  package let holdingUnsent: Int
  /// And how many have not been here, so that nobody knows.
  package let neverHeard: Int
  /// Records that go from each, and that come to each.
  package let recordsLeaving: Int
  package let recordsArriving: Int

  package var json: JSON {
    .object([
      "preview": true.json, "devices": devices.json, "holdingUnsent": holdingUnsent.json,
      "neverHeard": neverHeard.json, "recordsLeaving": recordsLeaving.json, "recordsArriving": recordsArriving.json,
    ])
  }
}

extension MembershipImpact {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      devices: try json.member("devices"), holdingUnsent: try json.member("holdingUnsent"),
      neverHeard: try json.member("neverHeard"), recordsLeaving: try json.member("recordsLeaving"),
      recordsArriving: try json.member("recordsArriving"))
  }

  init(devices: [Device], leaving: [SpaceID], arriving: [SpaceID], _ reader: any StoreReader) throws {
    let active = devices.filter { $0.revocation == nil }
    func records(_ spaces: [SpaceID]) throws -> Int {
      var count = 0
      for space in spaces { try reader.forEachRecord(in: space, kind: nil) { _, _ in count += 1 } }
      return count
    }
    self.init(
      devices: active.count, holdingUnsent: active.count { ($0.lastContact?.unsent ?? 0) > 0 },
      neverHeard: active.count { $0.lastContact == nil }, recordsLeaving: try records(leaving),
      recordsArriving: try records(arriving))
  }
}
