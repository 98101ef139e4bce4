// One entry of the audit, and its encoding as the fields of a record:
//
//   act      text, the event                by       "owner", "hub", or a link to the member
//   door     text                           member   link
//   role     text                           devices  list of fingerprints
//   spaces   list of ids as text            records  list of links
//   field    text                           counts   map of integers
//
// Empty fields are omitted. An entry identifies people and records by id only: it holds no name, no reason as typed,
// and no value of a field.

package import Cryptography
package import Replication

/// One administrative event.
package struct AuditEntry: Equatable, Sendable {
  /// The kinds of events. The raw values are stored in files and never change.
  package enum Event: String, Sendable, CaseIterable {
    case initialise = "init"
    /// Another version of the model came into force.
    case model
    case importFile = "import"
    case invite
    case leave
    case deviceRevoke = "device revoke"
    /// A device that a restore had forgotten was made known again.
    case deviceConfirm = "device confirm"
    /// The ticket of a device that a restore had forgotten was dismissed.
    case deviceDismiss = "device dismiss"
    case proposalTake = "proposal take"
    case proposalDecline = "proposal decline"
    case reviewSettle = "review settle"
    case erase
    case partnerInvite = "partner invite"
    case partnerJoin = "partner join"
    case partnerSuggest = "partner suggest"
    case agreementPropose = "agreement propose"
    case agreementSign = "agreement sign"
    case agreementConfirm = "agreement confirm"
    case agreementEnd = "agreement end"
    /// A suggestion of a partner's, or a value of free text for a partner, was decided.
    case crossingDecide = "crossing decide"
    case backup
    case backupDays = "backup days"
    /// A space was given more room, or less.
    case room
    case ledgerAccept = "ledger accept"
    case restore
    /// The hub noticed that its file had been replaced by an older copy.
    case copyNoticed = "copy noticed"
  }

  package let event: Event
  package let actor: AdminActor
  /// The subject of the event: member, role, devices, spaces, records, field and counts; empty where not applicable.
  package var member: MemberID?
  package var role: String?
  /// The fingerprints of the devices' keys.
  package var devices: [String] = []
  package var spaces: [SpaceID] = []
  package var records: [RecordID] = []
  /// The field, by its name in the model.
  package var field: String?
  /// Amounts, by name; `unfinished` is 1 for a command that was stopped after it had written something.
  package var counts: [String: Int64] = [:]

  package init(
    _ event: Event, by actor: AdminActor, member: MemberID? = nil, role: String? = nil, devices: [PublicKey] = [],
    spaces: [SpaceID] = [], records: [RecordID] = [], field: String? = nil, counts: [String: Int64] = [:]
  ) {
    self.event = event
    self.actor = actor
    self.member = member
    self.role = role
    self.devices = devices.map(\.fingerprint)
    self.spaces = spaces
    self.records = records
    self.field = field
    self.counts = counts
  }
}

// MARK: As a record

extension AuditEntry {
  /// The fields an entry can have, as the header of this file lists them.
  static let fieldNames = ["act", "by", "door", "member", "role", "devices", "spaces", "records", "field", "counts"]

  /// The entry as fields of a record; empty ones are omitted.
  var fields: [String: Value] {
    var fields: [String: Value] = [
      "act": .text(event.rawValue), "by": actor.identity.value, "door": .text(actor.door.rawValue),
    ]
    fields["member"] = member.map { .link(RecordID($0)) }
    fields["role"] = role.map { .text($0) }
    fields["field"] = field.map { .text($0) }
    if !devices.isEmpty { fields["devices"] = .list(devices.map { .text($0) }) }
    if !spaces.isEmpty { fields["spaces"] = .list(spaces.map { .text($0.description) }) }
    if !records.isEmpty { fields["records"] = .list(records.map { .link($0) }) }
    if !counts.isEmpty { fields["counts"] = .map(counts.mapValues { .integer($0) }) }
    return fields
  }

  /// Decodes a change of the audit space.
  ///
  /// - Returns: `nil` for an event, actor or door that only a newer program knows.
  package init?(_ change: Change) {
    var fields: [String: Value] = [:]
    for edit in change.edits {
      if case .assign(let field, let value, _) = edit.operation { fields[field] = value }
    }
    self.init(fields: fields)
  }

  /// Decodes what ``fields`` writes.
  ///
  /// - Returns: `nil` for an event, actor or door that only a newer program knows.
  init?(fields: [String: Value]) {
    func text(_ value: Value) -> String? { if case .text(let text) = value { text } else { nil } }
    func items(_ field: String) -> [Value] { if case .list(let items)? = fields[field] { items } else { [] } }
    guard let event = fields["act"].flatMap(text).flatMap(Event.init),
      let identity = fields["by"].flatMap(AdminActor.Identity.init),
      let door = fields["door"].flatMap(text).flatMap(AdminActor.Door.init)
    else { return nil }
    self.init(event, by: AdminActor(identity, through: door))
    member = fields["member"].flatMap(MemberID.init(link:))
    role = fields["role"].flatMap(text)
    devices = items("devices").compactMap(text)
    spaces = items("spaces").compactMap(text).compactMap { SpaceID($0) }
    records = items("records").compactMap { if case .link(let record) = $0 { record } else { nil } }
    field = fields["field"].flatMap(text)
    if case .map(let map)? = fields["counts"] {
      counts = map.compactMapValues { if case .integer(let count) = $0 { count } else { nil } }
    }
  }
}

extension AdminActor.Identity {
  fileprivate var value: Value {
    switch self {
    case .machineOwner: .text("owner")
    case .hub: .text("hub")
    case .member(let member): .link(RecordID(member))
    }
  }

  fileprivate init?(_ value: Value) {
    switch value {
    case .text("owner"): self = .machineOwner
    case .text("hub"): self = .hub
    default:
      guard let member = MemberID(link: value) else { return nil }
      self = .member(member)
    }
  }
}
