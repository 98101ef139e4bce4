// The promises about lists: records by kind and date, news, and words.

import Replication
import Testing

extension StorePromise {
  static let lists = [
    StorePromise("lists the present and disputed records of a kind by date, then id, from a date on") { store in
      try store.write { transaction in
        let dates: [(UInt8, String)] = [
          (5, "2026-12-10"), (4, RecordProjection.noDate), (3, "2026-12-10"), (2, "2026-11"),
        ]
        for (number, date) in dates { try transaction.put(RecordState(kind: "note"), at: id(number), date: date) }
        try transaction.put(RecordState(kind: "note"), at: id(6), presence: .deleted, date: "2026-12-11")
        try transaction.put(RecordState(kind: "note"), at: id(7), presence: .disputed, date: "2026-12-12")
        try transaction.put(RecordState(kind: "event"), at: id(8), date: "2026-12-10")
        try transaction.put(RecordState(kind: "note"), at: id(9), in: reserved)
      }
      try store.read { reader throws in
        let all = try reader.listed(kind: "note", in: board, from: "", limit: .max)
        #expect(all.map(\.record) == [id(2), id(3), id(5), id(7), id(4)])
        #expect(all.map(\.date) == ["2026-11", "2026-12-10", "2026-12-10", "2026-12-12", "~"])
        let later = try reader.listed(kind: "note", in: board, from: "2026-12-10", limit: 2)
        #expect(later.map(\.record) == [id(3), id(5)])
        #expect(try reader.listedCount(kind: "note", in: board) == 5)
        #expect(try reader.listedCount(kind: "paper", in: board) == 0)
      }
      try store.write { try $0.put(RecordState(kind: "note"), at: id(3), presence: .erased) }
      #expect(try store.read { try $0.listedCount(kind: "note", in: board) } == 4)
    },
    StorePromise("lists the records of a kind that link to a record, wherever in them the link is") { store in
      let (target, other) = (RecordID.random(), RecordID.random())
      let fields: [[String: Value]] = [
        ["ref": .link(target)], ["refs": .list([.link(other), .link(target)])], ["ref": .link(other)],
        ["when": .map(["place": .link(target)])], ["title": .text("as in \(target)")],
      ]
      try store.write { transaction in
        for (number, shown) in fields.enumerated() {
          try transaction.put(RecordState(kind: "note"), at: id(UInt8(9 - number)), shownFields: shown)
        }
        try transaction.put(RecordState(kind: "event"), at: id(1), shownFields: fields[0])
        try transaction.put(RecordState(kind: "note"), at: id(2), presence: .deleted, shownFields: fields[0])
      }
      #expect(
        try store.read { try $0.listed(kind: "note", in: board, linkingTo: target) } == [id(6), id(8), id(9)])
    },
    StorePromise("knows which records are news after a position, and keeps that while their states change") { store in
      try store.write { transaction in
        for number: UInt8 in 1...5 { try transaction.put(RecordState(kind: "note"), at: id(number)) }
        try transaction.put(RecordState(kind: "member"), at: id(6))
        for (number, position) in [(4, 7), (1, 9), (2, 7), (6, 8)] as [(UInt8, UInt64)] {
          try transaction.setNews(of: RecordKey(board, id(number)), at: position)
        }
        try transaction.setNews(of: RecordKey(board, id(5)), at: 3)
        try transaction.setNews(of: RecordKey(board, id(5)), at: nil)
        // Nobody's news: this copy does not hold it.
        try transaction.setNews(of: RecordKey(board, id(9)), at: 3)
        try transaction.put(RecordState(kind: "note"), at: id(4), presence: .deleted)
      }
      try store.read { reader throws in
        let news = try reader.news(after: 0, in: board, without: "member", limit: .max)
        #expect(news.map(\.record) == [id(2), id(4), id(1)] && news.map(\.position) == [7, 7, 9])
        #expect(try reader.news(after: 0, in: board, without: "member", limit: 1).map(\.record) == [id(2)])
        #expect(try reader.news(after: 7, in: board, without: "member", limit: .max).map(\.record) == [id(1)])
        #expect(try reader.newsCount(after: 0, in: board, without: "member") == 3)
        #expect(try reader.newsCount(after: 7, in: board, without: "paper") == 2)
        #expect(try reader.newsCount(after: .max, in: board, without: "member") == 0)
      }
      try store.write { transaction in
        try transaction.removeRecord(RecordKey(board, id(1)))
        try transaction.put(RecordState(kind: "note"), at: id(1))
      }
      #expect(try store.read { try $0.newsCount(after: 0, in: board, without: "member") } == 2)
    },
    StorePromise("finds records by the beginnings of their words, in any case and with any accents") { store in
      try store.fill([7: "Carers\u{2019} e-mail from Z\u{fc}rich, na\u{ef}ve", 8: "The carer of 12 pets"])
      #expect(try store.found("carer") == [id(7), id(8)])
      #expect(try store.found("CARERS") == [id(7)])
      #expect(try store.found("zurich", "naive") == [id(7)])
      #expect(try store.found("Z\u{fc}ri") == [id(7)] && store.found("zu\u{308}ri") == [id(7)])
      #expect(try store.found("carer", "12") == [id(8)])
      #expect(try store.found("e-mai") == [id(7)] && store.found("mail-e") == [])
      #expect(try store.found("arers") == [] && store.found("carers", "pets") == [])
      #expect(try store.read { try $0.search(["carer"], limit: 1).count } == 2)
      #expect(try store.read { try $0.search(["carer"], limit: 1).records } == [RecordKey(board, id(7))])
    },
    StorePromise("takes whatever is typed as words, never as a query") { store in
      try store.fill([7: "carers and NOT buses near", 8: "trains"])
      for word in ["\"", "\"\"", "'", "*", "(", ")", "^", ":", "-", "+", "\u{0}", "", " ", "\u{1f389}", "\u{301}"] {
        #expect(try store.found(word) == [], "\(word)")
        #expect(try store.found(word, "trains") == [id(8)], "\(word)")
      }
      #expect(try store.found("NOT", "carers") == [id(7)] && store.found("NOT") == [id(7)])
      #expect(try store.found("carers OR trains") == [] && store.found("NEAR(carers") == [])
      #expect(try store.found("words:carers") == [] && store.found("\"carers\"") == [id(7)])
      #expect(try store.found("ca\"rers") == [] && store.found("car\u{0}ers") == [])
      #expect(try store.found() == [])
      let many = (0..<10_000).map { "word\($0)" }
      #expect(try store.read { try $0.search(many, limit: .max).records }.isEmpty)
      try store.fill([9: many.joined(separator: " ")])
      #expect(try store.read { try $0.search(many, limit: .max).records } == [RecordKey(board, id(9))])
      #expect(try store.read { try $0.search(many + ["other"], limit: .max).count } == 0)
    },
    StorePromise("finds a record by the words it has now, and not at all once it is deleted or gone") { store in
      try store.fill([6: "buses", 7: "buses", 8: "buses"])
      try store.fill([7: "trains"])
      #expect(try store.found("buses") == [id(6), id(8)] && store.found("trains") == [id(7)])
      try store.write { transaction in
        let projection = RecordProjection(presence: .deleted, fields: ["title": .text("trains")])
        try transaction.put(RecordState(kind: "note"), at: RecordKey(board, id(7)), projection: projection)
        try transaction.removeRecord(RecordKey(board, id(8)))
        try transaction.put(RecordState(kind: "note"), at: id(9), shownFields: ["title": .text("planes")])
      }
      // Old words are gone at once; new ones may wait until the index is brought up to date.
      #expect(try store.found("trains") == [] && store.found("buses") == [id(6)])
      try store.indexTexts()
      #expect(try store.found("planes") == [id(9)] && store.found("buses") == [id(6)])
      try store.fill([7: "trains"])
      #expect(try store.found("trains") == [id(7)])
      try store.write { try $0.didErase() }
      try store.indexTexts()
      #expect(try store.found("trains") == [id(7)] && store.found("buses") == [id(6)])
      try store.write { try $0.removeSpace(board) }
      try store.indexTexts()
      #expect(try store.found("trains") == [])
    },
    StorePromise("searches texts and numbers, in lists and groups too, but no links and no bytes") { store in
      let link = RecordID(bytes: [UInt8](repeating: 0xab, count: 16))!
      try store.write { transaction in
        let fields: [String: Value] = [
          "tags": .list([.text("care"), .text("pain")]),
          "when": .map(["place": .text("Annexe"), "seats": .integer(40)]),
          "meeting": .link(link), "key": .bytes([0xab, 0xab]), "open": .bool(true), "gone": .null,
          "bytes": .text("plain"),
        ]
        try transaction.put(RecordState(kind: "note"), at: id(7), shownFields: fields)
      }
      try store.indexTexts()
      for word in ["pain", "annexe", "40", "plain"] { #expect(try store.found(word) == [id(7)], "\(word)") }
      for word in ["abab", "abababab-abab", "true", "null", "place", "note"] { #expect(try store.found(word) == []) }
    },
  ]
}

extension ReplicaStore {
  /// Puts notes on the board, by id and title, and indexes them.
  fileprivate func fill(_ titles: [UInt8: String]) throws {
    try write { transaction in
      for (number, title) in titles.sorted(by: { $0.key < $1.key }) {
        try transaction.put(RecordState(kind: "note"), at: id(number), shownFields: ["title": .text(title)])
      }
    }
    try indexTexts()
  }

  /// The records that have every word, in the order in which they were put.
  fileprivate func found(_ words: String...) throws -> [RecordID] {
    let (records, count) = try read { try $0.search(words, limit: .max) }
    #expect(count == records.count)
    return records.map(\.record)
  }
}
