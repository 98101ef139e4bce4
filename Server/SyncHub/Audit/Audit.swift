// What administrators did, for whoever asks later: records of a space that the hub alone writes and no device reads. An
// entry is an ordinary change, so it stands in a log and a chain, is backed up and is verified like everything else; and it
// is written in the transaction of the act itself, so that there is neither an act without its entry nor the other way
// round. Nothing of a person's is in it but ids: no name, no reason as it was typed, no value of a field.

package import Cryptography
package import Replication

/// One administrative act.
package struct AuditEntry: Equatable, Sendable {
  /// A stable word for each kind of act, in files for ever.
  package enum Event: String, Sendable, CaseIterable {
    case initialise = "init"
    /// Another model took force.
    case model
    case importFile = "import"
    case invite
    case leave
    case deviceRevoke = "device revoke"
    case proposalTake = "proposal take"
    case proposalDecline = "proposal decline"
    case reviewSettle = "review settle"
    case erase
    case backup
    case restore
    /// The hub noticed that its file had been put back from a copy.
    case copyNoticed = "copy noticed"
  }

  package let event: Event
  /// Whom, what and how much it was about; empty where that does not apply.
  package var member: MemberID?
  package var role: String?
  /// Fingerprints.
  package var devices: [String] = []
  package var spaces: [SpaceID] = []
  package var records: [RecordID] = []
  /// A field, as the model names it.
  package var field: String?
  package var counts: [String: Int64] = [:]

  package init(
    _ act: Event, member: MemberID? = nil, role: String? = nil, devices: [PublicKey] = [], spaces: [SpaceID] = [],
    records: [RecordID] = [], field: String? = nil, counts: [String: Int64] = [:]
  ) {
    self.event = act
    self.member = member
    self.role = role
    self.devices = devices.map(\.fingerprint)
    self.spaces = spaces
    self.records = records
    self.field = field
    self.counts = counts
  }
}

/// The hub's book of administrative acts.
package enum Audit {
  /// The space's label; devices never see it.
  package static let spaceName = "audit"
  static let kind = "audit_entry"
  /// Which door the act came through. There is one: the program on the hub's own computer, for its account alone.
  private static let door = "board-hub"

  /// The audit space's own model; the board's has no say in it. Nothing is ever written twice or taken away.
  static let rules = RuleBook(
    version: 1,
    kinds: [
      kind: KindRules(
        deletes: .never,
        fields: Dictionary(
          uniqueKeysWithValues: ["act", "by", "member", "role", "devices", "spaces", "records", "field", "counts"].map {
            ($0, FieldRules(.once, type: .any))
          }))
    ])

  /// Makes the space where there is none: of a fresh hub, and of one from before there was an audit.
  @discardableResult
  package static func begin(in transaction: any StoreTransaction) throws -> SpaceID {
    if let space = try transaction.spaces().first(where: { $0.name == spaceName }) { return space.id }
    let space = Space(id: .random(), name: spaceName)
    try transaction.put(space)
    return space.id
  }

  /// Writes down an act, in the act's own transaction.
  package static func record(
    _ entry: AuditEntry, now: Timestamp, in transaction: any StoreTransaction
  ) throws {
    let record = RecordID.make(at: now)
    var fields: [String: Value] = ["act": .text(entry.event.rawValue), "by": .text(door)]
    fields["member"] = entry.member.map { .link(RecordID(bytes: $0.bytes)!) }
    fields["role"] = entry.role.map { .text($0) }
    fields["field"] = entry.field.map { .text($0) }
    if !entry.devices.isEmpty { fields["devices"] = .list(entry.devices.map { .text($0) }) }
    if !entry.spaces.isEmpty { fields["spaces"] = .list(entry.spaces.map { .text($0.description) }) }
    if !entry.records.isEmpty { fields["records"] = .list(entry.records.map { .link($0) }) }
    if !entry.counts.isEmpty { fields["counts"] = .map(entry.counts.mapValues { .integer($0) }) }
    let drafts =
      [Draft.create(record, kind: kind)]
      + fields.sorted { $0.key < $1.key }.map { .set(record, field: $0.key, $0.value) }
    _ = try Replica(rules: rules, in: transaction).commit(
      drafts, in: begin(in: transaction), by: .hub, at: now, isAcknowledged: true)
  }
}

extension AuditEntry {
  /// What a change of the audit space says; `nil` for an act of a newer program's.
  package init?(_ change: Change) {
    var fields: [String: Value] = [:]
    for edit in change.edits {
      if case .assign(let field, let value, _) = edit.operation { fields[field] = value }
    }
    func text(_ value: Value) -> String? { if case .text(let text) = value { text } else { nil } }
    func items(_ field: String) -> [Value] { if case .list(let items)? = fields[field] { items } else { [] } }
    guard let act = fields["act"].flatMap(text).flatMap(Event.init) else { return nil }
    self.init(act)
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

extension Space {
  /// Whether the hub alone writes and reads this, whatever the model says: its directory and its audit.
  package var isHubsOwn: Bool { name == Directory.spaceName || name == Audit.spaceName }
}
