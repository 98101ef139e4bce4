// What a person is told when their role may not do something: that nothing was saved, who may do it, and whom to ask.

import BoardModel
import BoardTerminal
import ClientCore
import JSONText
import RecordModel
import Replication
import SyncHub
import TestKit
import Testing

@Suite("Rights on the screen")
struct RightsScreenTests {
  let table: Table

  init() throws {
    table = try Table(model: .board, policy: RightsPolicy(rules: RecordModel.board.rules))
  }

  @Test("a member without the right hears who has it, in plain words, and nothing is saved")
  func words() async throws {
    let (desk, _) = try await table.member("the carer")
    let meeting = await desk.board("record", "add", "meeting", "title=Spring")
    #expect(meeting.exit == .notAllowed)
    #expect(
      meeting.errors == """
        This was not saved.
        Only the chair, the note taker, Centre staff or the data administrator can do this. You can ask them.

        """)
    let item = await desk.board("record", "add", "agenda_item", "title=Buses", "--json")
    #expect(try item.errorJSON["error"] == .string("suggestOnly"))
    let message = try item.errorJSON["message"]?.string
    #expect(message?.contains("You may suggest a change to this, but not make it.") == true)
    #expect(try desk.copy.status().unsent == 0)
  }

  @Test("only its owner changes a person's own record, and the screen says so")
  func makers() async throws {
    let (chair, _) = try await table.member("the chair", role: "chair")
    await chair.board("record", "add", "view", "text=Buses matter")
    await chair.board("send")
    let (staff, _) = try await table.member("the office", role: "centre-staff")
    let view = try #require(try staff.copy.list(kind: "view").first?.id.description)
    #expect(
      await staff.board("record", "set", view, "text=Trains").errors.contains(
        "Only whoever wrote it can do this. You can ask whoever wrote it."))
  }

  @Test("a member who may not choose is not asked to, and hears that others will")
  func choices() async throws {
    let (chair, _) = try await table.member("the chair", role: "chair")
    let (taker, _) = try await table.member("the note taker", role: "note-taker")
    let (carer, _) = try await table.member("the carer")
    let made = await chair.board("record", "add", "meeting", "title=Spring", "place=Library", "--json")
    let meeting = try #require(try made.json["id"]?.string)
    for desk in [chair, taker] { await desk.board("send") }
    await chair.board("record", "set", meeting, "place=Town Hall")
    await taker.board("record", "set", meeting, "place=Muirhead Tower")
    for desk in [chair, taker, carer] { await desk.board("send") }
    let asked = await carer.board("choices").screen
    #expect(asked.contains("Nothing needs your choice.") && asked.contains("1 question is for the Centre to settle."))
    #expect(await !carer.board("home").screen.contains("needs your choice"))
    #expect(await taker.board("choices").screen.contains("1 thing needs your choice."))
  }

  @Test("a member who may not comment hears so before the first line is typed")
  func comment() async throws {
    let (staff, _) = try await table.member("the office", role: "centre-staff")
    let session = await staff.session("comment", "status")
    #expect(session.screen.contains("Only a member, the chair or the note taker can do this. You can ask them."))
    #expect(!session.screen.contains("Write your view"))
    #expect(await !staff.board("home").screen.contains("half"))
  }
}
