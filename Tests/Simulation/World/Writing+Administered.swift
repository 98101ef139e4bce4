// The writings that only administered worlds have: one part of a group over rivals, one element twice, and long papers.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import TestKit

extension Writing {
  /// More words than a page of notes has, and fewer than one field may hold.
  static let longText = String(repeating: "long ", count: 20_000)

  /// One part of a group, whatever stands in it.
  static func part(of copy: MemberReplica, words: String, _ random: inout SplitMix64) throws -> Writing {
    guard let thing = try thing(on: copy, &random) else { return Writing(.nothing, words: words) }
    let field = Bool.random(using: &random) ? "left" : "right"
    return Writing(.set(thing.id.description, [.text(field: field, words)]), words: words)
  }

  /// One element, or one and the same twice, in a list there is or in a new record.
  static func list(on copy: MemberReplica, words: String, _ random: inout SplitMix64) throws -> Writing {
    let elements = Array(repeating: JSON.string(words), count: Int.random(in: 1...2, using: &random))
    if Bool.random(using: &random), let thing = try thing(on: copy, &random) {
      let input = FieldInput.json(field: "words", .object(["add": .array(elements)]))
      return Writing(.set(thing.id.description, [input]), values: [words], words: words)
    }
    guard let space = try space(on: copy, &random) else { return Writing(.nothing, words: words) }
    let name = "\(words) too"
    return Writing(
      .add(
        kind: "thing", [.text(field: "name", name), .json(field: "words", .array(elements))], space: space),
      values: [name, words], words: words)
  }

  /// A record that depends on no other.
  static func record(on copy: MemberReplica, words: String, _ random: inout SplitMix64) throws -> Writing {
    guard let space = try space(on: copy, &random) else { return Writing(.nothing, words: words) }
    return Writing(.add(kind: "view", [.text(field: "name", words)], space: space), values: [words], words: words)
  }

  /// A record with a long text.
  static func paper(on copy: MemberReplica, words: String, _ random: inout SplitMix64) throws -> Writing {
    guard let space = try space(on: copy, &random) else { return Writing(.nothing, words: words) }
    return Writing(
      .add(
        kind: "thing", [.text(field: "name", words), .text(field: "essay", longText)], space: space),
      values: [words], words: words)
  }

  /// One of a few records, so that people meet on them.
  private static func thing(on copy: MemberReplica, _ random: inout SplitMix64) throws -> RecordView? {
    try copy.list(kind: "thing").sorted { $0.id.isBefore($1.id) }.prefix(2).randomElement(using: &random)
  }

  private static func space(on copy: MemberReplica, _ random: inout SplitMix64) throws -> String? {
    try copy.spaces().map(\.name).sorted().randomElement(using: &random)
  }
}
