// Lists of records, answered from the store's indexes: however many records there are, only those on screen are read.

internal import RecordModel
package import Replication

/// A list of records: the first of them, and how many there are in all.
package struct Listing: Equatable, Sendable {
  package var keys: [RecordKey]
  package let count: Int

  package init(_ keys: [RecordKey], of count: Int) {
    self.keys = keys
    self.count = count
  }
}

/// A record that somebody else has changed.
package struct News: Equatable, Sendable {
  package let key: RecordKey
  /// The position of the last such change in this copy's log of the space.
  package let position: UInt64

  package init(key: RecordKey, position: UInt64) {
    self.key = key
    self.position = position
  }
}

extension MemberSnapshot {
  /// The present records of a kind in the order of their dates, then of their spaces and ids, at most `limit`.
  ///
  /// - Throws: ``ClientError/noSuchKind(_:)``.
  package func listing(kind: String, limit: Int) throws -> Listing {
    guard model.kinds[kind] != nil else { throw ClientError.noSuchKind(kind) }
    var found: [(date: String, order: Int, key: RecordKey)] = []
    var count = 0
    for (order, space) in try reader.spaces().enumerated() {
      count += try reader.listedCount(kind: kind, in: space.id)
      found += try reader.listed(kind: kind, in: space.id, from: "", limit: limit)
        .map { ($0.date, order, RecordKey(space.id, $0.record)) }
    }
    let sorted = found.sorted { ($0.date, $0.order, $0.key.record) < ($1.date, $1.order, $1.key.record) }
    return Listing(sorted.prefix(limit).map(\.key), of: count)
  }

  /// In each space the first present record of a kind, in the order of dates from one on, that is accepted. Reads the
  /// records up to it.
  ///
  /// - Parameter date: The date to begin at, inclusive, as `2026-12-10`.
  package func firstInEachSpace(
    kind: String, from date: String, where isAccepted: (RecordView) throws -> Bool
  ) throws -> [RecordView] {
    try reader.spaces().compactMap { space in
      var (known, limit) = (0, 16)
      while true {
        let listed = try reader.listed(kind: kind, in: space.id, from: date, limit: limit)
        for (record, _) in listed.dropFirst(known) {
          let view = try view(RecordKey(space.id, record))
          if try isAccepted(view) { return view }
        }
        guard listed.count == limit else { return nil }
        (known, limit) = (limit, limit * 4)
      }
    }
  }

  /// The present records of a kind that link to a record, in the order of their spaces' names, then ids. Reads no
  /// others.
  package func listing(kind: String, linkingTo target: RecordID) throws -> [RecordView] {
    try reader.spaces().flatMap { space in
      try reader.listed(kind: kind, in: space.id, linkingTo: target).map { try view(RecordKey(space.id, $0)) }
    }
  }

  /// The present records in whose shown texts every word occurs, or a word that begins with it, in any case and with
  /// any accents; at most `limit`, in the order of their spaces' names, then ids.
  ///
  /// Records written since ``MemberReplica/indexTexts()`` may be missing.
  package func search(_ words: [String], limit: Int) throws -> Listing {
    let found = try reader.search(words, limit: limit)
    let order = try Dictionary(reader.spaces().enumerated().map { ($1.id, $0) }) { first, _ in first }
    let sorted = found.records.sorted { (order[$0.space] ?? 0, $0.record) < (order[$1.space] ?? 0, $1.record) }
    return Listing(sorted, of: found.count)
  }

  // MARK: News

  /// The records that others have changed since the member last looked, the latest change last in each space.
  ///
  /// - Parameter limit: The most records, at least ``Limits/editsPerChangeMax``. Of a change that would be cut in two
  ///   there, no record is in the list.
  package func news(limit: Int) throws -> [News] {
    var news: [News] = []
    for space in try reader.spaces().reversed() where news.count < limit {
      let left = limit - news.count
      var found = try reader.news(
        after: MemberReplica.looked(space.id, reader), in: space.id, without: model.memberKind,
        limit: left == .max ? left : left + 1)
      if found.count > left {
        let cut = found[left].position
        found.removeAll { $0.position == cut }
      }
      news += found.map { News(key: RecordKey(space.id, $0.record), position: $0.position) }
    }
    return news
  }

  /// The number of records that others have changed since the member last looked. Reads none.
  package func newsCount() throws -> Int {
    try reader.spaces().reduce(0) { count, space in
      let looked = try MemberReplica.looked(space.id, reader)
      return count + (try reader.newsCount(after: looked, in: space.id, without: model.memberKind))
    }
  }
}
