// The screens of a member, in the words and the order they were agreed in.

import BoardTerminal
import ClientCore
import JSONText
import RecordModel
import Replication
import SafeText
import SyncProtocol
import TestKit
import Testing

@Suite("Screens")
struct ScreenTests {
  @Test("home is at most ten lines: who, the meeting, what needs you, what is new, your work, your copy, help")
  func home() async throws {
    let table = try Table()
    let (carer, chair, _) = try await table.twoVersions()
    await chair.board("record", "add", "paper", "title=Plan")
    await chair.board("send")
    await carer.board("send")
    await carer.board("record", "add", "action", "what=Ask about buses", "status=open")
    await carer.session("comment", "Half a thought")
    let home = await carer.board("home")
    #expect(
      home.lines == [
        "Home. Community Advisory Board. You are the carer, a member.",
        "Next meeting: Thursday 10 December 2026. In 16 days.",
        "You have a half-written comment. Type 'comment' to go on, or 'discard' to let it go.",
        "1 thing needs your choice. Type 'choices' to see it.",
        "2 new things since you last looked. Type 'new' to see them.",
        "Your work: 1 change is waiting to be sent.",
        "Your copy: You have all the news the Centre had at 10:42am on Tuesday 24 November 2026.",
        "Type 'help' at any time. Type 'quit' to stop. Your work is always kept.",
      ])
  }

  @Test("a meeting whose date is not settled is shown with both dates")
  func unsettledMeeting() async throws {
    let table = try Table()
    let (carer, chair, id) = try await table.twoVersions()
    await carer.board("record", "set", id, "date=2026-12-11")
    await chair.board("record", "set", id, "date=2026-12-17")
    for desk in [carer, chair, carer] { await desk.board("send") }
    let home = await carer.board("home").lines[1]
    #expect(home.hasPrefix("Next meeting: not settled: "))
    #expect(home.contains("Friday 11 December 2026") && home.contains("Thursday 17 December 2026"))
  }

  @Test("a meeting that was called off is not the next one, and its list says so")
  func calledOff() async throws {
    let (carer, _, id) = try await Table().twoVersions()
    await carer.board("record", "set", id, "how_it_ended=called off")
    #expect(await carer.board("home").lines[1] == "Next meeting: none is planned in this copy.")
    #expect(await carer.board("meetings").screen.contains("Called off."))
  }

  @Test("a reply stands beside the meeting it answers")
  func reply() async throws {
    let (carer, _, id) = try await Table().twoVersions()
    let me = try carer.copy.membership().member
    await carer.board("record", "add", "reply", "meeting_ref=\(id)", "member_ref=\(me)", "answer=by phone")
    #expect(await carer.board("home").lines[1].hasSuffix("In 16 days. You said: by phone."))
  }

  @Test("what the Centre has and how fresh the copy is are two lines, always")
  func twoLines() async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer")
    table.clock.advance(milliseconds: 16 * 86_400_000)
    for words in [["home"], ["status"]] {
      let lines = await carer.command(words).lines
      #expect(lines.contains("Your work: The Centre has your work. Nothing is waiting to be sent."))
      #expect(
        lines.contains(
          "Your copy: You last joined up with the Centre 16 days ago. Other people may have made changes since then."))
    }
  }

  @Test("a copy of a week ago is warned about when a meeting is within a week")
  func meetingSoon() async throws {
    let table = try Table()
    let (carer, _, _) = try await table.twoVersions()
    table.clock.advance(milliseconds: 10 * 86_400_000)
    #expect(await carer.board("home").screen.contains("Your next meeting is soon. Type 'send'"))
  }

  @Test("a clock before the last contact gets a warning, never an age")
  func clockBehind() async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer")
    table.clock.advance(milliseconds: -365 * 86_400_000)
    let status = await carer.board("status").screen
    #expect(
      status.contains(
        """
        Note: The date on this computer looks wrong. It says 24 November 2025. The Centre says 24 November 2026.
        Your work is safe and in the right order. We will use the date from the Centre.
        """))
    #expect(!status.contains("ago"))
  }

  @Test("a few minutes between the clocks are no news")
  func clockNear() async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer")
    table.clock.advance(milliseconds: -600_000)
    #expect(await !carer.board("status").screen.contains("looks wrong"))
  }

  @Test("send says what it does, by the Centre's clock, and asks what must be asked")
  func send() async throws {
    let table = try Table()
    let (carer, _, _) = try await table.twoVersions()
    await carer.board("record", "add", "paper", "title=Plan")
    await carer.board("record", "add", "paper", "title=Other plan")
    #expect(
      await carer.board("send").lines == [
        "Sending 2 changes now. You can keep working.",
        "Done: The Centre has your changes. It got them at 10:42am on Tuesday 24 November 2026.",
        "There is no news.",
        "Done: You have all the news the Centre had at 10:42am on Tuesday 24 November 2026.",
        "Question: 1 thing needs your choice. Type 'choices' to see it.",
      ])
  }

  @Test("a connection that drops halfway says how far it came, and the next send carries on")
  func dropped() async throws {
    let (carer, line) = try await Table().member("the carer")
    // More than one request may carry, so that the first arrives and the second does not.
    let long = String(repeating: "Buses. ", count: 17_000)
    for number in 1...12 {
      let inputs: [FieldInput] = [.text(field: "title", "Plan \(number)"), .text(field: "lay_summary", long)]
      _ = try carer.copy.add(kind: "paper", inputs, space: nil)
    }
    line.next(nil, .requestLost)
    let first = await carer.board("send")
    #expect(first.exit == .hubAway && first.lines == ["Sending 12 changes now. You can keep working."])
    #expect(
      first.errors == """
        2 of 12 changes sent. The line dropped. Nothing is lost.
        We will carry on from here next time.

        """)
    #expect(await carer.board("status").screen.contains("You have only part of the news"))
    let second = await carer.board("send")
    #expect(
      second.lines.prefix(2).map { $0.prefix(30) } == [
        "Sending 10 changes now. You ca", "Done: The Centre has your chan",
      ])
    #expect(await !carer.board("status").screen.contains("only part"))
  }

  @Test("a refused change is shown and explained, and its words are kept")
  func refused() async throws {
    let clock = ManualClock()
    let hub = ScriptedHub(clock: clock)
    let desk = Desk(hub, clock: clock)
    await desk.board("join", "hub.example.org", "code")
    await desk.board("record", "add", "paper", "title=My plan")
    hub.judge(.refused(.notAllowed))
    let sent = await desk.board("send")
    #expect(sent.exit == .done)
    #expect(
      sent.lines.contains("Note: 1 change was not taken. Nothing is lost. Type 'why 1' to see the reason."))
    let why = await desk.board("why", "1").screen
    #expect(why.contains("You may not change this. Ask the chair, or the Centre."))
    #expect(why.contains("Title, written: My plan"))
    let json = try #require(try await desk.board("why", "1", "--json").json["refused"]?.list?.first)
    #expect(json.keys == ["dot", "edits", "reason", "time"] && json["reason"] == .string("notAllowed"))
    #expect(await desk.board("why", "2").exit == .usage)
  }

  @Test("every reason there is has its own plain sentence")
  func reasons() async throws {
    let reasons: [RefusalReason] = [
      .notAllowed, .suggestOnly, .malformed, .unknownKind, .unknownField, .wrongKind, .wrongOperation, .wrongType,
      .tooLarge, .deletesNever, .goesBack, .writtenOnce, .dependsOnRefused, .unknownRecord, .deleted, .lamport, .forked,
      .unsettled,
    ]
    let words = reasons.map {
      Failure(ClientError.refused($0, field: "")).words.map(\.description).joined(separator: " ")
    }
    #expect(Set(words).count == reasons.count)
    #expect(words.allSatisfy { !$0.contains("gave this reason") })
    let unknown = Failure(ClientError.refused(RefusalReason(rawValue: "tomorrow"), field: "")).words
    #expect(unknown.contains("The Centre gave this reason: tomorrow."))
  }

  @Test("lists say their name, how many and how fresh, and their numbers hold in the next call")
  func lists() async throws {
    let (carer, _, _) = try await Table().twoVersions()
    let list = await carer.board("meetings")
    #expect(
      list.lines.prefix(2) == [
        "Meetings. 1 item. You have all the news the Centre had at 10:42am on Tuesday 24 November 2026.",
        "1. Board meeting. Thursday 10 December 2026. Planned. Not settled: Place.",
      ])
    let page = await carer.board("open", "1").lines
    #expect(page.prefix(3) == ["Item 1.", "Meeting: Board meeting", "Not settled: Place."])
    #expect(page.contains("Date: Thursday 10 December 2026"))
    let history = await carer.board("history").lines
    #expect(history.first == "History of 'Board meeting'. 3 changes, oldest first.")
    let received = "The Centre got it at 10:42am on Tuesday 24 November 2026:"
    #expect(history.count { $0.hasSuffix(received) } == 3, "\(history)")
  }

  @Test("a long list stops, and 'more' goes on with the numbers")
  func more() async throws {
    let (carer, _) = try await Table().member("the carer")
    for number in 1...45 {
      _ = try carer.copy.add(kind: "paper", [.text(field: "title", "Plan \(number)")], space: nil)
    }
    let first = await carer.board("papers")
    #expect(first.screen.contains("5 more. Type 'more' to see them."))
    let rest = await carer.board("more")
    #expect(rest.lines.count == 5 && rest.lines[0].hasPrefix("41. "))
    #expect(await carer.board("open", "45").exit == .done)
    #expect(await carer.board("more").exit == .usage)
  }

  @Test("linked records are shown by their titles, and bookkeeping is left away")
  func links() async throws {
    let (carer, _, id) = try await Table().twoVersions()
    await carer.board(
      "record", "add", "agenda_item", "title=Buses", "meeting_ref=\(id)", "minutes_allowed=20", "key=item/1", "--space",
      "cab")
    await carer.board("find", "buses")
    let page = await carer.board("open", "1").screen
    #expect(page.contains("Meeting: Board meeting"))
    #expect(page.contains("Minutes allowed: 20"))
    #expect(!page.contains("item/1"))
  }

  @Test("a mistyped word is asked back once and never run")
  func unknownWord() async throws {
    let (carer, _) = try await Table().member("the carer")
    await carer.board("record", "add", "paper", "title=Plan")
    let session = await carer.session("sedn", "papers", "yes", "sedn", "yes")
    #expect(
      session.screen.contains(
        "We do not know the word 'sedn'. Did you mean 'send'? Type 'yes' or type another word."))
    #expect(session.screen.contains("We do not know the word 'yes'."))
    #expect(session.screen.contains("> yes\nSending 1 change now."))
    let script = await carer.board("sedn")
    #expect(script.exit == .usage && script.errors == "We do not know the word 'sedn'. Did you mean 'send'?\n")
  }

  @Test("a session without a copy says how to begin, and can")
  func firstRun() async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let session = await Desk(hub, clock: hub.clock).session("home", "join hub.example.org code", "home", "quit", "home")
    #expect(session.screen.hasPrefix("Welcome. This copy is empty.\nType 'join'"))
    #expect(session.screen.contains("Welcome, the carer.\nYou can now see: Community Advisory Board."))
    #expect(session.screen.contains("Done: You have all the news the Centre had at"))
    #expect(session.lines.last == "Goodbye. Your work is kept on this computer.")
  }

  @Test("a connection that drops between joining and the first news leaves a member who has joined")
  func joinedWithoutNews() async throws {
    let hub = ScriptedHub(clock: ManualClock())
    hub.failSyncs(.unreachable("no line"))
    let desk = Desk(hub, clock: hub.clock)
    let joined = await desk.board("join", "hub.example.org", "code")
    #expect(joined.exit == .done)
    #expect(joined.lines.last?.contains("Type 'send' to get it.") == true)
    #expect(await desk.board("home").screen.contains("Your copy: You have not had the Centre's news yet."))
    #expect(await desk.board("send").exit == .done)
  }

  @Test("a role is named as the model names it")
  func role() async throws {
    let hub = ScriptedHub(clock: ManualClock(), role: "note-taker")
    let desk = Desk(hub, clock: hub.clock)
    await desk.board("join", "hub.example.org", "code")
    #expect(
      await desk.board("home").lines[0] == "Home. Community Advisory Board. You are the carer, the note taker.")
  }

  @Test("a stranger's title cannot steer the screen, and scripts get it escaped")
  func hostileTitle() async throws {
    let (carer, _) = try await Table().member("the carer")
    _ = try carer.copy.add(kind: "paper", [.text(field: "title", "Plan\u{1b}[2J\u{202e}\nfake line")], space: nil)
    for words in [["papers"], ["open", "1"], ["find", "plan"], ["history", "1"], ["papers", "--json"]] {
      let screen = await carer.command(words).screen
      #expect(!screen.unicodeScalars.contains("\u{1b}") && !screen.unicodeScalars.contains("\u{202e}"))
      #expect(!screen.contains("\nfake line"))
    }
    #expect(await carer.board("papers").screen.contains("Plan‹U+001B›[2J‹U+202E›"))
  }

  @Test(
    "a meeting whose day is not settled is the next one, in the words of its date",
    arguments: [
      ("2026-12", "Next meeting: in December 2026. The day is not settled."),
      ("2026-11", "Next meeting: in November 2026. The day is not settled."),
      ("2026-winter", "Next meeting: in winter 2026. The day is not settled."),
      ("2025-winter", "Next meeting: none is planned in this copy."),
      ("2026-10", "Next meeting: none is planned in this copy."),
      ("2027", "Next meeting: in 2027. The day is not settled."),
      ("2026-11-23", "Next meeting: none is planned in this copy."),
    ])
  func datesInPart(date: String, words: String) async throws {
    let (carer, _) = try await Table().member("the carer")
    await carer.board("record", "add", "meeting", "title=Board meeting", "date=\(date)", "status=planned")
    #expect(await carer.board("home").lines[1] == words)
  }

  @Test("a day comes before the month that it lies in")
  func dayBeforeMonth() async throws {
    let (carer, _) = try await Table().member("the carer")
    for date in ["2026-12", "2026-12-10", "2026"] {
      await carer.board("record", "add", "meeting", "title=Board meeting", "date=\(date)", "status=planned")
    }
    #expect(await carer.board("home").lines[1] == "Next meeting: Thursday 10 December 2026. In 16 days.")
  }

  @Test("a title that nobody can see says so")
  func blankTitle() async throws {
    let (carer, _) = try await Table().member("the carer")
    let blank = await carer.board("record", "add", "paper", "title= ", "--json")
    #expect(try blank.errorJSON["error"] == .string("badValue"))
    let paper = try carer.copy.add(kind: "paper", [], space: "cab").id
    try carer.write(.set(paper, field: "title", .text(" \u{200b}")))
    #expect(await carer.board("papers").screen.contains("1. paper, without a name"))
  }

  @Test(
    "a member who is called like what the program says of people is shown as called so",
    arguments: ["you", "the chair"])
  func nameOfAnother(name: String) async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer", spaces: ["cab"])
    let (helper, _) = try await table.member("the helper", spaces: ["cab"])
    let me = try carer.copy.membership().member
    let typed = await carer.board("record", "set", me.description, "name=\(name)", "--json")
    #expect(try typed.errorJSON["error"] == .string("badValue"))
    try carer.write(.set(RecordID(me), field: "name", .text(name)))
    await carer.board("record", "add", "paper", "title=Plan", "--space", "cab")
    for desk in [carer, helper] { await desk.board("send") }
    await helper.board("papers")
    #expect(await helper.board("open", "1").screen.contains("Last changed by somebody called '\(name)', at"))
  }
}
