// Comments: what was typed is kept line by line, whatever happens to the lid, the line or the power.

import BoardTerminal
import ClientCore
import Replication
import TestKit
import Testing

@Suite("Comments")
struct CommentTests {
  @Test("a comment becomes a view on the item, in the item's own space")
  func comment() async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer", spaces: ["public", "cab", "cab-reserved"])
    await carer.board("record", "add", "paper", "title=Reserved plan", "--space", "cab-reserved")
    let session = await carer.session("papers", "comment 1", "Buses stop at six.", "That leaves carers stuck.", ".")
    #expect(
      session.screen.contains(
        """
        > comment 1
        Item 1. Reserved plan
        Write your view. Stop any time. Put a full stop on its own line to end.
        : Buses stop at six.
        : That leaves carers stuck.
        : .
        You wrote 2 lines.
        Done: Saved on this computer. Not sent yet.
        """))
    let view = try #require(try carer.copy.list(kind: "view").first)
    #expect(view.fields["text"] == .text("Buses stop at six.\nThat leaves carers stuck."))
    #expect(view.space == "cab-reserved")
    #expect(try view.fields["about_ref"] == .link(carer.copy.list(kind: "paper")[0].id))
  }

  @Test("words of a comment that was never ended are kept, shown, and gone on with")
  func halfWritten() async throws {
    let (carer, _, _) = try await Table().twoVersions()
    await carer.session("meetings", "comment 1", "Buses stop at six.")
    #expect(try carer.copy.list(kind: "view").isEmpty)
    #expect(await carer.session().screen.contains("You have a half-written comment."))
    let session = await carer.session("comment", "That leaves carers stuck.", ".")
    #expect(session.screen.contains("Your half-written line was kept:\n  Buses stop at six."))
    let view = try #require(try carer.copy.list(kind: "view").first)
    #expect(view.fields["text"] == .text("Buses stop at six.\nThat leaves carers stuck."))
    #expect(view.fields["about_ref"] != nil)
    #expect(await !carer.board("home").screen.contains("half-written"))
  }

  @Test("a half-written comment on one thing does not slip into a comment on another")
  func elsewhere() async throws {
    let (carer, _, _) = try await Table().twoVersions()
    await carer.board("record", "add", "paper", "title=Plan")
    await carer.session("meetings", "comment 1", "Buses stop at six.")
    let session = await carer.session("papers", "comment 1", "discard", "comment 1", "Good.", ".")
    #expect(session.screen.contains("You have a half-written comment on Board meeting."))
    #expect(session.screen.contains("We let go of these words:\n  Buses stop at six."))
    #expect(try carer.copy.list(kind: "view").map { $0.fields["text"] } == [.text("Good.")])
  }

  @Test("a script's comment ends with its input")
  func script() async throws {
    let (carer, _) = try await Table().member("the carer")
    let answer = await carer.board("comment", "--json", typing: ["From a script."])
    #expect(answer.exit == .done)
    #expect(try answer.json.keys == ["dot", "id", "space"])
    #expect(try carer.copy.list(kind: "view").first?.fields["text"] == .text("From a script."))
  }

  @Test("a person whose connection drops in a single command keeps the words half-written")
  func hangUp() async throws {
    var (carer, _) = try await Table().member("the carer")
    carer.isInteractive = true
    let answer = await carer.board("comment", typing: ["Buses stop at six."])
    #expect(answer.screen.contains("Your half-written comment is kept."))
    #expect(try carer.copy.list(kind: "view").isEmpty)
  }

  @Test("a line no field can hold is turned away at once, and the others stay")
  func badLines() async throws {
    let (carer, _) = try await Table().member("the carer")
    let long = String(repeating: "x", count: Limits.textBytesMax + 1)
    let session = await carer.session("comment", "Good.", "a\u{0}b", long, "Better.", ".")
    #expect(session.screen.contains("That line holds a character we cannot keep."))
    #expect(session.screen.contains("would make the comment too long"))
    #expect(try carer.copy.list(kind: "view").map { $0.fields["text"] } == [.text("Good.\nBetter.")])
  }

  @Test("nothing written is nothing saved")
  func nothing() async throws {
    let (carer, _) = try await Table().member("the carer")
    let session = await carer.session("comment", ".", "discard")
    #expect(session.screen.contains("You wrote nothing, so nothing was saved."))
    #expect(session.screen.contains("There is no half-written comment."))
    #expect(try carer.copy.list(kind: "view").isEmpty)
  }

  @Test("a piped text is kept whole, whatever its lines are")
  func pipedWhole() async throws {
    let (carer, _) = try await Table().member("the carer")
    let answer = await carer.board("comment", typing: ["Buses stop at six.", ".", "That leaves carers stuck."])
    #expect(answer.exit == .done)
    #expect(
      try carer.copy.list(kind: "view").map { $0.fields["text"] } == [
        .text("Buses stop at six.\n.\nThat leaves carers stuck.")
      ])
    // A full stop on the last line is the end mark of a script that was written like a session.
    await carer.board("comment", "--json", typing: ["Good.", "."])
    #expect(try carer.copy.list(kind: "view").contains { $0.fields["text"] == .text("Good.") })
  }

  @Test("a pasted text is kept whole and never ends the comment")
  func pastedWhole() async throws {
    var (carer, _) = try await Table().member("the carer")
    carer.isInteractive = true
    let session = await carer.session("comment", "Buses stop at six.\n.\nsend", ".")
    #expect(session.screen.contains("You wrote 3 lines."))
    #expect(
      try carer.copy.list(kind: "view").map { $0.fields["text"] } == [.text("Buses stop at six.\n.\nsend")])
    #expect(try carer.copy.status().unsent == 1)

    await carer.session("comment", "One.\n.", "\u{1b}[200~.", "Two.\u{1b}[201~", ".")
    #expect(try carer.copy.list(kind: "view").contains { $0.fields["text"] == .text("One.\n.\n.\nTwo.") })
  }

  @Test("pasted lines never run as commands, and what is typed after them does")
  func pastedCommands() async throws {
    var (carer, _) = try await Table().member("the carer")
    carer.isInteractive = true
    let session = await carer.session(
      "record add action what=Tea\nrecord add action what=Cake\nsend",
      "\u{1b}[200~record add action what=Milk\u{1b}[201~",
      "record add action what=Bread")
    #expect(session.screen.contains("Several lines came at once, as when text is pasted. None of them was run."))
    #expect(try carer.copy.list(kind: "action").map { $0.fields["what"] } == [.text("Bread")])
  }

  @Test("a line that a terminal may have cut is turned away before anything of it is saved")
  func cutLine() async throws {
    var (carer, _) = try await Table().member("the carer")
    carer.isInteractive = true
    let long = String(repeating: "x", count: 4_095)
    let session = await carer.session("record add action what=\(long)", "comment", "Good.", long, ".")
    #expect(session.lines.count { $0.contains("That line is too long for this window") } == 2)
    #expect(try carer.copy.list(kind: "action").isEmpty)
    #expect(try carer.copy.list(kind: "view").map { $0.fields["text"] } == [.text("Good.")])
  }
}
