// `partner records`: what this hub holds of a partner's.

package import JSONText
internal import PartnerExchange
internal import RecordModel
package import Replication
internal import SyncHub

/// Lists the records that a partner has given.
package struct PartnerRecordsCommand: AdminCommand {
  package static let name = "partner records"
  let partner: String

  package var parameters: [String: JSON] { ["name": partner.json] }
  package init(_ partner: String) { self.partner = partner }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("name")) }

  /// The most entries that are told at a time.
  private static let batch = 200

  package func run(in hub: AdminContext, telling: ([ReceivedRecord]) throws -> Void) throws -> ReceivedRecords {
    let spaces = try hub.store.read { reader in
      let partner = try hub.partner(called: partner, in: reader)
      return try PartnerSpace.all(in: reader).compactMap { space, part -> SpaceID? in
        if case .received(partner.member, _, _, false) = part { space } else { nil }
      }
    }
    var count = 0
    for space in spaces {
      var after: RecordID?
      while true {
        let page = try hub.store.read { try Self.page(of: space, after: after, hub.model, $0) }
        guard let last = page.last else { break }
        after = last.record
        let standing = page.compactMap(\.shown)
        count += standing.count
        if !standing.isEmpty { try telling(standing) }
      }
    }
    return ReceivedRecords(count: count)
  }

  /// The next records of a space, with what is shown of those that stand.
  private static func page(
    of space: SpaceID, after: RecordID?, _ model: RecordModel, _ reader: any StoreReader
  ) throws -> [(record: RecordID, shown: ReceivedRecord?)] {
    var records: [RecordID] = []
    try reader.forEachStoredRecord(after: after, in: space) { id, _ in
      guard let record = RecordID(bytes: id) else { throw StoreError.corrupt("a record's id") }
      records.append(record)
      return records.count < batch
    }
    return try records.map { record in
      guard let state = try reader.record(RecordKey(space, record)), !state.isErased else { return (record, nil) }
      let shown = state.shownFields(by: model.rules)
      let title = model.kinds[state.kind]?.titleField
      let text: String = if let title, case .text(let text)? = shown[title] { text } else { "" }
      return (record, ReceivedRecord(id: record, kind: state.kind, title: text))
    }
  }
}

/// One record that a partner has given.
package struct ReceivedRecord: JSONConvertible {
  package let id: RecordID
  package let kind: String
  package let title: String
  package var json: JSON { .object(["id": id.json, "kind": kind.json, "title": title.json]) }
}

extension ReceivedRecord {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(id: try json.member("id"), kind: try json.member("kind"), title: try json.member("title"))
  }
}

package struct ReceivedRecords: JSONConvertible {
  package let count: Int
  package var json: JSON { .object(["records": count.json]) }
}

extension ReceivedRecords {
  package init(json: JSON) throws(JSONMismatch) { self.init(count: try json.member("records")) }
}
