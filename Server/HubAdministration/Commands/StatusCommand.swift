// `status`: the hub's contents in numbers.

internal import Cryptography
package import JSONText
internal import PartnerExchange
internal import RecordModel
package import Replication
internal import SyncHub

package struct StatusCommand: PlainAdminCommand {
  package static let name = "status"
  package init() {}

  package func run(in hub: AdminContext) throws -> HubStatus {
    try hub.store.read { reader in
      let (name, epoch) = try HubIdentity.identity(in: reader)
      let spaces = try reader.sharedSpaces().map { space in
        HubStatus.Space(
          id: space.id, name: space.name, changes: space.lastPosition, records: try reader.recordCount(in: space.id))
      }
      let now = hub.clock()
      return HubStatus(
        hub: name, epoch: epoch, modelVersion: hub.model.version, spaces: spaces,
        members: try Directory(reader).members().count, devices: try Directory(reader).devices().count,
        forgottenDevices: try TicketRegister.waiting(hub.ledger.ledger, in: reader).count,
        questions: try ReviewQueue(model: hub.model, reader).questions().count,
        crossings: try CrossingQueue(model: hub.model, now: now, in: reader).questions().count,
        endings: try hub.endings(at: now, in: reader),
        isLedgerMissing: try Ledger.isLedgerMissing(in: reader),
        unreadableNotes: try Audit.unreadableNotes(in: reader),
        certificate: try CertificateValidity.load(from: reader),
        nearlyFull: try hub.allowances.nearlyFull(at: now, in: reader).map { try HubStatus.NearlyFull($0, in: reader) },
        time: now)
    }
  }
}

extension AdminContext {
  /// The agreements in force that end soon, unless both sides have signed a version that ends later.
  fileprivate func endings(at now: Timestamp, in reader: any StoreReader) throws -> [HubStatus.Ending] {
    try Directory(reader).partners().flatMap { partner in
      let all = try Papers(with: partner, in: reader)?.all(in: reader) ?? []
      return all.inForce(on: CivilDay(of: now)).filter { state in
        !all.contains {
          $0.agreement.id == state.agreement.id && $0.agreement.to > state.agreement.to && $0.ending == nil
            && $0.isSignedByUs && $0.isSignedByThem
        }
      }.map { AgreementSummary($0, partner: partner, model: model, now: now) }
    }.filter(\.endsSoon).map { HubStatus.Ending(agreement: $0.id, partner: $0.partner, daysLeft: $0.daysLeft) }
  }
}

extension HubStatus.NearlyFull {
  fileprivate init(_ full: NearlyFullAllowance, in reader: any StoreReader) throws {
    self.init(
      allowance: full.name, member: try full.member.map { try Directory(reader).authorName($0) },
      device: full.device?.fingerprint, space: try full.space.flatMap { try reader.space($0)?.name }, used: full.used,
      most: full.most, renewal: full.renewal)
  }
}

extension AdminCommand where Self == StatusCommand {
  package static var status: Self { Self() }
}

/// The answer of `status`.
package struct HubStatus: JSONConvertible {
  /// The figures of one space.
  package struct Space: JSONConvertible {
    package let id: SpaceID
    package let name: String
    /// The last position of the space's log.
    package let changes: UInt64
    package let records: Int

    package var json: JSON {
      .object(["id": id.json, "name": name.json, "head": changes.json, "records": records.json])
    }
  }

  /// An agreement in force that ends soon.
  package struct Ending: JSONConvertible {
    /// The agreement's name.
    package let agreement: String
    package let partner: String
    package let daysLeft: Int

    package var json: JSON {
      .object(["agreement": agreement.json, "partner": partner.json, "daysLeft": daysLeft.json])
    }
  }

  /// An allowance that is nearly full, or full.
  package struct NearlyFull: JSONConvertible {
    /// `bytes` of a member in a day, `chains` and `refused` of a device in a day, or `space`, in bytes.
    package let allowance: String
    package let member: String?
    /// The fingerprint of the device's key.
    package let device: String?
    package let space: String?
    package let used: UInt64
    package let most: UInt64
    /// The time from which all of it is free again; `nil` for a space's.
    package let renewal: Timestamp?

    package var json: JSON {
      .object([
        "allowance": allowance.json, "member": member.json, "device": device.json, "space": space.json,
        "used": used.json, "most": most.json, "until": renewal.json,
      ])
    }
  }

  package let hub: HubID
  package let epoch: EpochID
  package let modelVersion: UInt64
  /// All spaces except the hub's own.
  package let spaces: [Space]
  package let members: Int
  package let devices: Int
  /// The number of devices about which a restored hub asks an administrator.
  package let forgottenDevices: Int
  /// The number of open questions.
  package let questions: Int
  /// The number of texts and suggestions that wait for a look before they cross to or from a partner.
  package let crossings: Int
  /// The agreements in force that end soon.
  package let endings: [Ending]
  /// True if the ledger is gone, so that what was erased or revoked since a backup may be back.
  package let isLedgerMissing: Bool
  /// The number of notes of stopped commands that cannot be read, so that the audit lacks their entries.
  package let unreadableNotes: Int
  /// The certificate with which the hub was last served; `nil` if it was without.
  package let certificate: CertificateValidity?
  /// The allowances that are nearly full, or full.
  package let nearlyFull: [NearlyFull]
  /// The time by the hub's clock.
  package let time: Timestamp

  package var json: JSON {
    .object([
      "hub": hub.json, "epoch": epoch.json, "model": modelVersion.json, "spaces": spaces.json,
      "members": members.json, "devices": devices.json,
      "forgotten": forgottenDevices.json, "questions": questions.json,
      "crossings": crossings.json, "endings": endings.json,
      "ledgerMissing": isLedgerMissing.json, "unreadableNotes": unreadableNotes.json, "certificate": certificate.json,
      "nearlyFull": nearlyFull.json, "time": time.json,
    ])
  }
}

extension HubStatus {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      hub: try json.member("hub"), epoch: try json.member("epoch"), modelVersion: try json.member("model"),
      spaces: try json.member("spaces"), members: try json.member("members"), devices: try json.member("devices"),
      forgottenDevices: try json.member("forgotten"),
      questions: try json.member("questions"), crossings: try json.member("crossings"),
      endings: try json.member("endings"), isLedgerMissing: try json.member("ledgerMissing"),
      unreadableNotes: try json.member("unreadableNotes"), certificate: try json.member("certificate"),
      nearlyFull: try json.member("nearlyFull"),
      time: try json.member("time"))
  }
}

extension HubStatus.NearlyFull {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      allowance: try json.member("allowance"), member: try json.member("member"), device: try json.member("device"),
      space: try json.member("space"), used: try json.member("used"), most: try json.member("most"),
      renewal: try json.member("until"))
  }
}

extension HubStatus.Ending {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      agreement: try json.member("agreement"), partner: try json.member("partner"),
      daysLeft: try json.member("daysLeft"))
  }
}

extension HubStatus.Space {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      id: try json.member("id"), name: try json.member("name"), changes: try json.member("head"),
      records: try json.member("records"))
  }
}
