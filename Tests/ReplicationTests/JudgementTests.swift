// What the model refuses and for what reason: the table a hub and a device both judge by.

import Replication
import TestKit
import Testing

@Suite struct JudgementTests {
  private static let current = Dot(id(7), 2)

  private static let book = RuleBook(
    version: 1,
    kinds: [
      "note": KindRules(
        deletes: .revive,
        fields: [
          "title": FieldRules(.latest), "tags": FieldRules(.set), "hours": FieldRules(.counter, type: .integer),
          "stage": FieldRules(.furthest, type: .choice, order: ["draft", "agreed", "published"]),
          "comments": FieldRules(.appendOnly), "held": FieldRules(.once, type: .date),
          "open": FieldRules(.latest, type: .boolean),
          "size": FieldRules(.review, type: .integer), "parent": FieldRules(.review, type: .link),
          "colour": FieldRules(.latest, type: .choice, choices: ["red", "green"]),
          "extra": FieldRules(.latest, type: .any),
          "place": FieldRules(.review), "room": FieldRules(.review),
        ],
        groups: ["place": ["place", "room"]]),
      "law": KindRules(deletes: .never, fields: [:]),
    ])

  /// A note with a title, a stage, a date and a place, all written by the current dot.
  private static var before: RecordState {
    var state = RecordState(kind: "note")
    let stamp = Stamp(dot: current, lamport: 2, author: carer, time: Timestamp(milliseconds: 0))
    state.merge(.makePresent(supersedes: []), by: stamp)
    for (field, word) in [("title", "a"), ("stage", "agreed"), ("held", "2026")] {
      state.merge(.assign(field: field, value: .text(word), supersedes: []), by: stamp)
    }
    return state
  }

  private static func refusal(
    _ operation: Operation, kind: String = "note", before: RecordState? = before, isCreatedHere: Bool = false
  ) -> RefusalReason? {
    book.refusal(
      of: Edit(record: note, kind: kind, operation: operation), before: before, isCreatedHere: isCreatedHere)
  }

  private static func set(_ field: String, _ value: Value, after dots: Dot...) -> Operation {
    .assign(field: field, value: value, supersedes: DotSet(dots))
  }

  @Test(
    "every policy takes its own operations and no others",
    arguments: [
      (set("title", .text("b")), nil), (set("tags", .text("b")), .wrongOperation),
      (set("hours", .integer(1)), .wrongOperation), (set("comments", .text("b")), .wrongOperation),
      (.add(field: "tags", element: .text("b"), supersedes: []), nil),
      (.add(field: "title", element: .text("b"), supersedes: []), .wrongOperation),
      (.remove(field: "tags", element: .text("b"), supersedes: [current]), nil),
      (.remove(field: "hours", element: .text("b"), supersedes: []), .wrongOperation),
      (.count(field: "hours", amount: -1), nil), (.count(field: "size", amount: 1), .wrongOperation),
      (.append(field: "comments", entry: .text("b")), nil),
      (.append(field: "tags", entry: .text("b")), .wrongOperation),
      (set("room", .text("1")), .wrongOperation), (set("place", .text("Leeds")), .wrongType),
      (set("nothing", .text("b")), .unknownField), (.count(field: "nothing", amount: 1), .unknownField),
    ] as [(Operation, RefusalReason?)])
  func operations(operation: Operation, expected: RefusalReason?) {
    #expect(Self.refusal(operation) == expected)
  }

  @Test(
    "every type takes its own values, and nothing at all",
    arguments: [
      ("title", .text(""), nil), ("title", .null, nil), ("title", .integer(1), .wrongType),
      ("title", .bytes([1]), .wrongType), ("title", .list([]), .wrongType), ("title", .unknown([0xfb]), .wrongType),
      ("size", .integer(.min), nil), ("size", .null, nil), ("size", .text("1"), .wrongType),
      ("size", .bool(true), .wrongType),
      ("open", .bool(false), nil), ("open", .integer(0), .wrongType), ("open", .text("true"), .wrongType),
      ("parent", .link(note), nil), ("parent", .text("x"), .wrongType), ("parent", .bytes(note.bytes), .wrongType),
      ("colour", .text("red"), nil), ("colour", .text("blue"), .wrongType), ("colour", .text("Red"), .wrongType),
      ("stage", .text("published"), nil), ("stage", .text("finished"), .wrongType), ("stage", .null, .wrongType),
      ("extra", .map(["a": .list([.bytes([0])])]), nil), ("extra", .link(note), nil),
      ("extra", .unknown([0xf7]), .wrongType), ("extra", .list([.map(["a": .unknown([0xf7])])]), .wrongType),
      ("place", .map(["place": .text("Leeds"), "room": .null]), nil), ("place", .map([:]), nil),
      ("place", .map(["place": .integer(1)]), .wrongType), ("place", .map(["floor": .text("1")]), .unknownField),
      ("place", .map(["title": .text("1")]), .unknownField), ("place", .null, .wrongType),
    ] as [(String, Value, RefusalReason?)])
  func types(field: String, value: Value, expected: RefusalReason?) {
    #expect(Self.refusal(Self.set(field, value)) == expected)
  }

