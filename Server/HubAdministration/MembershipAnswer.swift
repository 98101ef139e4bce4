// The answers of commands that change membership, which can be previewed: how many devices a change would affect, and
// how much of their work has not arrived.

package import JSONText
internal import Replication
internal import SyncHub

/// The answer of a command that changes membership: its impact for a preview, otherwise its result.
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

/// The impact of a change of membership, for a person to consider first. Revoked devices do not count.
package struct MembershipImpact: JSONConvertible {
  /// The number of devices affected.
  package let devices: Int
  /// The number of them that held unsent work at their last contact.
  package let withUnsentWork: Int
  /// The number of them that have never made contact, so that their unsent work is unknown.
  package let neverConnected: Int
  /// The number of records that each device loses and gains.
  package let recordsLeaving: Int
  package let recordsArriving: Int

  package var json: JSON {
    .object([
      "preview": true.json, "devices": devices.json, "holdingUnsent": withUnsentWork.json,
      "neverHeard": neverConnected.json, "recordsLeaving": recordsLeaving.json, "recordsArriving": recordsArriving.json,
    ])
  }
}

extension MembershipImpact {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      devices: try json.member("devices"), withUnsentWork: try json.member("holdingUnsent"),
      neverConnected: try json.member("neverHeard"), recordsLeaving: try json.member("recordsLeaving"),
      recordsArriving: try json.member("recordsArriving"))
  }

  init(devices: [Device], leaving: [SpaceID], arriving: [SpaceID], _ reader: any StoreReader) throws {
    let active = devices.filter { $0.revocation == nil }
    func records(_ spaces: [SpaceID]) throws -> Int {
      try spaces.reduce(0) { try $0 + reader.recordCount(in: $1) }
    }
    self.init(
      devices: active.count, withUnsentWork: active.count { ($0.lastContact?.unsent ?? 0) > 0 },
      neverConnected: active.count { $0.lastContact == nil }, recordsLeaving: try records(leaving),
      recordsArriving: try records(arriving))
  }
}
