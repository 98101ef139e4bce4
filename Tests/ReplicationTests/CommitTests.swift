// The birth of a change: what it is called, when it was, and what its author was looking at.

import Cryptography
import Replication
import TestKit
import Testing

@Suite struct CommitTests {
  private func title(_ word: String) -> Draft { .set(note, field: "title", .text(word)) }

  /// A copy with a note in it, as one change.
  private func copyWithNote(_ number: UInt8 = 1) throws -> (Copy, Change) {
    let copy = try Copy(number)
    return (copy, try #require(try copy.commit(.create(note, kind: "revive"), title("a"))))
  }

  // MARK: Names and times

  @Test("sequences are dense from one, per replica and space")
  func sequences() throws {
    let (copy, first) = try copyWithNote()
    let elsewhere: SpaceID = id(0xb1)
    try copy.store.write { try $0.put(Space(id: elsewhere, name: "Reserved")) }
    let other = try copy.store.write {
      try copy.replica($0).commit(
        [.create(note, kind: "revive")], in: elsewhere, by: carer, at: Timestamp(milliseconds: 0),
        isHome: false)
    }
    let second = try #require(try copy.commit(title("b")))
    #expect(first.dot == Dot(id(1), 1))
    #expect(second.dot == Dot(id(1), 2))
    #expect(other?.dot == Dot(id(1), 1))
    #expect(other?.header.previous == nil)
    #expect(second.header.previous == first.digest)
  }

  @Test("a Lamport time is one above the highest applied, whoever wrote that")
  func lamport() throws {
    let (carer, first) = try copyWithNote()
    let chair = try Copy(2)
    try chair.take(from: carer)
    let others = try ["b", "c", "d"].compactMap { try chair.commit(title($0)) }
    try carer.take(others)
    let next = try #require(try carer.commit(title("e")))
    #expect([first.header.lamport] + others.map(\.header.lamport) + [next.header.lamport] == [1, 2, 3, 4, 5])
    #expect(next.dot.sequence == 2)
  }

  @Test("a change carries its author, its wall time and its model's version")
  func header() throws {
    let copy = try Copy(1)
    let change = try #require(try copy.commit(.create(note, kind: "final"), at: .min))
    #expect(change.header.author == carer)
    #expect(change.header.time == Timestamp(milliseconds: .min))
    #expect(change.header.modelVersion == RuleBook.everyPolicy.version)
    #expect(change.header.space == board)
  }

  @Test("a new copy draws a name of its own and keeps it")
  func identity() throws {
    let (one, other) = (try Copy(1), try Copy(2))
    for copy in [one, other] { try copy.store.write { try $0.set(LocalState.replica, to: nil as ReplicaID?) } }
    let drawn = try one.store.write { try ReplicaIdentity.established(in: $0) }
    #expect(try one.store.write { try ReplicaIdentity.established(in: $0) } == drawn)
    #expect(try other.store.write { try ReplicaIdentity.established(in: $0) } != drawn)
    #expect(try one.store.read { try ReplicaIdentity($0).owns(drawn) })
    #expect(try one.store.read { try ReplicaIdentity($0).owns(id(1)) }, "an earlier name stays its own")
    #expect(try !one.store.read { try ReplicaIdentity($0).owns(id(2)) })
  }

  @Test("a device's names follow from its key, each with a salt of its own; no key proves those of another")
  func names() throws {
    let copy = try Copy(1)
    let (first, second) = (SigningKey().publicKey, SigningKey().publicKey)
    #expect(try copy.store.write { try ReplicaIdentity.adopt(first, in: $0) })
    let drawn = try (0..<3).map { _ in try copy.store.write { try ReplicaIdentity.renew(in: $0) } }
    #expect(try !copy.store.write { try ReplicaIdentity.adopt(first, in: $0) }, "the same key changes nothing")
    try copy.store.read { reader throws in
      let identity = ReplicaIdentity(reader)
      let salts = try drawn.map { try #require(try identity.salt(proving: $0)) }
      #expect(Set(salts).count == 3 && zip(drawn, salts).allSatisfy { ReplicaID(of: first, salt: $1) == $0 })
      #expect(try identity.current() == drawn.last && identity.salt(proving: id(2)) == nil)
      #expect(try identity.unprovable() == [id(1)], "drawn before there was a key")
    }
    #expect(try copy.store.write { try ReplicaIdentity.adopt(second, in: $0) })
    try copy.store.read { reader throws in
      let identity = ReplicaIdentity(reader)
      #expect(try Set(identity.unprovable()).isSuperset(of: drawn))
      #expect(try drawn.allSatisfy { try identity.owns($0) && identity.salt(proving: $0) == nil })
      let current = try #require(try identity.current())
      #expect(try identity.salt(proving: current) != nil)
    }
  }

  // MARK: What it supersedes

  @Test("a value supersedes everything in its register, and nothing elsewhere")
  func supersedes() throws {
    let (one, _) = try copyWithNote()
    let other = try Copy(2)
    try other.take(from: one)
    let b = try #require(try one.commit(.set(note, field: "wording", .text("b"))))
    let c = try #require(try other.commit(.set(note, field: "wording", .text("c"))))
    try one.take([c])
    let settling = try #require(try one.commit(.set(note, field: "wording", .text("d"))))
    #expect(settling.edits.map(\.operation.supersedes) == [[b.dot, c.dot]])
    #expect(try one.conflicts().isEmpty)
  }

  @Test("a value set beside another supersedes nothing, and is a question at once")
  func beside() throws {
    let (copy, _) = try copyWithNote()
    try copy.commit(.set(note, field: "wording", .text("b")))
    let change = try #require(try copy.commit(.setBeside(note, field: "wording", .text("c"))))
    #expect(change.edits.map(\.operation.supersedes) == [[]])
    #expect(try copy.conflicts().map(\.values) == [[.text("b"), .text("c")]])
  }

  @Test("a value also supersedes what its writer's unacknowledged predecessors did")
  func predecessors() throws {
    let (chair, first) = try copyWithNote(2)
    let carer = try Copy(1)
    try carer.take(from: chair)
    let second = try #require(try carer.commit(title("b")))
    let third = try #require(try carer.commit(title("c")))
    #expect(third.edits[0].operation.supersedes == [second.dot, first.dot])
    try carer.store.write { try $0.setAcknowledged(true, dots: [second.dot, third.dot], in: board) }
    let fourth = try #require(try carer.commit(title("d")))
    #expect(fourth.edits[0].operation.supersedes == [third.dot])
  }

  @Test("removing an element names the additions seen, and adding what is there writes nothing")
  func elements() throws {
    let (copy, _) = try copyWithNote()
    let added = try #require(try copy.commit(.add(note, field: "tags", .text("x"))))
    #expect(try copy.commit(.add(note, field: "tags", .text("x"))) == nil)
    #expect(try copy.commit(.remove(note, field: "tags", .text("y"))) == nil)
    let removed = try #require(try copy.commit(.remove(note, field: "tags", .text("x"))))
    #expect(removed.edits[0].operation == .remove(field: "tags", element: .text("x"), supersedes: [added.dot]))
  }

  @Test("a delete names the existence it ends and every value it saw")
  func delete() throws {
    let (copy, first) = try copyWithNote()
    let second = try #require(try copy.commit(.count(note, field: "hours", 1)))
    let third = try #require(try copy.commit(.delete(note)))
    #expect(third.edits[0].operation == .delete(supersedes: [first.dot], seen: [first.dot, second.dot]))
    #expect(try copy.commit(.delete(note)) == nil)
  }

  @Test("a space that is not in this copy accepts nothing")
  func unknownSpace() throws {
    let copy = try Copy(1)
    #expect(throws: CommitError.unknownSpace) {
      try copy.store.write {
        try copy.replica($0).commit(
          [.create(note, kind: "revive")], in: id(0xee), by: carer, at: Timestamp(milliseconds: 0),
          isHome: false)
      }
    }
  }
}
