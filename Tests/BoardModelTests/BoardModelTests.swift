// The model file is edited by people who do not program: what it says is what happens, or it is refused with the
// line. And a newer one never changes what an offline laptop wrote by the older.

import BoardModel
import RecordModel
import Replication
import Testing

@Suite struct BoardModelTests {
  @Test("the model in the program has every kind the Centre and its board need")
  func standard() throws {
    let model = RecordModel.board
    #expect(model.version == 2)
    #expect(model.spaces.map(\.name) == ["public", "staff", "cab", "cab-reserved", "private"])
    #expect(model.spaces.filter(\.isPerMember).map(\.name) == ["private"])
    #expect(model.label(ofRole: "note-taker") == "the note taker")
    #expect(model.kinds.values.filter { $0.keyPrefix != nil }.count == 33)
    let boards = [
      "meeting", "agenda_item", "paper", "minutes_section", "action", "decision", "view", "private_note", "reply",
      "feedback", "member",
    ]
    for kind in boards { #expect(model.kinds[kind] != nil, "\(kind)") }
    #expect(model.kinds["private_note"]?.spaces == ["private"])
    #expect(model.memberKind == "member" && model.questionKind == "review_item")
    #expect(model.kind(ofKeyPrefix: "rc")?.name == "research_centre")
    #expect(model.kind(ofKeyPrefix: "nobody") == nil)
  }

  @Test("every field has rules and plain words, the common ones too, and each kind a title among its own")
  func complete() throws {
    let model = RecordModel.board
    for (name, kind) in model.kinds {
      let fields = try #require(model.rules.kinds[name]).fields
      #expect(Set(kind.fieldOrder) == Set(fields.keys) && Set(kind.fieldLabels.keys) == Set(fields.keys), "\(name)")
      #expect(fields[kind.titleField] != nil && !kind.spaces.isEmpty, "\(name)")
      for common in ["key", "source", "scope", "set", "home_ref"] {
        #expect(fields[common]?.policy == .once, "\(name).\(common)")
      }
    }
    let event = try #require(model.rules.kinds["event"])
    #expect(event.register(of: "date_precision") == "date" && event.fields["date"]?.policy == .review)
    #expect(model.rules.kinds["meeting"]?.groups == ["date": ["date", "time"]])
    #expect(model.rules.kinds["minutes_section"]?.fields["text"] == FieldRules(.text))
    #expect(
      model.rules.kinds["meeting"]?.fields["status"]
        == FieldRules(.furthest, type: .choice, order: ["planned", "confirmed", "ended", "closed"]))
  }

  @Test("a role named in the member's choices is a role of the model")
  func roles() {
    let model = RecordModel.board
    #expect(model.rules.kinds["member"]?.fields["role"]?.choices == model.roles.map(\.name))
  }

  @Test("records about people say so, with a lawful basis and a time to keep them")
  func personal() {
    for kind in RecordModel.board.kinds.values where kind.personal != .none {
      #expect(kind.basis != RecordModel.board.kinds["unit"]?.basis, "\(kind.name)")
      #expect(kind.keep != RecordModel.board.kinds["unit"]?.keep, "\(kind.name)")
    }
    #expect(RecordModel.board.kinds["public_name"]?.personal == .publicName)
    #expect(RecordModel.board.kinds["private_note"]?.personal == .own)
  }

  @Test("a model keeps its text as it was read, which parses to the same model again")
  func source() throws {
    let model = try RecordModel(parsing: smallModel)
    #expect(model.source == smallModel)
    #expect(try RecordModel(parsing: model.source).incompatibilities(with: model) == [])
  }

