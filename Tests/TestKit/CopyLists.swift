// What a copy's lists must say, derived from its log and states alone, to be compared with what its store's indexes
// say.

package import ClientCore
internal import RecordModel
package import Replication

extension MemberReplica {
  /// The records whose place in the lists of this copy is not the one that its log, states and model give.
  package func misplacedRecords() throws -> [RecordKey] {
    let (member, rules) = (try membership().member, try model().rules)
    return try store.read { reader in
      try reader.spaces().flatMap { space in
        var states: [RecordID: RecordState] = [:]
        try reader.forEachRecord(in: space.id, kind: nil) { states[$0] = $1 }
        let news = try reader.news(after: 0, in: space.id, without: "", limit: .max)
        let positions = Dictionary(uniqueKeysWithValues: news.map { ($0.record, $0.position) })
        let listed = try Set(states.values.map(\.kind)).flatMap { kind in
          try reader.listed(kind: kind, in: space.id, from: "", limit: .max)
        }
        let dates = Dictionary(uniqueKeysWithValues: listed.map { ($0.record, $0.date) })
        return try states.filter { record, state in
          let rows = try reader.rows(touching: RecordKey(space.id, record))
          let projection = RecordProjection(of: state, by: rules)
          return positions[record] != rows.last { $0.entry.header.author != member }?.position
            || dates[record] != (projection.presence.isThere ? projection.date : nil)
        }.keys.map { RecordKey(space.id, $0) }
      }
    }
  }
}
