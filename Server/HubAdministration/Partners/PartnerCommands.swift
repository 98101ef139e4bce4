// The commands about partners' hubs: `partner invite`, `partner join`, `partner list`, `partner status`, `partner sync`.

internal import Cryptography
package import JSONText
internal import PartnerExchange
internal import RecordModel
package import Replication
internal import SyncHub
internal import SyncProtocol

// MARK: Invite

/// Makes a one-time code with which a partner's hub joins this one.
package struct PartnerInviteCommand: ShortAdminCommand {
  package static let name = "partner invite"
  let partner: String

  package var parameters: [String: JSON] { ["name": partner.json] }

  package init(_ partner: String) { self.partner = partner }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("name")) }

  package func run(in hub: AdminContext) throws -> InvitationIssued {
    let now = hub.clock()
    let name: String
    do throws(MemberName.Problem) {
      name = try MemberName(partner, role: Partner.role, in: hub.model).text
    } catch { throw AdminError(.badInvitation, "A partner's name is \(error.expectation).") }
    return try hub.store.write { transaction in
      let known = try Directory(transaction).partner(called: name)
      guard known?.hub == nil else {
        throw AdminError(.memberKnown, "The hub of \(name) has joined already.")
      }
      let invitation = try Directory.invite(partnerNamed: name, now: now, transaction)
      try Audit.record(
        AuditEntry(.partnerInvite, by: hub.actor, member: try Directory(transaction).partner(called: name)?.member),
        now: now, in: transaction)
      return InvitationIssued(code: invitation.code, expires: invitation.expires)
    }
  }
}

// MARK: Join

/// Joins the hub of a partner with the code that its administrator has given.
package struct PartnerJoinCommand: ShortAdminCommand {
  package static let name = "partner join"
  let address: String
  let code: String
  let partner: String
  /// The only root certificates to trust, in PEM.
  let trustRoots: String?

  package var parameters: [String: JSON] {
    ["url": address.json, "code": code.json, "name": partner.json, "roots": trustRoots.json]
  }

  package init(address: String, code: String, partner: String, trustRoots: String?) {
    self.address = address
    self.code = code
    self.partner = partner
    self.trustRoots = trustRoots
  }

  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(
      address: try parameters.member("url"), code: try parameters.member("code"),
      partner: try parameters.member("name"), trustRoots: try parameters.member("roots"))
  }

  package func run(in hub: AdminContext) throws -> PartnerSummary {
    let exchange = try hub.exchange()
    let name: String
    do throws(MemberName.Problem) {
      name = try MemberName(partner, role: Partner.role, in: hub.model).text
    } catch { throw AdminError(.badInvitation, "A partner's name is \(error.expectation).") }
    let (address, code, trustRoots) = (address, code, trustRoots)
    do {
      let partner = try blocking {
        try await exchange.join(address: address, trustRoots: trustRoots, code: code, partnerNamed: name)
      }
      let now = hub.clock()
      return try hub.store.write { transaction in
        try Audit.record(
          AuditEntry(.partnerJoin, by: hub.actor, member: partner.member), now: now, in: transaction)
        return try PartnerSummary(partner, now: now, in: transaction)
      }
    } catch let error as PartnerError {
      throw AdminError(error)
    } catch DirectoryError.keyTaken {
      throw AdminError(.memberKnown, "\(name) has another hub already, or this hub is another partner's.")
    }
  }
}

// MARK: List

/// Lists the partners.
package struct PartnerListCommand: PlainAdminCommand {
  package static let name = "partner list"
  package init() {}

  package func run(in hub: AdminContext) throws -> PartnerList {
    let now = hub.clock()
    return try hub.store.read { reader in
      PartnerList(partners: try Directory(reader).partners().map { try PartnerSummary($0, now: now, in: reader) })
    }
  }
}

package struct PartnerList: JSONConvertible {
  package let partners: [PartnerSummary]
  package var json: JSON { .object(["partners": partners.json]) }
}

extension PartnerList {
  package init(json: JSON) throws(JSONMismatch) { self.init(partners: try json.member("partners")) }
}

/// A partner, as shown to an administrator.
package struct PartnerSummary: JSONConvertible {
  package let name: String
  package let member: MemberID
  /// The mark of both hubs' keys, which both administrators compare; `nil` until the partner's hub has joined.
  package let fingerprint: String?
  /// The address at which this hub dials the partner's.
  package let address: String?
  /// The names of the agreements in force.
  package let inForce: [String]

  package var json: JSON {
    .object([
      "name": name.json, "member": member.json, "fingerprint": fingerprint.json, "address": address.json,
      "inForce": inForce.json,
    ])
  }
}

extension PartnerSummary {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      name: try json.member("name"), member: try json.member("member"), fingerprint: try json.member("fingerprint"),
      address: try json.member("address"), inForce: try json.member("inForce"))
  }

  init(_ partner: Partner, now: Timestamp, in reader: any StoreReader) throws {
    let own = try HubIdentity.key(in: reader).publicKey
    let inForce = try Papers(with: partner, in: reader)?.inForce(at: now, in: reader) ?? []
    self.init(
      name: partner.name, member: partner.member,
      fingerprint: partner.hub.map { own.fingerprint(with: $0.keys.signing) }, address: partner.hub?.address,
      inForce: inForce.map(\.agreement.id))
  }
}

extension PublicKey {
  /// The mark of two keys, the same from either side.
  fileprivate func fingerprint(with other: PublicKey) -> String {
    let keys = [bytes, other.bytes].sorted { $0.lexicographicallyPrecedes($1) }
    return grouped(base32(Digest(tag: "board.partner-fingerprint", Array(keys.joined())).bytes.prefix(10)))
  }
}

// MARK: Sync

/// Exchanges everything with one partner, or with all whose address is known.
package struct PartnerSyncCommand: ShortAdminCommand {
  package static let name = "partner sync"
  /// `nil` for every partner whose address is known.
  let partner: String?

  package var parameters: [String: JSON] { ["name": partner.json] }

  package init(_ partner: String?) { self.partner = partner }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("name")) }

  package func run(in hub: AdminContext) throws -> PartnerExchanges {
    let exchange = try hub.exchange()
    let partners = try hub.store.read { reader in
      try partner.map { [try hub.partner(called: $0, in: reader)] }
        ?? Directory(reader).partners().filter { $0.hub?.address != nil }
    }
    var done: [PartnerExchanges.Done] = []
    for partner in partners {
      do {
        let report = try blocking { try await exchange.exchange(with: partner) }
        done.append(PartnerExchanges.Done(partner: report.partner, received: report.received))
      } catch let error as PartnerError { throw AdminError(error) }
    }
    return PartnerExchanges(exchanges: done)
  }
}

package struct PartnerExchanges: JSONConvertible {
  package struct Done: JSONConvertible {
    package let partner: String
    /// The changes that came.
    package let received: Int
    package var json: JSON { .object(["partner": partner.json, "received": received.json]) }
  }

  package let exchanges: [Done]
  package var json: JSON { .object(["exchanges": exchanges.json]) }
}

extension PartnerExchanges {
  package init(json: JSON) throws(JSONMismatch) { self.init(exchanges: try json.member("exchanges")) }
}

extension PartnerExchanges.Done {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(partner: try json.member("partner"), received: try json.member("received"))
  }
}