  @Test(
    "a mistake in the file is refused by name and line",
    arguments: [
      ("version: 1", "version: 0", .shape(line: 1, word: "version", expected: "a whole number from 1")),
      ("version: 1\n", "\n", .missing(line: 2, word: "version", section: "the model")),
      ("version: 1", "version: 1\ncolours: 2", .unknownWord(line: 2, word: "colours", section: "the model")),
      (
        "version: 1", "version: 1\npeople: thing",
        .shape(line: 2, word: "people", expected: "a kind with the fields name, role")
      ),
      ("version: 1", "version: 1\nversion: 1", .duplicate(line: 1, word: "version")),
      ("version: 1", "version: 1\n'version': 1", .duplicate(line: 1, word: "version")),
      ("title: name", "title: nmae", .titleField(line: 19, field: "nmae")),
      ("spaces: [public]", "spaces: [publik]", .unknownSpace(line: 20, space: "publik")),
      ("spaces: [public]", "spaces: public", .shape(line: 20, word: "spaces", expected: "a list of words, in [ ]")),
      ("  thing:", "  Thing:", .name(line: 16, name: "Thing")),
      ("  member: {", "  _member: {", .name(line: 8, name: "_member")),
      ("owner: one", "owner: many", .notOneOf(line: 6, word: "owner", value: "many", allowed: ["one"])),
      (
        "delete: archive", "delete: sometimes",
        .notOneOf(
          line: 22, word: "delete", value: "sometimes", allowed: ["archive", "revive", "final", "never"])
      ),
      (
        "personal: none", "personal: yes",
        .notOneOf(line: 2, word: "personal", value: "yes", allowed: ["none", "public-name", "own", "special"])
      ),
      (
        "name: {policy: review", "name: {policy: reveiw",
        .notOneOf(
          line: 26, word: "policy", value: "reveiw",
          allowed: ["latest", "review", "set", "counter", "furthest", "append-only", "once", "text"])
      ),
      (
        "type: boolean", "type: bool",
        .notOneOf(
          line: 32, word: "type", value: "bool",
          allowed: ["text", "integer", "boolean", "link", "choice", "date", "time", "any"])
      ),
      (
        "name: {policy: review", "name: {polcy: review",
        .unknownWord(line: 26, word: "polcy", section: "the field 'name'")
      ),
      (
        "name: {policy: review, label: Name}", "name: {policy: review}",
        .missing(line: 26, word: "label", section: "the field 'name'")
      ),
      (
        "name: {policy: review, label: Name}", "name: {policy: review, label: }",
        .shape(line: 26, word: "label", expected: "words")
      ),
      ("order: [open, ended], ", "", .orderMissing(line: 29, field: "status")),
      ("order: [open, ended]", "order: [open, open]", .duplicate(line: 29, word: "open")),
      ("name: {policy: review", "name: {policy: review, order: [a]", .orderUnwanted(line: 26, field: "name")),
      ("choices: [red, blue], ", "", .choices(line: 30, field: "colour")),
      ("name: {policy: review", "name: {policy: review, choices: [a]", .choices(line: 26, field: "name")),
      (
        "words: {policy: set", "words: {policy: counter",
        .typeOfPolicy(line: 33, field: "words", policy: "counter", type: "text")
      ),
      ("other_ref: {policy: latest, type: link", "other_ref: {policy: latest", .linkName(line: 34, field: "other_ref")),
      ("words: {policy: set", "words: {policy: set, type: link", .linkName(line: 33, field: "words")),
      ("other_refs: {policy: set", "other_refs: {policy: latest", .linkName(line: 35, field: "other_refs")),
      ("count: {", "source: {", .commonField(line: 31, field: "source")),
      ("day: [day, exact]", "day: [exact, day]", .group(line: 24, group: "day", problem: .notNamedForFirstField)),
      ("day: [day, exact]", "day: [day]", .group(line: 24, group: "day", problem: .fewerThanTwoFields)),
      ("day: [day, exact]", "day: [day, hour]", .group(line: 24, group: "day", problem: .notAField("hour"))),
      ("day: [day, exact]", "day: [day, count]", .group(line: 24, group: "day", problem: .mixedPolicies)),
      (
        "day: [day, exact]", "words: [words, other_refs]",
        .group(line: 24, group: "words", problem: .unfitPolicy("set"))
      ),
      (
        "day: [day, exact]", "day: [day, exact]\n      name: [name, exact]",
        .group(line: 25, group: "name", problem: .fieldInTwoGroups("exact"))
      ),
      ("label: thing", "label: [thing]", .shape(line: 17, word: "label", expected: "words")),
      ("label: thing", "label: &a thing", .anchor(line: 17)),
      ("version: 1", "version: 1\nx: [[[[[[[[[[]]]]]]]]]]", .tooDeep(line: 2)),
      ("version: 1", "version: 1\n? [a]\n: 1", .shape(line: 2, word: "the name of a section", expected: "one word")),
    ] as [(String, String, ModelError)])
  func refuses(piece: String, change: String, expected: ModelError) {
    let text = smallModel.changing(piece, to: change)
    let error = #expect(throws: ModelError.self) { try RecordModel(parsing: text) }
    #expect(error == expected)
    // Every refusal names where to look and what is wrong, as a sentence.
    #expect(error.map { $0.description.hasPrefix("Line ") && $0.description.hasSuffix(".") } ?? false)
  }

