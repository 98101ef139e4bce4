// A laptop restored from a backup, or cloned, makes other changes under the same names. What the hub holds owns the
// dot; the losing copy takes a new name and says its own words again (guarantee G9).
// Docs/lessons.md 20 (automerge#536): a duplicate sequence for one actor after a restore.

import Cryptography
import Replication
import TestKit
import Testing

@Suite struct ForkTests {
  private struct Unexpected: Error {}

  /// A laptop and its clone, which share one change; each then goes on by itself. The hub has heard the clone.
  private struct Fork {
    let hub: Copy
    let laptop: Copy
    let clone: Copy
    /// What the laptop made under names the hub holds otherwise.
    let lost: [Change]

    init(_ drafts: [[Draft]]) throws {
      (hub, laptop, clone) = (try Copy(9), try Copy(1), try Copy(1))
      let first = try #require(try laptop.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a"))))
      try clone.take([first])
      try clone.commit(.set(note, field: "title", .text("the clone's")), at: 5)
      try hub.take(from: clone)
      let laptop = laptop
      lost = try drafts.enumerated().compactMap {
        try laptop.commit($1, at: Timestamp(milliseconds: Int64(100 + $0)))
      }
    }

    @discardableResult
    func yield(from sequence: UInt64 = 2) throws -> (reissued: Int, rescued: Int) {
      let outcome = try laptop.store.write { try laptop.replica($0).resolveFork(of: id(1), from: sequence, in: board) }
      return (outcome.reissued, outcome.rescued)
    }

    /// What the laptop made again, in its order.
    func reissued() throws -> [Change] {
      try laptop.entries().compactMap { entry -> Change? in
        guard case .change(let change) = entry, ![id(1), id(9)].contains(change.dot.replica) else { return nil }
        return change
      }
    }
  }

  private static let edits: [[Draft]] = [
    [.set(note, field: "wording", .text("b"))],
    [.set(note, field: "wording", .text("c")), .add(note, field: "tags", .text("x"))],
    [.remove(note, field: "tags", .text("x"))], [.delete(note)], [.restore(note)],
  ]

  @Test("lost changes are re-issued under one new replica id, with their authors, times and order")
  func reissue() throws {
    let fork = try Fork(Self.edits)
    let outcome = try fork.yield()
    #expect(outcome == (5, 0))
    let again = try fork.reissued()
    #expect(again.map(\.dot.sequence) == [1, 2, 3, 4, 5])
    #expect(Set(again.map(\.dot.replica)).count == 1)
    #expect(try fork.laptop.store.read { try ReplicaIdentity($0).current() } == again[0].dot.replica)
    #expect(again.map(\.header.author) == fork.lost.map(\.header.author))
    #expect(again.map(\.header.time) == fork.lost.map(\.header.time))
    #expect(again.map(\.records) == fork.lost.map(\.records))
    #expect(try fork.laptop.store.read { try $0.outboxCount(in: board) } == 6)
  }

  @Test("references to renamed dots follow them: in what is superseded and in what a delete has seen")
  func references() throws {
    let fork = try Fork(Self.edits)
    try fork.yield()
    let again = try fork.reissued()
    let renamed = Dictionary(uniqueKeysWithValues: zip(fork.lost.map(\.dot), again.map(\.dot)))
    for (old, new) in zip(fork.lost, again) {
      for (oldEdit, newEdit) in zip(old.edits, new.edits) {
        let follows = oldEdit.operation.named.map { renamed[$0] ?? $0 }
        #expect(Set(newEdit.operation.named) == Set(follows))
        #expect(newEdit.operation.field == oldEdit.operation.field)
      }
    }
    #expect(fork.lost[3].edits[0].operation.named.contains(fork.lost[1].dot), "the delete saw the second")
  }

  @Test("the map from old to new replica ids is stored with them")
  func map() throws {
    let fork = try Fork(Self.edits)
    try fork.yield()
    for (old, new) in zip(fork.lost, try fork.reissued()) {
      let stored = try fork.laptop.store.read { try LocalState.reissued.value(old.dot, of: board, in: $0) }
      #expect(stored == new.dot)
    }
  }

