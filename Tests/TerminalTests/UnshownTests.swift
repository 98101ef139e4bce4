// Words that stand but are not shown, and that nobody is asked about: their writer is told, once, and can find them.

import BoardTerminal
import ClientCore
import Replication
import TestKit
import Testing

@Suite("Overridden words")
struct UnshownTests {
  @Test("a writer whose version is not shown is told once, and finds both versions under 'why'")
  func outvoted() async throws {
    let (carer, chair, id) = try await Table().twoVersions()
    await carer.board("record", "set", id, "join_link=https://one.example.org")
    await chair.board("record", "set", id, "join_link=https://two.example.org")
    var told: [(desk: Desk, screen: String)] = []
    for desk in [carer, chair, carer, chair] {
      let screen = await desk.board("send").screen
      if screen.contains("Note: Something you wrote is kept, but another version is shown.") {
        told.append((desk, screen))
      }
    }
    #expect(told.count == 1)
    let loser = try #require(told.first?.desk)
    let why = await loser.board("why").lines
    let shown = try await loser.board("record", "show", id, "--json").json["fields"]?["join_link"]?.string ?? ""
    let mine = ["https://one.example.org", "https://two.example.org"].first { $0 != shown } ?? ""
    let place = try #require(why.firstIndex { $0.hasPrefix("Board meeting, Link to join. You and ") })
    #expect(Array(why[(place + 1)...]) == ["   \(shown)", "   Yours is kept in the history:", "   \(mine)"])
    await loser.board("record", "set", id, "join_link=https://three.example.org")
    #expect(await loser.board("why").screen.contains("Link to join") == false)
  }

  @Test("the writer on a view that another removed for good is told, and still finds the words")
  func removedUnseen() async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer")
    let (chair, _) = try await table.member("the chair", role: "chair")
    let made = try await carer.board("record", "add", "view", "text=Buses matter", "--json").json
    let id = try #require(made["id"]?.string)
    for desk in [carer, chair] { await desk.board("send") }
    await chair.board("record", "remove", id)
    await carer.board("record", "set", id, "text=Buses matter most on Sundays")
    await chair.board("send")
    #expect(await carer.board("send").screen.contains("Note: Something you wrote is kept"))
    let why = await carer.board("why").screen
    #expect(why.contains("Your words are kept:\n   Buses matter most on Sundays"))
    #expect(await chair.board("why").screen.contains("Sundays") == false)
  }
}
