// What may be entered: text in one spelling, values the model allows, whole groups; and what is already there is not
// written again.

import Replication
import Testing

@Suite struct EntryTests {
  private func title(_ word: String) -> Draft { .set(note, field: "title", .text(word)) }

  /// A copy with a note in it, as one change.
  private func copyWithNote(kind: String = "revive") throws -> Copy {
    let copy = try Copy(1)
    try copy.commit(.create(note, kind: kind), title("a"))
    return copy
  }

  // MARK: Groups

  @Test("setting one field of a group writes the whole map")
  func group() throws {
    let copy = try copyWithNote()
    try copy.commit(.set(note, field: "place", .text("Leeds")))
    let change = try #require(try copy.commit(.set(note, field: "room", .text("4"))))
    #expect(change.edits.map(\.operation.field) == ["place"])
    #expect(try copy.state()?.fields.keys.sorted() == ["place", "title"])
    #expect(try copy.shown("place") == .text("Leeds"))
    #expect(try copy.shown("room") == .text("4"))
  }

  @Test("two fields of a group set together are one edit")
  func groupTogether() throws {
    let copy = try copyWithNote()
    let change = try #require(
      try copy.commit(.set(note, field: "room", .text("4")), .set(note, field: "place", .text("Leeds"))))
    #expect(change.edits.count == 1)
    #expect(try copy.shown("place") == .text("Leeds"))
    #expect(try copy.shown("room") == .text("4"))
  }

  /// A copy that has seen two rival places, in rooms of the same number or not.
  private func copyWithRivalPlaces(rooms: (String, String) = ("1", "1")) throws -> Copy {
    let (copy, other) = (try copyWithNote(), try Copy(2))
    try other.take(from: copy)
    try copy.commit(.set(note, field: "place", .text("Leeds")), .set(note, field: "room", .text(rooms.0)))
    try other.commit(.set(note, field: "place", .text("York")), .set(note, field: "room", .text(rooms.1)))
    try copy.take(from: other)
    return copy
  }

  @Test("nobody's place is lost because somebody sets the room of a group in conflict: settle the place first")
  func groupInConflict() throws {
    let copy = try copyWithRivalPlaces()
    let before = try copy.entries()
    #expect(throws: CommitError.refused(.unsettled, field: "place")) {
      try copy.commit(.set(note, field: "room", .text("4")))
    }
    #expect(try copy.entries() == before)
    #expect(try copy.conflicts().map(\.field) == ["place"])
  }

  @Test("the place of a group in conflict is settled and its room set in one change")
  func settleAndSet() throws {
    for place in [
      Draft.set(note, field: "place", .text("Hull")), .set(note, field: "place", .map(["place": .text("York")])),
    ] {
      let copy = try copyWithRivalPlaces()
      try copy.commit(place, .set(note, field: "room", .text("4")))
      #expect(try copy.conflicts().isEmpty)
      #expect(try copy.shown("room") == .text("4"))
      #expect(try copy.shown("place") != .text("Leeds"))
    }
  }

  @Test("a part that is alone in conflict is settled by writing it, as a plain field is")
  func onlyContestedPart() throws {
    let copy = try copyWithRivalPlaces()
    try copy.commit(.set(note, field: "place", .text("Hull")))
    #expect(try copy.conflicts().isEmpty)
    #expect(try copy.shown("place") == .text("Hull") && copy.shown("room") == .text("1"))
    #expect(throws: CommitError.refused(.unsettled, field: "room")) {
      try copyWithRivalPlaces(rooms: ("1", "2")).commit(.set(note, field: "place", .text("Hull")))
    }
  }

  @Test("a group's rivals of a deleted record are not settled by a part that is set with the restore")
  func restoredGroup() throws {
    let copy = try copyWithRivalPlaces()
    try copy.commit(.delete(note))
    #expect(throws: CommitError.refused(.unsettled, field: "place")) {
      try copy.commit(.restore(note), .set(note, field: "room", .text("4")))
    }
  }

  // Guarantee G12, Docs/architecture.md: "an edit writes the whole map, copying keys it does not know".
  @Test("what a newer model added to a group is copied by an older program's edit")
  func groupUnknownKeys() throws {
    let old = try copyWithNote()
    try old.take([newerPlace(after: old)])
    try old.commit(.set(note, field: "room", .text("4")))
    guard case .map(let parts)? = try old.state()?.fields["place"]?.siblings.first?.value else {
      return #expect(Bool(false), "the group is no map")
    }
    #expect(parts == ["place": .text("Leeds"), "room": .text("4"), "floor": .text("2")])
  }

  /// What a program with a newer model wrote on another replica: a group with a field that this model does not name.
  private func newerPlace(after copy: Copy) throws -> Change {
    let value = Value.map(["place": .text("Leeds"), "room": .text("1"), "floor": .text("2")])
    return Change(
      edits: [
        Edit(record: note, kind: "revive", operation: .assign(field: "place", value: value, supersedes: []))
      ], space: board, replica: id(2), previous: nil, lamport: 2, author: carer, time: Timestamp(milliseconds: 0),
      modelVersion: 4)
  }

  // MARK: Entry

  @Test("text is in NFC from the moment it is saved, in lists and maps and keys too")
  func normalisation() throws {
    let copy = try copyWithNote()
    let decomposed = "e\u{301}"
    try copy.commit(title(decomposed), .add(note, field: "tags", .text(decomposed)))
    for field in ["title", "tags"] {
      let bytes = try #require(try copy.shown(field)).canonicalBytes
      #expect(bytes.suffix(2) == [0xc3, 0xa9], "\(field)")
    }
    let nested = try Value.map([decomposed: .list([.text(decomposed)])]).normalised()
    #expect(nested.canonicalBytes.hexadecimal == "a162c3a98162c3a9")
    #expect(try copy.commit(title("\u{e9}")) == nil)
    #expect(try copy.commit(.remove(note, field: "tags", .text("\u{e9}"))) != nil)
  }

  @Test("text with U+0000 is refused, and nothing is written", arguments: ["\u{0}", "a\u{0}b"])
  func nul(text: String) throws {
    let copy = try copyWithNote()
    #expect(throws: CommitError.nulCharacter) {
      try copy.commit(.set(note, field: "wording", .text("b")), .append(note, field: "comments", .text(text)))
    }
    #expect(try copy.entries().count == 1)
    #expect(try copy.shown("wording") == nil)
  }

  @Test("writing the value that is there writes nothing")
  func sameAgain() throws {
    let copy = try copyWithNote()
    #expect(try copy.commit(title("a")) == nil)
    #expect(try copy.commit(.create(note, kind: "revive")) == nil)
    #expect(try copy.commit(.restore(note)) == nil)
    #expect(try copy.commit() == nil)
    #expect(try copy.entries().count == 1)
  }

  @Test("writing one of two rivals again settles them")
  func sameAgainstRival() throws {
    let copy = try copyWithNote()
    try copy.commit(.set(note, field: "wording", .text("b")))
    try copy.commit(.setBeside(note, field: "wording", .text("c")))
    #expect(try copy.commit(.set(note, field: "wording", .text("b"))) != nil)
    #expect(try copy.conflicts().isEmpty)
  }

  @Test("what the model does not allow is refused while the words are still on the screen")
  func refusals() throws {
    let copy = try copyWithNote()
    let long = String(repeating: "a", count: Limits.textBytesMax + 1)
    #expect(throws: CommitError.refused(.tooLarge, field: "title")) { try copy.commit(title(long)) }
    #expect(throws: CommitError.refused(.unknownField, field: "nothing")) {
      try copy.commit(.set(note, field: "nothing", .text("b")))
    }
    #expect(throws: CommitError.refused(.unknownRecord, field: "")) {
      try copy.commit(.set(id(2), field: "title", .text("b")))
    }
    #expect(throws: CommitError.refused(.unknownRecord, field: "")) { try copy.commit(.delete(id(2))) }
    #expect(throws: CommitError.refused(.unknownKind, field: "")) { try copy.commit(.create(id(2), kind: "poster")) }
    #expect(try copy.entries().count == 1)
  }

  @Test("a change as a whole has a size, and one beyond it is refused whole")
  func changeSize() throws {
    let copy = try copyWithNote()
    let page = Value.text(String(repeating: "a", count: Limits.textBytesMax))
    #expect(throws: CommitError.refused(.tooLarge, field: "")) {
      try copy.commit(
        .set(note, field: "title", page), .set(note, field: "wording", page), .set(note, field: "minutes", page))
    }
    #expect(throws: CommitError.refused(.tooLarge, field: "")) {
      try copy.commit(
        (0...Limits.editsPerChangeMax).map { .add(note, field: "tags", .integer(Int64($0)).asText) },
        at: Timestamp(milliseconds: 0))
    }
    #expect(try copy.entries().count == 1)
  }

  @Test("a deleted record takes edits only after a restore", arguments: ["archive", "revive", "final"])
  func deleted(kind: String) throws {
    let copy = try copyWithNote(kind: kind)
    try copy.commit(.delete(note))
    #expect(throws: CommitError.refused(.deleted, field: "")) { try copy.commit(title("b")) }
    try copy.commit(.restore(note))
    try copy.commit(title("b"))
    #expect(try copy.shown("title") == .text("b"))
  }
}

extension Value {
  /// The value's bytes as text, to make many different texts.
  fileprivate var asText: Value { .text(canonicalBytes.hexadecimal) }
}
