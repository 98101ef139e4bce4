// Dots kept as runs: a set behaves as the plain set of its dots would, and has one encoding.

import Replication
import TestKit
import Testing

@Suite struct DotSetTests {
  private func title(_ word: String) -> Draft { .set(note, field: "title", .text(word)) }

  @Test("a set of runs holds what a plain set would, whatever is put in and taken out")
  func asPlainSet() {
    var random = SplitMix64(seed: 11)
    func some() -> [Dot] {
      (0..<Int.random(in: 0..<12, using: &random)).map { _ in
        Dot(id(UInt8.random(in: 1...2, using: &random)), .random(in: 1...9, using: &random))
      }
    }
    for _ in 0..<2_000 {
      let (one, other, all) = (some(), some(), (1...2).flatMap { chain in (1...10).map { Dot(id(chain), $0) } })
      func plain(_ set: DotSet) -> Set<Dot> { Set(all.filter(set.contains)) }
      let set = DotSet(one)
      #expect(plain(set) == Set(one))
      #expect(set.runs.flatMap(\.dots) == Set(one).sorted())
      #expect(plain(set.union(DotSet(other))) == Set(one).union(other))
      #expect(plain(set.subtracting(other)) == Set(one).subtracting(other))
      #expect(set.subtracting(other).union(DotSet(Set(one).intersection(other))) == set)
      let known = Dictionary(other.map { ($0, ()) }) { first, _ in first }
      #expect(set.dots(among: known) == Set(one).intersection(other).sorted())
      #expect(plain(set.limited { _ in 4 }) == Set(one.filter { $0.sequence <= 4 }))
      #expect(set.filling { _ in false } == set)
      let filled = set.filling { _ in true }
      #expect(filled.runs.count == Set(one.map(\.replica)).count)
      #expect(filled.ends == filled.runs.map(\.dots.last!))
      #expect(plain(filled).isSuperset(of: one))
    }
  }

  @Test("a run that reaches to the end of all numbers costs nothing to look at")
  func hugeRun() {
    let set = DotSet(runs: [DotSet.Run(id(1), 1, Limits.counterMax)])
    #expect(set.contains(Dot(id(1), Limits.counterMax)))
    #expect(set.dots(among: [Dot(id(1), 7): 0, Dot(id(2), 7): 0]) == [Dot(id(1), 7)])
    #expect(set.limited { _ in 3 }.runs == [DotSet.Run(id(1), 1, 3)])
  }

  @Test(
    "dots in any form but the shortest are refused",
    arguments: [
      [[1, 1], [1, 2]], [[1, 1, 2], [1, 3]], [[1, 1, 1]], [[1, 2, 1]], [[1, 0, 2]], [[1, 1, 4], [1, 2, 9]],
      [[1, 5], [1, 1]], [[2, 1], [1, 1]], [[1, 1], [1, 1]], [[1, 0]], [[1]], [[1, 1, 2, 3]],
      [[1, 1, Limits.counterMax + 1]], [],
    ] as [[[UInt64]]])
  func otherForms(runs: [[UInt64]]) {
    var writer = CBORWriter()
    writer.array(runs.count)
    for run in runs {
      writer.array(run.count)
      writer.id(id(UInt8(run[0])) as ReplicaID)
      for number in run.dropFirst() { writer.unsigned(number) }
    }
    #expect(throws: CBORError.self) {
      var reader = CBORReader(writer.bytes)
      _ = try DotSet(from: &reader)
    }
  }

  @Test("a carer who corrects a note a thousand times before they can send keeps every correction small")
  func manyUnsentEdits() throws {
    let carer = try Copy(1)
    try carer.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("first")))
    var sizes: [Int] = []
    for number in 0..<1_000 {
      // Other work in between must not break up what is named.
      try carer.commit(.append(note, field: "comments", .text("\(number)")))
      sizes.append(try #require(try carer.commit(title("\(10_000 + number)"))).bodyBytes.count)
    }
    // A run in place of a dot, and its two numbers grow.
    #expect(sizes.max()! - sizes.min()! <= 20)
    let other = try Copy(2)
    try other.take(from: carer)
    #expect(try other.digest() == carer.digest())
    #expect(try other.state()?.fields["title"]?.siblings.count == 1)
  }

  @Test("a record that many wrote in many times can be removed")
  func deleteAfterManyEntries() throws {
    let (one, other) = (try Copy(1), try Copy(2))
    try one.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a")))
    try other.take(from: one)
    for number in 0..<300 {
      for copy in [one, other] {
        try copy.commit(.count(note, field: "hours", 1))
        try copy.commit(title("\(number)"))
      }
    }
    try one.take(from: other)
    try other.take(from: one)
    let delete = try #require(try one.commit(.delete(note)))
    #expect(delete.bodyBytes.count < 300)
    try other.take(from: one)
    #expect(try other.digest() == one.digest())
    #expect(try other.state()?.valuesUnseenByDeletes == [])
  }

  @Test("a removal names no refused change of others, which may yet be taken after all")
  func refusedIsNotSeen() throws {
    let (one, other) = (try Copy(1), try Copy(2))
    try one.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a")))
    try other.take(from: one)
    let changes = try (0..<3).map { _ in try #require(try other.commit(.count(note, field: "hours", 1))) }
    try one.take([.change(changes[0]), .void(VoidEntry(of: changes[1], reason: .notAllowed)), .change(changes[2])])
    let delete = try #require(try one.commit(.delete(note)))
    guard case .delete(_, let seen)? = delete.edits.first?.operation else { return #expect(Bool(false)) }
    #expect(seen.contains(changes[0].dot) && seen.contains(changes[2].dot))
    #expect(!seen.contains(changes[1].dot))
  }
}