  @Test("after an exchange, laptop and hub are equal, and nothing of either is lost")
  func heals() throws {
    let fork = try Fork([
      [.set(note, field: "wording", .text("b"))], [.set(note, field: "wording", .text("c"))],
      [.append(note, field: "comments", .text("mine"))],
    ])
    try fork.yield()
    try fork.laptop.take(from: fork.hub)
    try fork.hub.take(from: fork.laptop)
    #expect(try fork.hub.digest() == fork.laptop.digest())
    #expect(try fork.hub.shown("wording") == .text("c"))
    #expect(try fork.hub.shown("title") == .text("the clone's"))
    #expect(try fork.hub.shown("comments") == .list([.text("mine")]))
    #expect(try fork.hub.conflicts().isEmpty)
  }

  @Test("re-issued changes take no Lamport time from what was removed")
  func lamport() throws {
    let fork = try Fork(Self.edits)
    try fork.yield()
    // The shared first change has the Lamport time 1.
    #expect(try fork.reissued().map(\.header.lamport) == [2, 3, 4, 5, 6])
  }

  // The tip of a chain has its highest Lamport time, which its last row has not if that was refused for it.
  @Test("a void refused for its Lamport time, before the fork, does not set time back")
  func lamportAfterVoid() throws {
    let (laptop, chair) = (try Copy(1), try Copy(2))
    for number: UInt8 in 1...9 { try laptop.commit(.create(id(number), kind: "revive")) }
    let refused = try laptop.store.write { transaction in
      let edit = Edit(record: id(1), kind: "revive", operation: .count(field: "hours", amount: 1))
      let change = Change(
        edits: [edit], space: board, replica: id(1), previous: try transaction.tip(of: id(1), in: board), lamport: 3,
        author: carer, time: Timestamp(milliseconds: 0), modelVersion: 3)
      try laptop.replica(transaction).apply(.change(change))
      return change
    }
    try laptop.refuse(refused.dot, .lamport)
    try laptop.commit(.set(id(1), field: "title", .text("b")))
    try laptop.store.write { _ = try laptop.replica($0).resolveFork(of: id(1), from: 11, in: board) }
    let last = try #require(try laptop.entries().last)
    #expect(last.header.lamport > 9, "what was seen has the Lamport time 9")
    try chair.take(from: laptop)
    #expect(try chair.digest() == laptop.digest())
  }

  @Test("later changes under a newer replica id are re-issued too, since they may build on renamed ones")
  func followers() throws {
    let fork = try Fork([[.set(note, field: "wording", .text("b"))]])
    _ = try fork.laptop.store.write { try ReplicaIdentity.renew(in: $0) }
    let follower = try #require(try fork.laptop.commit(.set(note, field: "wording", .text("c"))))
    #expect(follower.edits[0].operation.supersedes == [fork.lost[0].dot])
    #expect(try fork.yield() == (2, 0))
    #expect(try !fork.reissued().contains { $0.dot == follower.dot })
    try fork.laptop.take(from: fork.hub)
    try fork.hub.take(from: fork.laptop)
    #expect(try fork.hub.shown("wording") == .text("c"))
    #expect(try fork.hub.conflicts().isEmpty)
  }

  // The hub bounds Lamport times by what it holds: it would refuse these words, and the member would have lost them.
  @Test("later changes at a Lamport time that only lost changes had reached are re-issued at a lower one")
  func followersInTime() throws {
    let fork = try Fork([[.set(note, field: "wording", .text("b"))], [.set(note, field: "wording", .text("c"))]])
    _ = try fork.laptop.store.write { try ReplicaIdentity.renew(in: $0) }
    let follower = try #require(try fork.laptop.commit(.create(id(2), kind: "revive")))
    #expect(follower.edits.flatMap(\.operation.named).isEmpty)
    #expect(try fork.yield() == (3, 0))
    var highest: UInt64 = 0
    for entry in try fork.laptop.entries() {
      #expect(entry.header.lamport <= highest + 1)
      highest = max(highest, entry.header.lamport)
    }
    try fork.laptop.take(from: fork.hub)
    try fork.hub.take(from: fork.laptop)
    #expect(try fork.hub.presence(of: id(2)) == .present)
  }

