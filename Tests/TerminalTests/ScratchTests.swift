import ClientCore
import Replication
import TestKit
import Testing

@Suite struct Scratch {
  @Test func talk() async throws {
    let table = try Table()
    let (carer, _) = try await table.member("Rosa Ahmed")
    let (chair, line) = try await table.member("Sam Lee")
    var out = ""
    func show(_ who: String, _ t: Transcript) { out += "==== \(who) exit \(t.exit)\n\(t.screen)" + (t.errors.isEmpty ? "" : "-- errors\n\(t.errors)") }
    show("chair", await chair.session(
      "record add meeting title=\"Board meeting\" date=2026-12-10 time=10:30am status=planned", "meetings", "open 1", "send"))
    table.clock.advance(milliseconds: 86_400_000 * 3)
    show("carer", await carer.session("home", "send", "home", "new", "meetngs", "yes", "open 1", "comment 1", "Buses stop at six. \u{1b}[31mClinics run to eight.", "That leaves carers stuck.", ".", "status"))
    let m = try carer.copy.list(kind: "meeting")[0].id.description
    show("carer", await carer.board("record", "set", m, "date=2026-12-17"))
    show("chair", await chair.board("record", "set", m, "date=2026-12-11", "--json"))
    line.next(.requestLost)
    show("chair", await chair.board("send"))
    show("chair", await chair.board("send"))
    show("carer", await carer.session("send", "home", "meetings", "open 1", "choices", "keep A", "send", "history 1", "help", "keep A", "later", "why", "discard", "quit"))
    for words in [["status"], ["home"], ["meetings"], ["digest"], ["record", "conflicts"], ["record", "show", m], ["record", "history", m], ["choices"], ["why"], ["help"], ["send"]] {
      show("chair \(words)", await chair.board2(words + ["--json"]))
    }
    print(out)
  }
}
extension Desk { func board2(_ w: [String]) async -> Transcript { switch w.count { case 2: await board(w[0], w[1]); case 3: await board(w[0], w[1], w[2]); default: await board(w[0], w[1], w[2], w[3]) } } }
