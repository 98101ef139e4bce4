// A newer model may only add (Docs/architecture.md, The model: the group and policy of a released field never change).

import RecordModel
import Testing

@Suite struct SuccessionTests {
  @Test(
    "what only adds, with a higher version, may follow",
    arguments: [
      ("label: thing", "label: nice thing"),
      ("version", "# a comment\nversion"),
      ("order: [open, ended]", "order: [open, ended, filed]"),
      ("choices: [red, blue]", "choices: [green, red, blue]"),
      ("spaces: [public]", "spaces: [staff, public]"),
      ("count: {", "size: {policy: latest, label: Size}\n      count: {"),
      ("day: [day, exact]", "day: [day, exact, zone]"),
      ("  public: {", "  new: {label: New}\n  public: {"),
      ("  member: {", "  chair: {label: the chair}\n  member: {"),
    ])
  func allowed(piece: String, change: String) throws {
    let older = try RecordModel(parsing: smallModel)
    var text = smallModel.changing(piece, to: change).changing("version: 1", to: "version: 2")
    if change.contains("zone") { text += "      zone: {policy: review, label: Zone}\n" }
    #expect(try RecordModel(parsing: text).incompatibilities(with: older) == [])
  }

  @Test(
    "what takes away or changes the meaning of what was written may not",
    arguments: [
      ("mine: {label: Mine, owner: one}", "yours: {label: Yours, owner: one}", .spaceRemoved("mine")),
      ("Mine, owner: one", "Mine", .spaceOwnerChanged("mine")),
      ("member: {", "guest: {", .roleRemoved("member")),
      ("thing:", "item:", .kindRemoved("thing")),
      ("delete: archive", "delete: final", .deletePolicyChanged(kind: "thing")),
      ("key: thing", "key: item", .keyPrefixChanged(kind: "thing")),
      ("    key: thing\n", "", .keyPrefixChanged(kind: "thing")),
      ("spaces: [public]", "spaces: [staff]", .kindLeftSpace(kind: "thing", space: "public")),
      ("count: {", "size: {", .fieldRemoved(kind: "thing", field: "count")),
      ("words: {policy: set", "words: {policy: append-only", .policyChanged(kind: "thing", field: "words")),
      ("type: integer", "type: any", .typeChanged(kind: "thing", field: "count")),
      ("[open, ended]", "[started, open, ended]", .orderChanged(kind: "thing", field: "status")),
      ("[open, ended]", "[open, started, ended]", .orderChanged(kind: "thing", field: "status")),
      ("[open, ended]", "[open]", .orderChanged(kind: "thing", field: "status")),
      ("[red, blue]", "[red]", .choiceRemoved(kind: "thing", field: "colour", choice: "blue")),
    ] as [(String, String, ModelChangeProblem)])
  func refused(piece: String, change: String, expected: ModelChangeProblem) throws {
    let older = try RecordModel(parsing: smallModel)
    let text = smallModel.changing(piece, to: change).changing("version: 1", to: "version: 2")
    let problems = try RecordModel(parsing: text).incompatibilities(with: older)
    #expect(problems == [expected])
    #expect(problems.allSatisfy { $0.description.hasSuffix(".") })
  }

  @Test("no field moves into, out of or between groups")
  func groups() throws {
    func changed(_ change: String) throws -> [ModelChangeProblem] {
      let text = smallModel.changing("day: [day, exact]", to: change).changing("version: 1", to: "version: 2")
      return try RecordModel(parsing: text).incompatibilities(with: RecordModel(parsing: smallModel))
    }
    #expect(
      try changed("exact: [exact, day]")
        == [.groupChanged(kind: "thing", field: "day"), .groupChanged(kind: "thing", field: "exact")])
    #expect(try changed("day: [day, exact, name]") == [.groupChanged(kind: "thing", field: "name")])
    // `colour` stays the register's name, yet its value would become a map.
    #expect(
      try changed("day: [day, exact]\n      colour: [colour, count]")
        == [.groupChanged(kind: "thing", field: "colour"), .groupChanged(kind: "thing", field: "count")])
  }

  @Test("the records about members stay of one kind")
  func people() throws {
    let both = smallModel.changing("count: {", to: "role: {policy: latest, label: Role}\n      count: {")
    let named = both.changing("version: 1", to: "version: 2\npeople: thing")
    let (older, newer) = (try RecordModel(parsing: both), try RecordModel(parsing: named))
    #expect(older.memberKind == "member" && newer.memberKind == "thing")
    #expect(newer.incompatibilities(with: older) == [.purposeChanged(word: "people", kind: "member")])
  }

  @Test("a model that differs needs a higher version, and an older one never follows")
  func version() throws {
    let older = try RecordModel(parsing: smallModel.changing("version: 1", to: "version: 5"))
    let same = smallModel.changing("version: 1", to: "version: 5")
    #expect(try RecordModel(parsing: "# spaced out\n" + same).incompatibilities(with: older) == [])
    let relabelled = same.changing("label: thing", to: "label: object")
    #expect(try RecordModel(parsing: relabelled).incompatibilities(with: older) == [.versionNotHigher(than: 5)])
    #expect(try RecordModel(parsing: smallModel).incompatibilities(with: older) == [.versionNotHigher(than: 5)])
  }
}