  @Test("later changes at a Lamport time that stands are kept as they are")
  func followersThatWereInTime() throws {
    let fork = try Fork([[.set(note, field: "wording", .text("b"))]])
    let chair = try Copy(2)
    for number: UInt8 in 2...9 { try chair.commit(.create(id(number), kind: "revive")) }
    try fork.laptop.take(from: chair)
    _ = try fork.laptop.store.write { try ReplicaIdentity.renew(in: $0) }
    let follower = try #require(try fork.laptop.commit(.create(id(10), kind: "revive")))
    #expect(try fork.yield() == (1, 0))
    #expect(try fork.laptop.entries().contains { $0.dot == follower.dot })
  }

  // Guarantee G5: the hub holds the clone's words under the name of a change that was refused here.
  @Test("a delete that had seen a refused change has not seen what the hub holds under that name")
  func refusedSeen() throws {
    let fork = try Fork([[.set(note, field: "wording", .text("b"))], [.delete(note)]])
    try fork.laptop.refuse(fork.lost[0].dot)
    #expect(fork.lost[1].edits[0].operation.named.contains(fork.lost[0].dot))
    #expect(try fork.yield() == (1, 0))
    try fork.laptop.take(from: fork.hub)
    try fork.hub.take(from: fork.laptop)
    #expect(try fork.hub.digest() == fork.laptop.digest())
    #expect(try fork.hub.presence() == .disputed, "nobody who deleted it has seen the clone's title")
  }

  // A log whose own rows it cannot read is a copy that cannot be opened.
  @Test("a delete of a record that only a lost branch had made goes to the rescue box, and the log can be read")
  func deleteOfWhatIsGone() throws {
    let fork = try Fork([[.create(id(2), kind: "revive")]])
    try fork.laptop.refuse(fork.lost[0].dot)
    let chair = try Copy(3)
    try chair.commit(.create(id(4), kind: "revive"))
    try fork.laptop.take(from: chair)
    let delete = try #require(try fork.laptop.commit(.delete(id(4))))
    try fork.laptop.store.write { _ = try fork.laptop.replica($0).resolveFork(of: id(3), from: 1, in: board) }
    for entry in try fork.laptop.entries() {
      guard case .change(let change) = entry else { continue }
      #expect(try Change(headerBytes: change.headerBytes, bodyBytes: change.bodyBytes) == change)
    }
    #expect(try fork.laptop.store.read { try $0.rescued() }.map(\.change.dot).contains(delete.dot))
  }

  // The hub may hold another change under that name, or none: then it would wait for it for ever.
  @Test("restoring one's own deletion does not name a delete that went to the rescue box")
  func restoreAfterDeleteOfWhatIsGone() throws {
    let (laptop, chair) = (try Copy(1), try Copy(3))
    try chair.commit(.create(id(4), kind: "revive"))
    try laptop.take(from: chair)
    let delete = try #require(try laptop.commit(.delete(id(4))))
    let restore = try #require(try laptop.commit(.restore(id(4))))
    #expect(restore.edits[0].operation.named.contains(delete.dot))
    try laptop.store.write { _ = try laptop.replica($0).resolveFork(of: id(3), from: 1, in: board) }
    let named = try laptop.entries().flatMap { entry -> [Dot] in
      if case .change(let change) = entry { change.edits.flatMap(\.operation.named) } else { [] }
    }
    #expect(named.isEmpty, "\(named)")
    #expect(try laptop.presence(of: id(4)) == .present)
  }

  @Test("nothing is re-issued twice, however often the fork is noticed")
  func neverTwice() throws {
    let fork = try Fork(Self.edits)
    try fork.yield()
    let entries = try fork.laptop.entries()
    #expect(try fork.yield() == (0, 0))
    #expect(try fork.laptop.entries() == entries)
  }

