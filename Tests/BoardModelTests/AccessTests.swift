// Who may do what, as a data administrator writes it: what is said is what counts, what is not said is as the level above
// has it, and a word that is wrong is refused with its line.

import BoardModel
import RecordModel
import Replication
import Testing

/// The small model with three roles, one of them kept out of the kind, and one field for everybody.
private let modelWithAccess = {
  let roles = "  member: {label: a member}\n  chair: {label: the chair}\n  guest: {label: a guest}\n"
  return smallModel.changing("  member: {label: a member}\n", to: roles)
    .changing("keep: always}", to: "keep: always, access: {member: read, chair: write, guest: read}}")
    .changing("public: {label: Facts}", to: "public: {label: Facts, readers: [member, chair]}")
    .changing("delete: archive", to: "access: {member: own, guest: none}\n    delete: archive")
    .changing("label: Count}", to: "label: Count, access: {member: write}}")
}()

@Suite struct AccessTests {
  @Test("what is not said of a field is as its kind has it, and what is not said of a kind as the defaults have it")
  func levels() throws {
    let kind = try #require(try RecordModel(parsing: modelWithAccess).rules.kinds["thing"])
    func access(_ field: String?) -> [Access?] { ["member", "chair", "guest"].map { kind.access(of: $0, to: field) } }
    #expect(access(nil) == [.own, .write, Access.none])
    #expect(access("name") == [.own, .write, Access.none])
    #expect(access("count") == [.write, .write, Access.none])
    #expect(access("key") == [.own, .write, Access.none])
    #expect(kind.access(of: "nobody", to: nil) == Access.none)
  }

  @Test("a model that says nothing of access is from before there was any")
  func nothingSaid() throws {
    let model = try RecordModel(parsing: smallModel)
    #expect(model.rules.kinds["thing"]?.access(of: "member", to: nil) == nil)
    #expect(model.spaces.allSatisfy { $0.readers == ["member"] })
  }

  @Test(
    "a mistake in what it says of access is refused by name and line",
    arguments: [
      (
        "access: {member: own, guest: none}", "access: {member: owns}",
        .notOneOf(line: 24, word: "member", value: "owns", allowed: ["none", "read", "suggest", "own", "write"])
      ),
      ("access: {member: own, guest: none}", "access: {members: own}", .unknownRole(line: 24, role: "members")),
      (
        "access: {member: own, guest: none}", "access: own",
        .shape(line: 24, word: "the access of the kind 'thing'", expected: "a section of words, each with ':'")
      ),
      ("readers: [member, chair]", "readers: [member, king]", .unknownRole(line: 4, role: "king")),
      (
        "readers: [member, chair]", "readers: [member, guest]",
        .readsAgainstAccess(line: 22, space: "public", role: "guest")
      ),
      (", readers: [member, chair]", "", .readsAgainstAccess(line: 22, space: "public", role: "guest")),
      (
        "member: read, chair: write, guest: read}", "member: read, chair: write}",
        .missing(line: 2, word: "guest", section: "the access of defaults")
      ),
      (
        ", access: {member: read, chair: write, guest: read}", "",
        .missing(line: 18, word: "access", section: "defaults")
      ),
      (
        "label: Count, access: {member: write}", "label: Count, access: {member: none}",
        .notOneOf(line: 34, word: "member", value: "none", allowed: ["read", "suggest", "own", "write"])
      ),
      (
        "label: Exact}", "label: Exact, access: {member: read}}",
        .group(line: 27, group: "day", problem: .mixedAccess)
      ),
    ] as [(String, String, ModelError)])
  func mistakes(piece: String, change: String, expected: ModelError) {
    let text = modelWithAccess.changing(piece, to: change)
    let error = #expect(throws: ModelError.self) { try RecordModel(parsing: text) }
    #expect(error == expected)
    #expect(error.map { $0.description.hasPrefix("Line ") && $0.description.hasSuffix(".") } ?? false)
  }

  @Test(
    "rights may change in a new version, in no other way",
    arguments: [
      ("access: {member: own, guest: none}", "access: {member: write, guest: none}"),
      ("access: {member: write}", "access: {member: read}"), ("readers: [member, chair]", "readers: [member]"),
    ])
  func succession(piece: String, change: String) throws {
    let older = try RecordModel(parsing: modelWithAccess)
    let changed = modelWithAccess.changing(piece, to: change)
    #expect(try RecordModel(parsing: changed).incompatibilities(with: older) == [.versionNotHigher(than: 1)])
    let newer = try RecordModel(parsing: changed.changing("version: 1", to: "version: 2"))
    #expect(newer.incompatibilities(with: older) == [])
  }

  @Test("a model that said who may write never stops saying it")
  func saidForGood() throws {
    let before = try RecordModel(parsing: smallModel)
    let said = try RecordModel(
      parsing: modelWithAccess.changing("version: 1", to: "version: 2"))
    let silent = try RecordModel(
      parsing: smallModel.changing("version: 1", to: "version: 3")
        .changing("  member:", to: "  chair: {label: c}\n  guest: {label: g}\n  member:"))
    #expect(said.incompatibilities(with: before) == [])
    #expect(silent.incompatibilities(with: said) == [.accessDropped])
  }

  @Test("nobody to whom a kind is closed may read a space where it lives")
  func reading() {
    let model = RecordModel.board
    let closed = model.kinds.values.flatMap { kind in
      kind.spaces.flatMap { name in
        (model.space(named: name)?.readers ?? []).filter {
          model.rules.kinds[kind.name]?.access(of: $0, to: nil) == Access.none
        }.map { "\(kind.name) in \(name): \($0)" }
      }
    }
    #expect(closed.isEmpty)
    #expect(model.spaces.allSatisfy { !$0.readers.contains("partner") })
    #expect(model.rules.kinds["private_note"]?.access(of: "partner", to: nil) == Access.none)
  }
}
