// The answer of `audit`.

package import JSONText
package import Replication
package import SyncHub

/// The end of an audit: how much the timeline had, and the outcome of verifying the hub.
package struct AuditReport: JSONConvertible {
  /// An entry of the timeline. They are told in the order in which the hub received what they tell of.
  package enum Entry: JSONConvertible {
    case event(AuditedEvent)
    case change(AuditedChange)

    package var json: JSON {
      switch self {
      case .event(let event): event.json
      case .change(let change): change.json
      }
    }

    package init(json: JSON) throws(JSONMismatch) {
      let act: String = try json.member("act")
      self = act == AuditedChange.act ? .change(try AuditedChange(json: json)) : .event(try AuditedEvent(json: json))
    }
  }

  /// The number of entries that were told.
  package let entries: Int
  /// The number of rows that could not be read.
  package let unreadable: Int
  /// A description of the first integrity failure; `nil` if there is none.
  package let failure: String?

  package init(entries: Int, unreadable: Int, failure: String?) {
    self.entries = entries
    self.unreadable = unreadable
    self.failure = failure
  }

  package var json: JSON {
    .object([
      "entries": entries.json, "unreadable": unreadable.json, "verified": (failure == nil).json,
      "damage": failure.json,
    ])
  }
}

extension AuditReport {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      entries: try json.member("entries"), unreadable: try json.member("unreadable"),
      failure: try json.member("damage"))
  }
}

/// An administrative event, with names in place of ids.
package struct AuditedEvent: JSONConvertible {
  package let time: Timestamp
  package let event: AuditEntry.Event
  package let actor: AdminActor
  /// The actor's name; `nil` unless the actor is a member.
  package let actorName: String?
  package let member: MemberID?
  package let name: String?
  package let role: String?
  /// The fingerprints of the devices concerned.
  package let devices: [String]
  package let spaces: [String]
  package let records: [RecordID]
  package let field: String?
  /// The event's figures by name, such as the number of records that an import added.
  package let counts: [String: Int64]

  package var json: JSON {
    .object([
      "time": time.json, "act": event.json, "by": actor.identity.json, "byName": actorName.json,
      "door": actor.door.json, "member": member.json, "name": name.json, "role": role.json, "devices": devices.json,
      "spaces": spaces.json, "records": records.json, "field": field.json, "counts": counts.json,
    ])
  }
}

extension AuditedEvent {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      time: try json.member("time"), event: try json.member("act"),
      actor: AdminActor(try json.member("by"), through: try json.member("door")),
      actorName: try json.member("byName"), member: try json.member("member"), name: try json.member("name"),
      role: try json.member("role"), devices: try json.member("devices"), spaces: try json.member("spaces"),
      records: try json.member("records"), field: try json.member("field"), counts: try json.member("counts"))
  }

  init(
    _ entry: AuditEntry, at time: Timestamp, spaceNames: [SpaceID: String], _ reader: any StoreReader
  ) throws {
    let directory = Directory(reader)
    var actorName: String?
    if case .member(let actor) = entry.actor.identity { actorName = try directory.authorName(actor) }
    self.init(
      time: time, event: entry.event, actor: entry.actor, actorName: actorName, member: entry.member,
      name: try entry.member.map { try directory.authorName($0) }, role: entry.role, devices: entry.devices,
      spaces: entry.spaces.map { spaceNames[$0] ?? $0.description }, records: entry.records, field: entry.field,
      counts: entry.counts)
  }
}

extension AuditEntry.Event: JSONConvertible {}
extension AdminActor.Door: JSONConvertible {}

/// Written as `owner`, `hub`, or a member's id.
extension AdminActor.Identity: JSONConvertible {
  package var json: JSON {
    switch self {
    case .machineOwner: "owner".json
    case .hub: "hub".json
    case .member(let member): member.json
    }
  }

  package init(json: JSON) throws(JSONMismatch) {
    switch json {
    case .string("owner"): self = .machineOwner
    case .string("hub"): self = .hub
    default: self = .member(try MemberID(json: json))
    }
  }
}

/// A change of a space, without its values.
package struct AuditedChange: JSONConvertible {
  /// A record that a change edited, and the change's effects on it.
  package struct Record: JSONConvertible {
    package enum Effect: String, JSONConvertible {
      case make, write, delete, erase
    }

    package let record: RecordID
    package let kind: String
    /// The effects on the record, sorted by name.
    package let acts: [Effect]
    package let fields: [String]

    package var json: JSON {
      .object(["record": record.json, "kind": kind.json, "acts": acts.json, "fields": fields.json])
    }
  }

  static let act = "change"

  package let time: Timestamp
  /// The space's name.
  package let space: String
  package let author: MemberID
  /// The author's name.
  package let name: String
  /// The change's dot, as text.
  package let change: String
  /// The reason the change was refused; `nil` if it was accepted.
  package let refused: RefusalReason?
  package let records: [Record]

  package var json: JSON {
    .object([
      "time": time.json, "act": Self.act.json, "space": space.json, "author": author.json, "name": name.json,
      "change": change.json, "refused": refused.json, "records": records.json,
    ])
  }
}

extension AuditedChange {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      time: try json.member("time"), space: try json.member("space"), author: try json.member("author"),
      name: try json.member("name"), change: try json.member("change"), refused: try json.member("refused"),
      records: try json.member("records"))
  }

  init(_ entry: LogEntry, by name: String, in space: Space) {
    let (refused, records): (RefusalReason?, [Record]) =
      switch entry {
      case .void(let void): (void.reason, [])
      case .change, .redacted: (nil, entry.edits.records.map { Record($0, in: entry.edits) })
      }
    let header = entry.header
    self.init(
      time: header.time, space: space.name, author: header.author,
      name: name, change: header.dot.description, refused: refused, records: records)
  }
}

extension AuditedChange.Record {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      record: try json.member("record"), kind: try json.member("kind"), acts: try json.member("acts"),
      fields: try json.member("fields"))
  }

  fileprivate init(_ record: RecordID, in edits: [Edit]) {
    let edits = edits.filter { $0.record == record }
    let acts = Set(
      edits.map { edit -> Effect in
        switch edit.operation {
        case .makePresent: .make
        case .delete: .delete
        case .erase: .erase
        case .assign, .add, .remove, .count, .append: .write
        }
      })
    self.init(
      record: record, kind: edits[0].kind, acts: acts.sorted { $0.rawValue < $1.rawValue },
      fields: Set(edits.compactMap(\.operation.field)).sorted())
  }
}