  @Test("a crash before the commit leaves the fork as it was, and the next repair resolves it once")
  func crash() throws {
    struct Crash: Error {}
    let fork = try Fork(Self.edits)
    let before = (try fork.laptop.entries(), try fork.laptop.digest())
    #expect(throws: Crash.self) {
      try fork.laptop.store.write {
        _ = try fork.laptop.replica($0).resolveFork(of: id(1), from: 2, in: board)
        throw Crash()
      }
    }
    #expect(try fork.laptop.entries() == before.0)
    #expect(try fork.laptop.digest() == before.1)
    #expect(try fork.laptop.store.read { try ReplicaIdentity($0).current() } == id(1))
    #expect(try fork.yield() == (5, 0))
    #expect(try fork.reissued().count == 5)
  }

  @Test("another member's forked changes are not re-issued: they go to the rescue box whole")
  func foreign() throws {
    let fork = try Fork(Self.edits)
    let chair = try Copy(2)
    try chair.take(from: fork.laptop)
    let own = try #require(try chair.commit(.set(note, field: "title", .text("the chair's"))))
    let outcome = try chair.store.write { try chair.replica($0).resolveFork(of: id(1), from: 2, in: board) }
    // The chair's own change names none of them, but its Lamport time is one that only they had reached.
    #expect((outcome.reissued, outcome.rescued) == (1, 5))
    #expect(try chair.store.read { try $0.rescued() }.map(\.change) == fork.lost)
    #expect(try chair.store.read { try $0.rescued() }.allSatisfy { $0.reason == .forked })
    let entries = try chair.entries()
    #expect(entries.map(\.header.lamport) == [1, 2])
    guard case .change(let again)? = entries.last else { throw Unexpected() }
    #expect(again.edits == own.edits)
    #expect(try chair.vector().sequence(of: id(1)) == 1)
    #expect(try chair.shown("wording") == nil)
    // The hub's rows for the same dots then follow the tip.
    try chair.take(from: fork.hub)
    #expect(try chair.state()?.fields["title"]?.siblings.count == 2)
  }

  // Guarantees G1 and G5: a dot that two changes go by must not let one be superseded by who had seen only the other.
  @Test("a change over another's forked change does not supersede the hub's change with the same dot")
  func foreignSuperseded() throws {
    let fork = try Fork([[.set(note, field: "title", .text("the laptop's"))]])
    let chair = try Copy(2)
    try chair.take(from: fork.laptop)
    try chair.commit(.set(note, field: "title", .text("the chair's")))
    try chair.store.write { _ = try chair.replica($0).resolveFork(of: id(1), from: 2, in: board) }
    try chair.take(from: fork.hub)
    try fork.hub.take(from: chair)
    #expect(try fork.hub.digest() == chair.digest())
    #expect(try fork.hub.state()?.fields["title"]?.siblings.count == 2)
  }

  @Test("the cursor stays, since nothing that was read of the hub's log is taken out")
  func cursor() throws {
    let fork = try Fork(Self.edits)
    let cursor = Cursor(epoch: id(0xe0), position: 4, digest: Digest(tag: "test", [4]))
    let place = LogPlace(position: 1, time: Timestamp(milliseconds: 1), digest: Digest(tag: "test", [1]))
    try fork.laptop.store.write { transaction in
      var space = try #require(try transaction.space(board))
      space.cursor = cursor
      try transaction.put(space)
      try transaction.setPlace(of: Dot(id(1), 1), in: board, to: place)
    }
    try fork.yield()
    #expect(try fork.laptop.store.read { try $0.space(board) }?.cursor == cursor)
    #expect(try fork.laptop.store.read { try $0.lastPlace(in: board) } == place)
  }

  @Test("a fork from the first change on takes the whole chain")
  func fromTheFirst() throws {
    let fork = try Fork(Self.edits)
    #expect(try fork.yield(from: 1) == (6, 0))
    #expect(try fork.laptop.vector().sequence(of: id(1)) == 0)
    #expect(try fork.reissued().map(\.header.lamport) == [1, 2, 3, 4, 5, 6])
  }
}

extension Operation {
  /// Every dot that the operation names.
  fileprivate var named: [Dot] {
    let seen: DotSet = if case .delete(_, let seen) = self { seen } else { [] }
    return supersedes.union(seen).runs.flatMap(\.dots)
  }
}
