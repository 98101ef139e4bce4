// How each policy reads a register: what is shown, and what a person is asked. State is made by the merge alone, from
// the point of view of two authors who had not seen each other unless the test says so.

import Replication
import Testing

@Suite struct ReadingTests {
  private let book = RuleBook.everyPolicy
  private let low: UInt8 = 0x20
  private let high: UInt8 = 0x80

  /// A record of the kind `revive`, changed by each operation in turn. Each author makes one change a Lamport time.
  private func state(_ acts: (by: UInt8, lamport: UInt64, operation: Operation)...) -> RecordState {
    var state = RecordState(kind: "revive")
    state.merge(.makePresent(supersedes: []), by: Stamp(by: 1, lamport: 1))
    for act in acts { state.merge(act.operation, by: Stamp(by: act.by, act.lamport, lamport: act.lamport)) }
    return state
  }

  private func assign(_ field: String, _ word: String, after dots: Dot...) -> Operation {
    .assign(field: field, value: .text(word), supersedes: DotSet(dots))
  }

  private func shown(_ field: String, of state: RecordState) -> Value? { state.shownFields(by: book)[field] }
  private func conflicts(on state: RecordState) -> [String: [Value]] {
    Dictionary(uniqueKeysWithValues: state.conflicts(by: book).map { ($0.field, $0.values) })
  }

  @Test("`latest` shows the greatest Lamport time, whoever wrote it, and asks nobody")
  func latest() {
    let state = state((low, 9, assign("title", "later")), (high, 2, assign("title", "earlier")))
    #expect(shown("title", of: state) == .text("later"))
    #expect(conflicts(on: state).isEmpty)
    #expect(state.fields["title"]?.siblings.count == 2)
  }

  @Test("at equal Lamport times the greater dot is shown")
  func latestByDot() {
    let state = state((high, 2, assign("title", "high")), (low, 2, assign("title", "low")))
    #expect(shown("title", of: state) == .text("high"))
  }

  @Test("a value that was seen is superseded, whatever its Lamport time")
  func superseding() {
    let state = state((high, 9, assign("wording", "old")), (low, 2, assign("wording", "new", after: Dot(id(high), 9))))
    #expect(shown("wording", of: state) == .text("new"))
    #expect(conflicts(on: state).isEmpty)
  }

  @Test(
    "rivals wait for a person, in the order they were written",
    arguments: [("wording", "a", "b"), ("minutes", "a", "b"), ("held", "2026", "2027")])
  func review(field: String, first: String, second: String) {
    let state = state((high, 2, assign(field, first)), (low, 3, assign(field, second)))
    #expect(conflicts(on: state) == [field: [.text(first), .text(second)]])
    #expect(shown(field, of: state) == .text(second))
  }

  @Test("the same words written twice are one value: no conflict, and one rival among others")
  func equalRivals() {
    let agreeing = state((low, 2, assign("wording", "a")), (high, 2, assign("wording", "a")))
    #expect(conflicts(on: agreeing).isEmpty)
    var contested = agreeing
    contested.merge(assign("wording", "b"), by: Stamp(by: 0x60, lamport: 2))
    #expect(conflicts(on: contested) == ["wording": [.text("a"), .text("b")]])
    #expect(contested.conflicts(by: book).first?.rivals.first?.stamp.dot == Dot(id(low), 2))
  }

  @Test("texts that look alike but differ in bytes are rivals")
  func bytesDecide() {
    let state = state((low, 2, assign("wording", "\u{e9}")), (high, 2, assign("wording", "e\u{301}")))
    #expect(state.conflicts(by: book).first?.rivals.count == 2)
  }

  @Test("adding to a set wins over removing at the same time")
  func addWins() {
    let apple = Value.text("apple")
    let state = state(
      (low, 2, .add(field: "tags", element: apple, supersedes: [])),
      (low, 3, .remove(field: "tags", element: apple, supersedes: [Dot(id(low), 2)])),
      (high, 3, .add(field: "tags", element: apple, supersedes: [Dot(id(low), 2)])))
    #expect(shown("tags", of: state) == .list([apple]))
  }

