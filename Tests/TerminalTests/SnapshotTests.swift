// A screen is one state of the copy, however many titles, authors and questions are on it.

import BoardTerminal
import ClientCore
import RecordModel
import Replication
import SafeText
import TestKit
import Testing

@Suite("One state a screen")
struct SnapshotTests {
  /// A copy with everything that screens used to ask for one by one: links, authors, questions, news.
  private func fullCopy() async throws -> (desk: Desk, id: String) {
    let (carer, chair, id) = try await Table().twoVersions()
    for title in ["Buses", "Trains"] {
      await chair.board("record", "add", "agenda_item", "title=\(title)", "meeting_ref=\(id)", "--space", "cab")
    }
    await chair.board("record", "set", id, "date=2026-12-17")
    await carer.board("record", "set", id, "date=2026-12-11")
    for desk in [chair, carer] { await desk.board("send") }
    await carer.board("meetings")
    await carer.board("open", "1")
    return (carer, id)
  }

  @Test(
    "every screen is read in one transaction",
    arguments: [
      ["home"], ["new"], ["meetings"], ["find", "buses"], ["open", "1"], ["choices"], ["history"], ["history", "1"],
      ["why"], ["held"], ["status"], ["digest"], ["record", "show", "ID"], ["record", "list", "agenda_item"],
      ["record", "conflicts"], ["record", "history", "ID"],
    ])
  func oneTransaction(words: [String]) async throws {
    let (carer, id) = try await fullCopy()
    for json in [[], ["--json"]] {
      let before = carer.store.reads
      let answer = await carer.command(words.map { $0 == "ID" ? id : $0 } + json)
      #expect(answer.exit == .done && !answer.screen.isEmpty)
      #expect(carer.store.reads - before == 1)
    }
  }

  @Test("a session parses the model once")
  func oneModel() async throws {
    let (carer, _) = try await fullCopy()
    let (store, key) = (carer.store, carer.key)
    let environment = TerminalEnvironment(
      open: { _, _ in OpenedReplica(store: store, key: key, forgetKey: {}, replace: Desk.noFile) },
      transport: carer.transport,
      text: { _ in nil }, clock: carer.clock.read, offset: { _ in 0 })
    let console = Console(isInteractive: false, read: { nil }, write: { _ in true }, complain: { _ in })
    var session = Session(environment, console: console, home: nil, isSingleCommand: false)
    for words in [["home"], ["choices"], ["send"], ["record", "add", "paper", "title=Plan"], ["papers"]] {
      #expect(await session.perform(try CommandLine(words)) == .done)
    }
    #expect(try session.replica().modelParseCount == 1)
  }
}
