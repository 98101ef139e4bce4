// What the tests of this target share: the Centre's real records, and a model small enough to read.

import BoardModel
import RecordModel
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The Centre's 214 real records, as published by the research; beside the tests, so that a fresh clone has them.
func seedBytes() throws -> [UInt8] {
  let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
  let file = try #require(fopen("/\(folder)/Fixtures/seed-records.jsonl", "rb"))
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
  return bytes
}

/// A whole model of one kind; tests change a piece of it.
let smallModel = """
  version: 1
  defaults: {personal: none, basis: none, keep: always}
  spaces:
    public: {label: Facts}
    staff: {label: Staff}
    mine: {label: Mine, owner: one}
  roles:
    member: {label: a member}
  common:
    key: {policy: once, label: Key}
    source: {policy: once, type: any, label: Source}
    scope: {policy: once, label: Scope}
    set: {policy: once, label: Set}
    home_ref: {policy: once, type: link, label: Home}
  kinds:
    thing:
      label: thing
      plural: things
      title: name
      spaces: [public]
      key: thing
      delete: archive
      groups:
        day: [day, exact]
      fields:
        name: {policy: review, label: Name}
        day: {policy: review, type: date, label: Day}
        exact: {policy: review, label: Exact}
        status: {policy: furthest, order: [open, ended], label: Status}
        colour: {policy: latest, type: choice, choices: [red, blue], label: Colour}
        count: {policy: latest, type: integer, label: Count}
        ready: {policy: latest, type: boolean, label: Ready}
        words: {policy: set, label: Words}
        other_ref: {policy: latest, type: link, label: Other}
        other_refs: {policy: set, type: link, label: Others}

  """

extension String {
  /// The text with one piece changed; the piece must be there, so that no test is about nothing.
  func changing(_ piece: String, to other: String, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    let parts = split(separator: piece, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      Issue.record("'\(piece)' is not in the text", sourceLocation: sourceLocation)
      return self
    }
    return parts[0] + other + parts[1]
  }
}