  @Test(
    "dates may be known in part",
    arguments: ["2026", "2026-12", "2026-12-10", "2022-autumn", "0001-01-31", "2024-02-29"])
  func dates(text: String) {
    #expect(Self.refusal(Self.set("held", .text(text)), before: nil, isCreatedHere: true) == nil)
  }

  @Test(
    "what is no date is refused",
    arguments: [
      "2026-13", "2026-00", "soon", "", "26", "20266", "2026-1", "2026-12-32", "2026-12-00", "2026-12-10-1", "2026-",
      "2026-12-", "-2026", "2026-Autumn", "2026-autumn-01", "2026-12-1x", "2026/12", " 2026", "२०२६",
      "2026-12-10T10:00", "2026-02-30", "2025-02-29", "2026-04-31",
    ])
  func notDates(text: String) {
    #expect(Self.refusal(Self.set("held", .text(text)), before: nil, isCreatedHere: true) == .wrongType)
  }

  @Test("texts, depths, siblings, elements and counts over their limits are refused, and those at the limit are not")
  func limits() {
    let long = String(repeating: "a", count: Limits.textBytesMax)
    #expect(Self.refusal(Self.set("title", .text(long))) == nil)
    #expect(Self.refusal(Self.set("title", .text(long + "a"))) == .tooLarge)
    #expect(Self.refusal(.append(field: "comments", entry: .text(long + "a"))) == .tooLarge)
    #expect(Self.refusal(Self.set("extra", .list([.map(["a": .text(long + "a")])]))) == .tooLarge)
    #expect(Self.refusal(Self.set("extra", .map([long + "a": .null]))) == .tooLarge)

    func nested(_ depth: Int) -> Value { depth == 0 ? .null : .list([nested(depth - 1)]) }
    #expect(Self.refusal(Self.set("extra", nested(Limits.valueDepthMax))) == nil)
    #expect(Self.refusal(Self.set("extra", nested(Limits.valueDepthMax + 1))) == .tooLarge)

    var crowded = RecordState(kind: "note")
    for number in 1...UInt64(Limits.siblingsMax) {
      crowded.merge(Self.set("title", .text("a")), by: Stamp(by: 1, number, lamport: number))
    }
    #expect(Self.refusal(Self.set("title", .text("b")), before: crowded) == .tooLarge)
    #expect(Self.refusal(Self.set("title", .text("b"), after: Dot(id(1), 1)), before: crowded) == nil)
  }

  @Test(
    "a field holds so many additions and no more",
    arguments: [(Limits.elementsMax - 1, nil), (Limits.elementsMax, .tooLarge)] as [(Int, RefusalReason?)])
  func elementLimits(count: Int, expected: RefusalReason?) throws {
    let full = try Self.counted(count)
    #expect(full.fields["hours"]?.total == Int64(count))
    #expect(Self.refusal(.count(field: "hours", amount: 1), before: full) == expected)
  }

  @Test("a record that is full takes nothing more, but what makes it smaller")
  func fullRecord() throws {
    let store = InMemoryStore()
    let long = Value.text(String(repeating: "a", count: Limits.textBytesMax))
    var full = RecordState(kind: "note")
    full.merge(.makePresent(supersedes: []), by: Stamp(by: 1, 1, lamport: 1))
    for number in 2...UInt64(Limits.recordBytesMax / Limits.textBytesMax) {
      full.merge(.append(field: "comments", entry: long), by: Stamp(by: 1, number, lamport: number))
    }
    full.merge(Self.set("title", long), by: Stamp(by: 2, 1, lamport: 2))
    try store.write { transaction in
      try transaction.put(Space(id: board, name: "board"))
      try transaction.put(full, at: RecordKey(board, note), projection: RecordProjection(presence: .present))
    }
    #expect(full.byteCount > Limits.recordBytesMax && full.encoded.count > Limits.recordBytesMax)
    func reason(_ operations: Operation...) throws -> RefusalReason? {
      let edits = operations.map { Edit(record: note, kind: "note", operation: $0) }
      return try store.read { try Self.book.refusal(of: edits, in: Space(id: board, name: "board"), $0)?.reason }
    }
    #expect(try reason(.append(field: "comments", entry: .text("b"))) == .tooLarge)
    #expect(try reason(Self.set("title", .text("b"))) == .tooLarge)
    #expect(try reason(Self.set("title", .text("b"), after: Dot(id(2), 1))) == nil)
    let seen = DotSet(full.valueDots)
    #expect(try reason(.delete(supersedes: [Dot(id(1), 1)], seen: seen)) == nil)
  }

