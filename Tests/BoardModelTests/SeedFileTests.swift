// The first run shows the Centre's real content: all of it, without doubles, without contact details; and an
// import file with a mistake is refused whole, with the line.

import BoardModel
import JSONText
import RecordModel
import Replication
import Testing

@Suite struct SeedFileTests {
  private let model = RecordModel.board

  @Test("every real record is read: 214 of them, in three sets")
  func counts() throws {
    let seed = try SeedFile(parsing: seedBytes(), model: model)
    #expect(seed.records.count == 214)
    let sets = Dictionary(grouping: seed.records, by: \.set).mapValues(\.count)
    #expect(sets == ["core": 147, "leeds": 48, "names": 19])
    #expect(Set(seed.records.map(\.kind)).count == 33)
    let spaces = Dictionary(grouping: seed.records, by: \.spaceName).mapValues(\.count)
    #expect(spaces == ["public": 202, "staff": 12])
    #expect(Set(seed.records.map(\.id)).count == 214)
  }

  @Test("the seven real disagreements arrive as questions for a person")
  func questions() throws {
    let seed = try SeedFile(parsing: seedBytes(), model: model)
    let questions = seed.records.flatMap { record in
      record.fields.filter(\.value.isQuestion).map { "\(record.key) \($0.key)" }
    }
    #expect(
      questions.sorted() == [
        "event/2022-autumn-valuing-potential kind", "group/executive meetings_per_year", "name/cls-lead name",
        "name/codirector-2 name", "org/basw name", "org/dhsc name", "org/herts-acs name",
      ])
    let executive = seed.records.first { $0.key == "group/executive" }
    #expect(executive?.fields["meetings_per_year"] == SeedField([.integer(6), .integer(24)], isQuestion: true))
  }

  @Test("two readings give the same ids, so that two first runs make no doubles")
  func sameIDs() throws {
    let bytes = try seedBytes()
    #expect(try SeedFile(parsing: bytes, model: model) == SeedFile(parsing: bytes, model: model))
    #expect(try SeedFile(parsing: bytes + bytes, model: model) == SeedFile(parsing: bytes, model: model))
    let first = try #require(try SeedFile(parsing: bytes, model: model).records.first)
    #expect(first.id == RecordID.fixed(kind: "institution", key: "inst/birmingham"))
  }

  @Test("every link of the real records is to one of them")
  func links() throws {
    let seed = try SeedFile(parsing: seedBytes(), model: model)
    #expect(Set(seed.links).subtracting(seed.records.map(\.id)).isEmpty)
    #expect(seed.links.count > 400)
  }

  @Test("the real records hold no contact detail")
  func contactDetails() throws {
    let text = String(decoding: try seedBytes(), as: UTF8.self)
    #expect(ContactDetail.found(in: text) == nil)
  }

  @Test("every value of the real records is one its field's rules take")
  func fitting() throws {
    for record in try SeedFile(parsing: seedBytes(), model: model).records {
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
    let seed = try SeedFile(parsing: line(#""other_refs": ["thing/2", "thing/3"]"#), model: small())
    let expected = ["thing/2", "thing/3"].map { RecordID.fixed(kind: "thing", key: $0) }
    #expect(seed.links == expected)
    #expect(seed.records[0].fields["other_refs"] == SeedField(expected.map { .link($0) }))
  }

  @Test("text is normalised on entry, null is absent, blank lines are skipped, a single value is a set of one")
  func entry() throws {
    let bytes = Array("\n \r\n".utf8) + line(#""name": "Cafe\u0301", "colour": null, "words": "one""#) + [0x0a]
    let record = try #require(try SeedFile(parsing: bytes, model: small()).records.first)
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
    let model = try small()
    let good = line(#""name": "fine""#, key: "thing/0") + [0x0a]
    let error = #expect(throws: SeedError.self) {
      try SeedFile(parsing: good + line(fields), model: model)
    }
    #expect(error == SeedError(line: 2, problem: expected))
    #expect(error?.description.hasPrefix("Line 2: ") ?? false)
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
    let model = try small()
    #expect(throws: SeedError(line: 1, problem: expected)) { try SeedFile(parsing: Array(text.utf8), model: model) }
  }

  @Test("a key that appears twice with different content is refused; an identical repetition is read once")
  func twice() throws {
    let model = try small()
    let one = line(#""name": "a""#) + [0x0a]
    #expect(try SeedFile(parsing: one + one, model: model).records.count == 1)
    #expect(throws: SeedError(line: 2, problem: .keyTwice("thing/1"))) {
      try SeedFile(parsing: one + line(#""name": "b""#), model: model)
    }
  }

  @Test("files and lines over their limits are refused before they are read")
  func limits() throws {
    let model = try small()
    let long = Array(repeating: UInt8(ascii: "x"), count: SeedFile.lineBytesMax + 1)
    #expect(throws: SeedError(line: 1, problem: .lineTooLarge(bytes: long.count))) {
      try SeedFile(parsing: long, model: model)
    }
    let huge = [UInt8](repeating: 0x0a, count: SeedFile.bytesMax + 1)
    #expect(throws: SeedError(line: 0, problem: .fileTooLarge(bytes: huge.count))) {
      try SeedFile(parsing: huge, model: model)
    }
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

  private func small() throws -> RecordModel { try RecordModel(parsing: smallModel) }

  /// A line of the small model's kind, with these fields beside the needed ones.
  private func line(_ fields: String, key: String = "thing/1") -> [UInt8] {
    Array(#"{"type": "thing", "key": "\#(key)", "fields": {"set": "s", "scope": "public", \#(fields)}}"#.utf8)
  }
}
