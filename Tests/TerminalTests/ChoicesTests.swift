// Choosing: one question at a time, only what was shown, and nothing by leaving (getodk/getodk#1398: turning the screen
// during a review chose for the person).

import BoardTerminal
import ClientCore
import JSONText
import Replication
import TestKit
import Testing

@Suite("Choices")
struct ChoicesTests {
  @Test("a question shows both versions, whose they are, and what was there before")
  func question() async throws {
    let (carer, _, _) = try await Table().twoVersions()
    let lines = await carer.board("choices").lines
    #expect(
      lines.prefix(4) == [
        "1 thing needs your choice.", "Board meeting.", "Place: 2 versions were written at the same time.",
        "Nobody's words were lost.",
      ])
    let screen = lines.joined(separator: "\n")
    #expect(screen.contains(", yours:\n  Library") && screen.contains(", by the chair:\n  Town hall"))
    #expect(screen.contains("Before both:\n  Room 1"))
    #expect(lines.last == "Type 'keep A', 'keep B' or 'later'.")
  }

  @Test("what is kept settles it, on every copy, and the other words stay in history")
  func keep() async throws {
    let (carer, chair, id) = try await Table().twoVersions()
    let letter = try await carer.letter(of: "Town hall")
    let session = await carer.session("choices", "keep \(letter.lowercased())", "send", "choices")
    #expect(session.screen.contains("Done: Chosen. The other versions stay in 'history'."))
    #expect(session.screen.contains("Nothing needs your choice."))
    await chair.board("send")
    for desk in [carer, chair] {
      let shown = try await desk.board("record", "show", id, "--json").json
      #expect(shown["fields"]?["place"] == .string("Town hall") && shown["conflicts"] == .object([:]))
      #expect(await desk.board("record", "history", id).screen.contains("Library"))
    }
  }

  @Test("keep applies only to exactly what was shown: another version since makes it another question")
  func changedSince() async throws {
    let table = try Table()
    let (carer, chair, id) = try await table.twoVersions()
    let (helper, _) = try await table.member("the helper")
    await carer.board("choices")
    await helper.board("record", "set", id, "place=Park")
    await chair.board("record", "set", id, "place=Church")
    for desk in [helper, chair, carer] { await desk.board("send") }
    let before = try carer.copy.show(id)
    let answer = await carer.board("keep", "A", "--json")
    #expect(answer.exit == .tryAgain)
    #expect(try answer.errorJSON["error"] == .string("changedMeanwhile"))
    #expect(try carer.copy.show(id) == before)
    #expect(await carer.board("keep", "A").exit == .done)
  }

  @Test("keep without a question on the screen, or of a version that was not there, chooses nothing")
  func nothingShown() async throws {
    let (carer, _, id) = try await Table().twoVersions()
    #expect(await carer.board("keep", "A").exit == .usage)
    await carer.board("choices")
    for letter in ["C", "Z", "AB", "1"] { #expect(await carer.board("keep", letter).exit == .usage) }
    #expect(try carer.copy.show(id).conflicts.count == 1)
  }

  @Test("a question somebody else answered meanwhile is said to be settled")
  func settledMeanwhile() async throws {
    let (carer, chair, _) = try await Table().twoVersions()
    await carer.board("choices")
    await chair.session("choices", "keep A", "send")
    await carer.board("send")
    let answer = await carer.board("keep", "B")
    #expect(answer.exit == .badData && answer.errors.contains("settled in the meantime"))
  }

  @Test("later goes to the next question and chooses nothing; home asks no more than there is")
  func later() async throws {
    let (carer, chair, id) = try await Table().twoVersions()
    await carer.board("record", "set", id, "date=2026-12-11")
    await chair.board("record", "set", id, "date=2026-12-17")
    for desk in [carer, chair, carer] { await desk.board("send") }
    let session = await carer.session("choices", "later", "later", "keep A")
    #expect(session.screen.contains("2 things need your choice. This is number 1."))
    #expect(session.screen.contains("2 things need your choice. This is number 2."))
    #expect(session.screen.contains("That was the last one. They will wait."))
    #expect(session.screen.contains("Type 'choices' first"))
    #expect(try carer.copy.show(id).conflicts.count == 2)
  }

  @Test("only what differs in a group is asked about, and what is kept is kept whole")
  func group() async throws {
    let (carer, chair, id) = try await Table().twoVersions()
    await carer.board("record", "settle", id, "place", "Library")
    await carer.board("send")
    await chair.board("send")
    await carer.board("record", "set", id, "date=2026-12-11")
    await chair.board("record", "set", id, "date=2026-12-17", "time=2pm")
    for desk in [carer, chair, carer] { await desk.board("send") }
    let letter = try await carer.letter(of: "11 December")
    await carer.session("choices", "keep \(letter)")
    let shown = try carer.copy.show(id)
    #expect(shown.conflicts.isEmpty && shown.fields["date"] == .text("2026-12-11"))
    #expect(shown.fields["time"] ?? .null == .null)
  }

  /// Two dates of one meeting, by two members; one has seen both.
  private func twoDates() async throws -> (Desk, String) {
    let (carer, chair, id) = try await Table().twoVersions()
    await carer.board("record", "settle", id, "place", "Library")
    await carer.board("send")
    await chair.board("send")
    await carer.board("record", "set", id, "date=2026-12-11")
    await chair.board("record", "set", id, "date=2026-12-17")
    for desk in [carer, chair, carer] { await desk.board("send") }
    return (carer, id)
  }

  @Test("who sets the time of a meeting whose date is in conflict is told to settle the date, and both dates stay")
  func timeOfTwoDates() async throws {
    let (carer, id) = try await twoDates()
    let answer = await carer.board("record", "set", id, "time=14:00", "--json")
    #expect(try answer.exit == .badData && answer.errorJSON["error"] == .string("unsettled"))
    #expect(await carer.board("record", "set", id, "time=14:00").errors.contains("settle 'date' first"))
    #expect(try carer.copy.show(id).conflicts.first?.rivals.count == 2)
  }

  @Test(
    "one step settles the date and sets the time",
    arguments: [["2026-12-11", "time=14:00"], [#"{"date": "2026-12-11", "time": "14:00"}"#]])
  func settleAndSet(words: [String]) async throws {
    let (carer, id) = try await twoDates()
    #expect(await carer.run(["record", "settle", id, "date"] + words, []).exit == .done)
    let shown = try carer.copy.show(id)
    #expect(shown.conflicts.isEmpty && shown.fields["date"] == .text("2026-12-11"))
    #expect(shown.fields["time"] == .text("14:00"))
  }

  @Test("a settling that names only the time settles no date")
  func settlingTheTime() async throws {
    let (carer, id) = try await twoDates()
    for words in [["time", "14:00"], ["date", #"{"time": "14:00"}"#]] {
      #expect(await carer.run(["record", "settle", id] + words, []).exit == .badData)
    }
    #expect(try carer.copy.show(id).conflicts.first?.rivals.count == 2)
  }

  @Test("a record removed while another wrote on it is asked about in words", arguments: [("A", true), ("B", false)])
  func held(letter: String, isRemoved: Bool) async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer")
    let (chair, _) = try await table.member("the chair", role: "chair")
    let made = await carer.board("record", "add", "agenda_item", "title=Buses", "--space", "cab", "--json")
    let id = try #require(try made.json["id"]?.string)
    await carer.board("send")
    await chair.board("send")
    await carer.board("record", "remove", id)
    await chair.board("record", "set", id, "questions=What about evenings?")
    for desk in [carer, chair, carer] { await desk.board("send") }
    let session = await carer.session("choices", "keep \(letter)")
    #expect(session.screen.contains("'Buses' was removed by you, while the chair changed it."))
    #expect(session.screen.contains("'keep A' to leave it removed, 'keep B' to bring it back"))
    let shown = try await carer.board("record", "show", id, "--json").json
    #expect(shown["removed"] == .bool(isRemoved) && shown["conflicts"] == .object([:]))
  }

  @Test(
    "versions that look the same are told apart",
    arguments: [
      ("Room 4", "Room 4 ", "Room 4‹space›"), ("Room 4", "Room  4", "Room ‹space›4"),
      ("Room 4", "Room\u{a0}4", "Room‹U+00A0›4"), ("Park", "P\u{430}rk", "P‹U+0430›rk"),
    ])
  func toldApart(one: String, other: String, shown: String) async throws {
    let table = try Table()
    let (carer, chair, id) = try await table.twoVersions()
    await carer.board("record", "settle", id, "place", "Hall")
    await carer.board("send")
    await chair.board("send")
    await carer.board("record", "set", id, "place=\(one)")
    await chair.board("record", "set", id, "place=\(other)")
    for desk in [carer, chair, carer] { await desk.board("send") }
    let lines = await carer.board("choices").lines
    #expect(lines.contains("  \(one)") && lines.contains("  \(shown)"), "\(lines)")
  }
}

extension Desk {
  /// The letter of the version that says something, as `choices` shows it now.
  func letter(of words: String) async throws -> String {
    let lines = await board("choices").lines
    let place = try #require(lines.firstIndex { $0.hasPrefix("  ") && $0.contains(words) })
    let head = try #require(lines[..<place].last { $0.hasPrefix("Version ") })
    return String(head.dropFirst("Version ".count).prefix(1))
  }
}