  @Test("a record is made only in the spaces of its kind, and erased wherever it once stood")
  func spaces() throws {
    let book = RuleBook(version: 1, kinds: Self.book.kinds, spaces: ["note": ["papers", "private:"]])
    func reason(_ name: String, _ operations: Operation...) throws -> RefusalReason? {
      let edits = operations.map { Edit(record: note, kind: "note", operation: $0) }
      return try InMemoryStore().read { try book.refusal(of: edits, in: Space(id: board, name: name), $0)?.reason }
    }
    let make = Operation.makePresent(supersedes: [])
    #expect(try reason("papers", make) == nil)
    #expect(try reason("private:a carer", make) == nil)
    for name in ["board", "private", "papers:a carer"] { #expect(try reason(name, make) == .wrongSpace) }
    #expect(try reason("board", make, .erase) == nil)
  }

  @Test("the size of a state is about that of its bytes")
  func sizes() {
    var state = RecordState(kind: "note")
    for number in 1...UInt64(300) {
      let stamp = Stamp(by: UInt8(1 + number % 3), number, lamport: number)
      state.merge(.append(field: "comments", entry: .text(String(repeating: "é", count: Int(number)))), by: stamp)
      state.merge(
        .add(field: "tags", element: .list([.integer(Int64(number)), .link(note)]), supersedes: []), by: stamp)
      state.merge(.count(field: "hours", amount: 1), by: stamp)
    }
    #expect((0.8...2).contains(Double(state.byteCount) / Double(state.encoded.count)))
  }

  /// A note whose hours were counted so many times. Read from bytes, for merging them one by one would take long.
  private static func counted(_ count: Int) throws -> RecordState {
    var one = RecordState(kind: "note")
    one.merge(.count(field: "hours", amount: 1), by: Stamp(by: 1, lamport: 1))
    let bytes = one.encoded
    // The one count is the last of the state's bytes: an array of its stamp's place and its amount, in an array of one.
    var item = CBORWriter()
    item.array(2)
    item.unsigned(0)
    item.integer(1)
    precondition(bytes.suffix(item.bytes.count) == item.bytes[...], "the state's bytes are laid out otherwise")
    var all = CBORWriter()
    all.raw(bytes.dropLast(item.bytes.count + 1))
    all.array(count)
    for _ in 0..<count { all.raw(item.bytes) }
    return try RecordState(decoding: all.bytes)
  }

  @Test("null is no element and no entry")
  func nullElements() {
    #expect(Self.refusal(.add(field: "tags", element: .null, supersedes: [])) == .wrongType)
    #expect(Self.refusal(.append(field: "comments", entry: .null)) == .wrongType)
  }

  @Test("kinds and records: unknown, of another kind, not there, never deleted")
  func recordsAndKinds() {
    let law = RecordState(kind: "law")
    #expect(Self.refusal(.makePresent(supersedes: []), kind: "poster", before: nil) == .unknownKind)
    #expect(Self.refusal(.makePresent(supersedes: []), kind: "law") == .wrongKind)
    #expect(Self.refusal(Self.set("title", .text("b")), before: nil) == .unknownRecord)
    #expect(Self.refusal(Self.set("title", .text("b")), before: nil, isCreatedHere: true) == nil)
    #expect(Self.refusal(.delete(supersedes: [], seen: []), before: nil) == .unknownRecord)
    #expect(Self.refusal(.delete(supersedes: [], seen: [])) == nil)
    #expect(Self.refusal(.delete(supersedes: [], seen: []), kind: "law", before: law) == .deletesNever)
    #expect(Self.refusal(.makePresent(supersedes: []), before: nil) == nil)
  }

  @Test("`furthest` does not go back from what was seen, and may from what was not")
  func furthest() {
    #expect(Self.refusal(Self.set("stage", .text("draft"), after: Self.current)) == .goesBack)
    #expect(Self.refusal(Self.set("stage", .text("agreed"), after: Self.current)) == nil)
    #expect(Self.refusal(Self.set("stage", .text("published"), after: Self.current)) == nil)
    #expect(Self.refusal(Self.set("stage", .text("draft"))) == nil)
  }

  @Test("`once` is written once: a second writing that saw the first is refused, one that did not is not")
  func once() {
    #expect(Self.refusal(Self.set("held", .text("2027"), after: Self.current)) == .writtenOnce)
    #expect(Self.refusal(Self.set("held", .text("2026"), after: Self.current)) == nil)
    #expect(Self.refusal(Self.set("held", .text("2027"))) == nil)
  }

  @Test("settling two first writings supersedes both and is allowed; the settled value is then written")
  func onceSettled() {
    var state = Self.before
    state.merge(Self.set("held", .text("2027")), by: Stamp(by: 8, lamport: 2))
    let settling = Self.set("held", .text("2027"), after: Self.current, Dot(id(8), 1))
    #expect(Self.refusal(settling, before: state) == nil)
    state.merge(settling, by: Stamp(by: 9, lamport: 3))
    #expect(Self.refusal(Self.set("held", .text("2026"), after: Dot(id(9), 1)), before: state) == .writtenOnce)
  }
}