  @Test("an element that was removed may be added again, and one nobody put back stays away")
  func addingAgain() {
    let apple = Value.text("apple")
    var state = state(
      (low, 2, .add(field: "tags", element: apple, supersedes: [])),
      (high, 2, .add(field: "tags", element: .text("pear"), supersedes: [])),
      (low, 3, .remove(field: "tags", element: apple, supersedes: [Dot(id(low), 2)])))
    #expect(shown("tags", of: state) == .list([.text("pear")]))
    state.merge(.add(field: "tags", element: apple, supersedes: []), by: Stamp(by: low, 4, lamport: 4))
    // Shown in the order of canonical bytes, in which shorter texts come first.
    #expect(shown("tags", of: state) == .list([.text("pear"), apple]))
  }

  @Test("a counter is the sum of all additions, and stays at the ends of its range")
  func counter() {
    func count(_ amount: Int64) -> Operation { .count(field: "hours", amount: amount) }
    #expect(shown("hours", of: state((low, 2, count(5)), (high, 2, count(5)), (low, 3, count(-3)))) == .integer(7))
    #expect(shown("hours", of: state((low, 2, count(.max)), (high, 2, count(5)))) == .integer(.max))
    #expect(shown("hours", of: state((low, 2, count(.min)), (high, 2, count(-5)))) == .integer(.min))
  }

  @Test("`furthest` shows the greatest rank even where another wrote later")
  func furthest() {
    let state = state((low, 2, assign("stage", "published")), (high, 9, assign("stage", "agreed")))
    #expect(shown("stage", of: state) == .text("published"))
    #expect(conflicts(on: state).isEmpty)
  }

  @Test("a word that the order does not name ranks below all others")
  func furthestUnknown() {
    let state = state((low, 2, assign("stage", "draft")), (high, 9, assign("stage", "withdrawn")))
    #expect(shown("stage", of: state) == .text("draft"))
  }

  @Test("a list that only grows is shown in the order of Lamport times, then dots")
  func appendOnly() {
    func append(_ word: String) -> Operation { .append(field: "comments", entry: .text(word)) }
    let state = state((high, 2, append("b")), (high, 3, append("c")), (low, 2, append("a")), (low, 4, append("d")))
    #expect(shown("comments", of: state) == .list(["a", "b", "c", "d"].map { .text($0) }))
  }

  @Test("a group's map is opened into its fields, and rivals of the group are asked about as one")
  func group() {
    func place(_ place: String, _ room: String) -> Operation {
      .assign(field: "place", value: .map(["place": .text(place), "room": .text(room)]), supersedes: [])
    }
    let state = state((low, 2, place("Leeds", "1")), (high, 3, place("York", "2")))
    #expect(shown("place", of: state) == .text("York"))
    #expect(shown("room", of: state) == .text("2"))
    #expect(conflicts(on: state).keys.sorted() == ["place"])
  }

  // Guarantee G12: what a newer model added is kept, and shown as well as it can be.
  @Test("a field that the model does not name is read as `latest`")
  func unknownField() {
    let state = state((low, 3, assign("colour", "red")), (high, 2, assign("colour", "blue")))
    #expect(shown("colour", of: state) == .text("red"))
    #expect(conflicts(on: state).isEmpty)
    #expect(state.shown("colour", by: RuleBook.none.field("colour", of: "nothing")) == .text("red"))
  }

  @Test("an unknown field's elements, counts and entries are shown too")
  func unknownParts() {
    let state = state(
      (low, 2, .add(field: "pets", element: .text("cat"), supersedes: [])),
      (low, 3, .count(field: "visits", amount: 2)),
      (low, 4, .append(field: "log", entry: .text("seen"))))
    let shown = state.shownFields(by: book)
    #expect(shown == ["pets": .list([.text("cat")]), "visits": .integer(2), "log": .list([.text("seen")])])
  }
}
