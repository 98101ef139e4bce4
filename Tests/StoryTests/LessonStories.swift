// What hurt people in other systems, played here. Each names where it was seen.

import Replication
import Testing

@Suite("What hurt people elsewhere")
struct LessonStories {
  @Test("the answer is lost after the hub took it in: sent again, it is there once (powersync.dart#307)")
  func answerLost() async throws {
    try await story {
      "carer #5 x s ."
      "chair .  . . s"
    } ends: { (end) throws in
      #expect(try end.sees("chair", "total") == .integer(5))
      #expect(try end.agree)
    }
  }

  @Test("deleted and made anew: both arrive (pointfreeco/sqlite-data#418)")
  func deletedAndBack() async throws {
    try await story {
      "carer d r w1 s ."
      "chair . . .  . s"
    } ends: { (end) throws in
      #expect(try end.sees("chair", "name") == .text("1") && !end.isRemoved("chair"))
      #expect(try end.agree)
    }
  }

  @Test("a clock 20 years ahead wins nothing and loses nothing (evoluhq/evolu#709)")
  func clockAhead() async throws {
    // They write at once, and the chair has seen more.
    try await story {
      "carer t l1 .  s .  . s"
      "chair . w3 w4 . l2 s ."
      "taker . .  .  . .  . s"
    } ends: { (end) throws in
      for person in ["chair", "taker"] { #expect(try end.sees(person, "colour") == .text("2")) }
      #expect(try end.history("taker").isSuperset(of: ["3", "4"]))
      #expect(try end.overridden("carer") == [.text("1")])
    }
  }

  @Test("a laptop goes back to an older copy and writes on: both lives' words arrive (automerge#536)")
  func putBack() async throws {
    try await story {
      "carer c w1 s p l2 s . s"
      "chair . .  . . .  . s ."
    } ends: { (end) throws in
      #expect(try end.sees("chair", "name") == .text("1"))
      #expect(try end.sees("chair", "colour") == .text("2"))
      #expect(try end.agree)
    }
  }

  @Test("the hub goes back to a backup: it gets back what it lost, and nobody's copy is wiped (Tamanu's runbook)")
  func hubRestored() async throws {
    try await story {
      "hub   c .  . p .  . . ."
      "carer . w1 s . l2 s . s"
      "chair . .  . . .  . s ."
    } ends: { (end) throws in
      #expect(try end.sees("chair", "name") == .text("1"))
      #expect(try end.sees("chair", "colour") == .text("2"))
      #expect(try end.agree)
    }
  }

  @Test("the hub forgot what one member wrote; another who had read it brings it back (realm-js#3548)")
  func broughtBackByAnother() async throws {
    try await story {
      "hub   c .  . . p . ."
      "carer . w1 s . . . ."
      "chair . .  . s . s ."
      "taker . .  . . . . s"
    } ends: { (end) throws in
      #expect(try end.sees("taker", "name") == .text("1"))
    }
  }

  @Test("a second offline update never arrives before the first (getodk/collect#6392)")
  func order() async throws {
    try await story {
      "carer w1 w2 x s ."
      "chair .  .  . . s"
    } ends: { (end) throws in
      #expect(try end.sees("chair", "name") == .text("2"))
      #expect(try end.history("chair") == ["0", "1", "2"])
      #expect(try end.agree)
    }
  }

  @Test("transient errors drop nothing from what is to be sent (pointfreeco/sqlite-data#432)")
  func transientErrors() async throws {
    try await story {
      "carer w1 b l2 b b s ."
      "chair .  . .  . . . s"
    } ends: { (end) throws in
      #expect(try end.sees("chair", "name") == .text("1") && end.sees("chair", "colour") == .text("2"))
      #expect(try end.agree)
    }
  }

  @Test("a deletion is not missed because a list looks as it did before (getodk/collect#6768)")
  func deletionSeen() async throws {
    try await story {
      "carer +1 s -1 s ."
      "chair .  s .  . s"
    } ends: { (end) throws in
      #expect(try end.sees("chair", "words") == nil)
      #expect(try end.agree)
    }
  }

  @Test("a year away, and both sides' work meets without a loss")
  func yearAway() async throws {
    try await story {
      "carer w1 y .  .  .  s ."
      "chair .  y l2 #3 s  . s"
    } ends: { (end) throws in
      for person in ["carer", "chair"] {
        #expect(try end.sees(person, "name") == .text("1") && end.sees(person, "colour") == .text("2"))
        #expect(try end.sees(person, "total") == .integer(3))
      }
      #expect(try end.agree)
    }
  }
}
