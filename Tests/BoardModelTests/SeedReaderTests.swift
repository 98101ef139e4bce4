// The first run shows the Centre's real content: all of it, without doubles, without contact details; and an
// import file with a mistake is refused whole, with the line.

import BoardModel
import JSONText
import RecordModel
import Replication
import Testing

@Suite struct SeedReaderTests {
  private let model = RecordModel.board

  @Test("every real record is read: 214 of them, in three sets")
  func counts() throws {
    let seed = try records()
    #expect(seed.count == 214)
    let sets = Dictionary(grouping: seed, by: \.set).mapValues(\.count)
    #expect(sets == ["core": 147, "leeds": 48, "names": 19])
    #expect(Set(seed.map(\.kind)).count == 33)
    let spaces = Dictionary(grouping: seed, by: \.spaceName).mapValues(\.count)
    #expect(spaces == ["public": 202, "staff": 12])
    #expect(Set(seed.map(\.id)).count == 214)
  }

  @Test("the seven real disagreements arrive as questions for a person")
  func questions() throws {
    let seed = try records()
    let questions = seed.flatMap { record in
      record.fields.filter(\.value.isQuestion).map { "\(record.key) \($0.key)" }
    }
    #expect(
      questions.sorted() == [
        "event/2022-autumn-valuing-potential kind", "group/executive meetings_per_year", "name/cls-lead name",
        "name/codirector-2 name", "org/basw name", "org/dhsc name", "org/herts-acs name",
      ])
    let executive = seed.first { $0.key == "group/executive" }
    #expect(executive?.fields["meetings_per_year"] == SeedField([.integer(6), .integer(24)], isQuestion: true))
  }

  @Test("two readings give the same ids, so that two first runs make no doubles")
  func sameIDs() throws {
    #expect(try records() == records())
    let first = try #require(try records().first)
    #expect(first.id == RecordID.fixed(kind: "institution", key: "inst/birmingham"))
  }

  @Test("every link of the real records is to one of them")
  func links() throws {
    let seed = try records()
    #expect(Set(seed.flatMap(\.links)).subtracting(seed.map(\.id)).isEmpty)
    #expect(seed.flatMap(\.links).count > 400)
  }

  @Test("the real records hold no contact detail")
  func contactDetails() throws {
    let text = String(decoding: try seedBytes(), as: UTF8.self)
    #expect(ContactDetail.found(in: text) == nil)
  }

  @Test("every value of the real records is one its field's rules take")
  func fitting() throws {
    for record in try records() {
      let rules = try #require(model.rules.kinds[record.kind])
      for (name, field) in record.fields {
        let policy = rules.fields[name]?.policy
        #expect(field.values.count == 1 || field.isQuestion || policy == .set, "\(record.key) \(name)")
        #expect(field.values.allSatisfy { rules.fields[name]?.refusal(of: $0) == nil }, "\(record.key) \(name)")
      }
    }
  }

  @Test("links may point at records that have not come yet, and may be counted")
  func forwardLinks() throws {
    let record = try SeedReader(small()).record(line(#""other_refs": ["thing/2", "thing/3"]"#)[...])
    let expected = ["thing/2", "thing/3"].map { RecordID.fixed(kind: "thing", key: $0) }
    #expect(record.links == expected)
    #expect(record.fields["other_refs"] == SeedField(expected.map { .link($0) }))
  }

  @Test("text is normalised on entry, null is absent, a single value is a set of one")
  func entry() throws {
    let record = try SeedReader(small()).record(line(#""name": "Cafe\u0301", "colour": null, "words": "one""#)[...])
    #expect(record.fields["name"]?.values.first?.canonicalBytes == Value.text("Caf\u{e9}").canonicalBytes)
    #expect(record.fields["colour"] == nil)
    #expect(record.fields["words"] == SeedField([.text("one")]))
    #expect(record.fields["key"] == SeedField([.text("thing/1")]))
    #expect(record.fields["scope"] == SeedField([.text("public")]))
  }

  @Test(
    "a field that cannot be right is refused by name",
    arguments: [
      (#""nmae": "x""#, .unknownField("nmae")),
      (#""key": "thing/1""#, .unknownField("key")),
      (#""name": 1"#, .wrongType(field: "name")),
      (#""name": {"a": 1}"#, .wrongType(field: "name")),
      (#""count": "1""#, .wrongType(field: "count")),
      (#""count": 1.5"#, .wrongType(field: "count")),
      (#""count": 9223372036854775808"#, .wrongType(field: "count")),
      (#""ready": "yes""#, .wrongType(field: "ready")),
      (#""day": "tomorrow""#, .wrongType(field: "day")),
      (#""day": "2022-13""#, .wrongType(field: "day")),
      (#""colour": "green""#, .wrongType(field: "colour")),
      (#""status": "begun""#, .wrongType(field: "status")),
      (#""words": ["a", null]"#, .wrongType(field: "words")),
      (#""words": [["a"]]"#, .wrongType(field: "words")),
      (#""other_ref": 7"#, .wrongType(field: "other_ref")),
      (#""other_ref": "ghost/1""#, .unknownLink(field: "other_ref", key: "ghost/1")),
      (#""other_refs": ["thing"]"#, .unknownLink(field: "other_refs", key: "thing")),
      (#""name": ["a", "b"]"#, .manyValues(field: "name")),
      (#""name": ["a"], "_review": ["name"]"#, .noQuestion(field: "name")),
      (#""name": ["a", "a"], "_review": ["name"]"#, .noQuestion(field: "name")),
      (#""name": "a", "_review": ["name"]"#, .noQuestion(field: "name")),
      (#""name": null, "_review": ["name"]"#, .noQuestion(field: "name")),
      (#""_review": ["name"]"#, .noQuestion(field: "name")),
      (#""words": ["a", "b"], "_review": ["words"]"#, .noQuestion(field: "words")),
      (#""_review": "name""#, .wrongType(field: "_review")),
      (#""name": "a\u0000""#, .json(.text)),
      (#""name": "a", "name": "a""#, .json(.duplicateKey)),
      (#""name": "write to j.smith@example.org""#, .contactDetail(field: "name", .emailAddress)),
      (#""source": ["call 0121 496 0000"]"#, .contactDetail(field: "source", .phoneNumber)),
      (#""words": ["+44 (0)121 496-0000"]"#, .contactDetail(field: "words", .phoneNumber)),
    ] as [(String, SeedProblem)])
  func refusesFields(fields: String, expected: SeedProblem) throws {
    let reader = SeedReader(try small())
    #expect(throws: expected) { try reader.record(line(fields)[...]) }
  }

  @Test(
    "a line that is no record is refused by name",
    arguments: [
      ("x", .json(.syntax)), ("{", .json(.truncated)), ("{} {}", .json(.trailing)), ("[]", .notAnObject),
      ("{}", .missing("type")), (#"{"type": "thing"}"#, .missing("key")),
      (#"{"type": "thing", "key": "thing/1"}"#, .missing("fields")),
      (#"{"type": "thing", "key": "thing/1", "fields": []}"#, .missing("fields")),
      (#"{"type": 1, "key": "thing/1", "fields": {}}"#, .missing("type")),
      (#"{"type": "thing", "key": "thing/1", "fields": {}, "id": 1}"#, .extra("id")),
      (#"{"type": "ghost", "key": "thing/1", "fields": {}}"#, .unknownType("ghost")),
      (#"{"type": "thing", "key": "other/1", "fields": {}}"#, .wrongKey("other/1")),
      (#"{"type": "thing", "key": "thing/", "fields": {}}"#, .wrongKey("thing/")),
      (#"{"type": "thing", "key": "thing/a b", "fields": {}}"#, .wrongKey("thing/a b")),
      (#"{"type": "thing", "key": "thing/é", "fields": {}}"#, .wrongKey("thing/é")),
      (#"{"type": "thing", "key": "thing/a@b", "fields": {}}"#, .contactDetail(field: "key", .emailAddress)),
      (#"{"type": "thing", "key": "thing/1", "fields": {"scope": "public"}}"#, .missing("set")),
      (#"{"type": "thing", "key": "thing/1", "fields": {"set": "s"}}"#, .missing("scope")),
      (
        #"{"type": "thing", "key": "thing/1", "fields": {"set": "s", "scope": "secret"}}"#,
        .unknownScope("secret")
      ),
      (
        #"{"type": "thing", "key": "thing/1", "fields": {"set": "s", "scope": "centre-staff"}}"#,
        .wrongScope(type: "thing", scope: "centre-staff")
      ),
    ] as [(String, SeedProblem)])
  func refusesLines(text: String, expected: SeedProblem) throws {
    let reader = SeedReader(try small())
    #expect(throws: expected) { try reader.record(Array(text.utf8)[...]) }
  }

  @Test(
    "telephone numbers and e-mail addresses are found however they are written",
    arguments: [
      ("0121 496 0000", .phoneNumber), ("(0121) 496-0000", .phoneNumber), ("+44.121.496.0000", .phoneNumber),
      ("tel:01214960000.", .phoneNumber), ("+61 3 9000 0000", .phoneNumber),
      ("0121\u{2011}496\u{a0}0000", .phoneNumber), ("Room 12 0121 496 0000", .phoneNumber),
      ("on 3 March 07700 900000", .phoneNumber), ("０１２１４９６００００", .phoneNumber),
      ("a@b.org", .emailAddress), ("<j.o'neil@uni.example>", .emailAddress), ("é@é.example", .emailAddress),
      ("a＠b.org", .emailAddress),
    ] as [(String, ContactDetail)])
  func findsContactDetails(text: String, expected: ContactDetail) {
    #expect(ContactDetail.found(in: text) == expected)
  }

  @Test(
    "dates, sums, file names and years are no telephone numbers",
    arguments: [
      "2013-03-28", "2017-06 to 2019-06", "2026-01-05 - 2026-02-05", "2022-04-01 10:30", "000_76be4c231efe5356.txt",
      "002_77c9c020720df4ce.txt", "60000000", "1234567890", "meet @ noon", "@bham", "R & D", "01/02/2026",
    ])
  func leavesOthers(text: String) {
    #expect(ContactDetail.found(in: text) == nil)
  }

  /// The Centre's real records.
  private func records() throws -> [SeedRecord] {
    let reader = SeedReader(model)
    return try seedBytes().split(separator: 0x0a).map { try reader.record($0) }
  }

  private func small() throws -> RecordModel { try RecordModel(parsing: smallModel) }

  /// A line of the small model's kind, with these fields beside the needed ones.
  private func line(_ fields: String, key: String = "thing/1") -> [UInt8] {
    Array(#"{"type": "thing", "key": "\#(key)", "fields": {"set": "s", "scope": "public", \#(fields)}}"#.utf8)
  }
}