  /// A key prefix names one kind, or links by key would be ambiguous.
  @Test("two kinds cannot have one key")
  func sharedPrefix() throws {
    let kind = try #require(smallModel.split(separator: "kinds:\n").last)
    let text = smallModel + kind.replacingFirst("thing:", with: "other:")
    let error = #expect(throws: ModelError.self) { try RecordModel(parsing: text) }
    #expect(error == .sharedKeyPrefix(line: 36, prefix: "thing"))
  }

  @Test(
    "what is not a model at all is refused and never stops the program",
    arguments: [
      "", "\n", "a", "1", "- 1", "version: 1", "version: [", "\t\tx", "{{{{", "---\na: 1\n---\nb: 2", "*a", "\u{0}",
      "%YAML 9.9\n---\n", "version: 1\nx: &a [*a]", "! ", "a: !!binary x", "\u{feff}version: 1",
      String(repeating: "[", count: 200_000), String(repeating: "{a: ", count: 200_000),
      String(repeating: "- ", count: 200_000), String(repeating: "? ", count: 200_000),
    ])
  func refusesRubbish(text: String) {
    #expect(throws: ModelError.self) { try RecordModel(parsing: text) }
  }

  @Test(
    "a sign of YAML put anywhere gives a model or a named refusal",
    arguments: [":", "[", "]", "{", "}", "&", "*", "!", "|", "-", "?", "\"", "#", "%", "\n", "\t", "\u{85}"])
  func mutations(sign: Character) {
    let characters = Array(smallModel)
    for place in stride(from: 0, to: characters.count, by: 17) {
      var mutated = characters
      mutated[place] = sign
      _ = try? RecordModel(parsing: String(mutated))
    }
  }

  @Test("a file of a few lines that stands for a terabyte is refused before it is read")
  func bomb() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
    }
    #expect(throws: ModelError.anchor(line: 1)) { try RecordModel(parsing: text) }
    #expect(throws: ModelError.anchor(line: 1)) { try RecordModel(parsing: "{\"a\":&a x}") }
    #expect(throws: ModelError.anchor(line: 1)) { try RecordModel(parsing: "[x,&a x]") }
  }

  @Test("an ampersand in a label is only an ampersand")
  func ampersand() throws {
    let model = try RecordModel(parsing: smallModel.changing("label: thing", to: "label: R&D & more"))
    #expect(model.kinds["thing"]?.label == "R&D & more")
  }

  @Test("a list longer than any person would write is refused")
  func tooMany() {
    let words = (0...RecordModel.wordsMax).map { "w\($0)" }.joined(separator: ", ")
    let text = smallModel.changing("[red, blue]", to: "[\(words)]")
    #expect(throws: ModelError.tooMany(line: 30, count: RecordModel.wordsMax + 1)) {
      try RecordModel(parsing: text)
    }
  }

  @Test("a file over a mebibyte is refused")
  func tooLarge() {
    let text = smallModel + String(repeating: "#", count: RecordModel.bytesMax)
    #expect(throws: ModelError.tooLarge(bytes: text.utf8.count)) { try RecordModel(parsing: text) }
  }
}

extension StringProtocol {
  fileprivate func replacingFirst(_ piece: String, with other: String) -> String {
    String(self).changing(piece, to: other)
  }
}
