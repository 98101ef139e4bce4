// What really happens when people write at once, one drawing each.

import Replication
import Testing

@Suite("When people write at once")
struct ConflictStories {
  @Test("two set a new date: both show as not settled, and a person picks")
  func twoDates() async throws {
    try await story {
      "chair  w1 s .  .  s ."
      "taker  w2 . s  .  . s"
    } ends: { (end) throws in
      for person in ["chair", "taker"] { #expect(try end.asked(person, "name") == ["1", "2"]) }
      #expect(try end.agree)
    }
  }

  @Test("whoever picks settles it for all, and the other words stay in history")
  func picked() async throws {
    try await story {
      "chair  w1 s .  s k3 s ."
      "taker  w2 . s  .  . . s"
    } ends: { (end) throws in
      #expect(try end.sees("taker", "name") == .text("3"))
      #expect(try end.asked("taker", "name").isEmpty)
      #expect(try end.history("taker").isSuperset(of: ["1", "2", "3"]))
      #expect(try end.agree)
    }
  }

  @Test("two who settle the same question differently are asked again, and nobody's answer is lost")
  func settledTwice() async throws {
    try await story {
      "chair  w1 s .  s k3 s . s"
      "taker  w2 . s  . k4 . s ."
    } ends: { (end) throws in
      #expect(try end.asked("chair", "name") == ["3", "4"])
      #expect(try end.agree)
    }
  }

  @Test("who read the other's words first and then wrote has settled it: nobody is asked")
  func successor() async throws {
    try await story {
      "chair  w1 s . . s"
      "taker  .  . s w2 s"
      "other  .  . . .  s"
    } ends: { (end) throws in
      #expect(try end.sees("taker", "name") == .text("2"))
      #expect(try end.asked("taker", "name").isEmpty)
    }
  }

  @Test("one says done, another says halfway: done stands")
  func furthest() async throws {
    try await story {
      "chair  f4 s . s"
      "taker  f2 . s ."
    } ends: { (end) throws in
      for person in ["chair", "taker"] { #expect(try end.sees(person, "stage") == .text("done")) }
      #expect(try end.agree)
    }
  }

  @Test("an item is removed while a member writes on it: it is disputed, with the words, and a person decides")
  func held() async throws {
    try await story {
      "chair  d  s . s ."
      "member w1 . s . ."
    } ends: { (end) throws in
      #expect(try end.isHeld("chair") && end.isHeld("member"))
      #expect(try end.sees("chair", "name") == .text("1"))
      #expect(try end.agree)
    }
  }

  @Test("who brings it back brings it back whole")
  func broughtBack() async throws {
    try await story {
      "chair  d  s . s r s ."
      "member w1 . s . . . s"
    } ends: { (end) throws in
      #expect(try !end.isHeld("member") && !end.isRemoved("member"))
      #expect(try end.sees("member", "name") == .text("1"))
      #expect(try end.agree)
    }
  }

  @Test("two stewards count at two doors: the counts are added up")
  func counted() async throws {
    try await story {
      "first  #20 s . s"
      "second #12 . s ."
    } ends: { (end) throws in
      for person in ["first", "second"] { #expect(try end.sees(person, "total") == .integer(32)) }
    }
  }

  @Test("one adds a name while another takes it away: it stays")
  func addWins() async throws {
    try await story {
      "chair  +1 s -1 . s . s"
      "taker  +1 . .  s . s ."
    } ends: { (end) throws in
      for person in ["chair", "taker"] { #expect(try end.sees(person, "words") == .list([.text("1")])) }
      #expect(try end.agree)
    }
  }

  @Test("two write once what is written once: a person is asked, and then it stands")
  func onceRivals() async throws {
    try await story {
      "chair  o1 s . s k3 s ."
      "taker  o2 . s . .  . s"
    } ends: { (end) throws in
      #expect(try end.sees("taker", "sealed") == .text("3"))
      #expect(try end.agree)
    }
  }

  @Test("of a plain field one version is shown; the other's writer still has theirs and is told")
  func outvoted() async throws {
    try await story {
      "chair  l1 s . s"
      "taker  l2 . s ."
    } ends: { (end) throws in
      let shown = try #require(try end.sees("chair", "colour"))
      let (loser, kept) = shown == .text("1") ? ("taker", "2") : ("chair", "1")
      #expect(try end.overridden(loser) == [.text(kept)])
      #expect(try end.agree)
    }
  }
}
