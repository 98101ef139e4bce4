// News is what others changed and the member has not been shown. Only what was on the screen counts as seen.

import BoardTerminal
import ClientCore
import JSONText
import RecordModel
import Replication
import TestKit
import Testing

@Suite("News")
struct NewsTests {
  /// A carer who has looked at everything, and a chair.
  private func carerAndChair() async throws -> (carer: Desk, chair: Desk) {
    let table = try Table()
    let (carer, _) = try await table.member("the carer")
    let (chair, _) = try await table.member("the chair", role: "chair")
    return (carer, chair)
  }

  /// The chair writes papers and sends them, and the carer fetches them.
  private func papers(_ titles: [String], by chair: Desk, for carer: Desk) async {
    for title in titles { await chair.board("record", "add", "paper", "title=\(title)") }
    for desk in [chair, carer] { await desk.board("send") }
  }

  private func titles(_ screen: Transcript) -> [String] {
    screen.lines.filter { $0.prefix(1).allSatisfy(\.isNumber) && $0.contains(". Paper ") }
      .map { String($0.drop { $0 != "P" }.prefix { $0 != "." }) }
  }

  /// The number of new things on the home screen.
  private func newThings(_ desk: Desk) async throws -> Int64? {
    if case .integer(let count)? = try await desk.board("home", "--json").json["new"] { count } else { nil }
  }

  @Test("a member who reads one page of the news has seen that page, and no more")
  func onePage() async throws {
    let (carer, chair) = try await carerAndChair()
    let all = (1...90).map { "Paper \($0)" }
    await papers(all, by: chair, for: carer)
    #expect(try await newThings(carer) == 90)
    #expect(await titles(carer.board("new")) == Array(all.prefix(40)))
    #expect(try await newThings(carer) == 50)
    #expect(await titles(carer.board("more")) == Array(all[40..<80]))
    #expect(await titles(carer.board("new")) == Array(all.suffix(10)))
    #expect(try await newThings(carer) == 0)
    #expect(await carer.board("new").lines[0].hasPrefix("New. 0 items."))
  }

  @Test("a paper that comes in while the news are on the screen is still new")
  func meanwhile() async throws {
    let (carer, chair) = try await carerAndChair()
    await papers((1...41).map { "Paper \($0)" }, by: chair, for: carer)
    await carer.board("new")
    await papers(["Paper late"], by: chair, for: carer)
    await carer.board("more")
    #expect(await titles(carer.board("new")) == ["Paper late"])
  }

  @Test("one change of many papers is seen once its last page was shown")
  func oneChange() async throws {
    let (carer, chair) = try await carerAndChair()
    let (model, author) = try (chair.copy.model(), chair.copy.membership().member)
    try chair.store.write { transaction in
      let space = try #require(try transaction.spaces().first { $0.name == "cab" })
      let drafts = (1...50).flatMap { number -> [Draft] in
        let record = RecordID.make(at: Timestamp(milliseconds: Int64(number)))
        return [.create(record, kind: "paper"), .set(record, field: "title", .text("Paper \(number)"))]
      }
      _ = try Replica(rules: model.rules, in: transaction).commit(
        drafts, in: space.id, by: author, at: chair.clock.read(), isHome: false)
    }
    for desk in [chair, carer] { await desk.board("send") }
    #expect(await titles(carer.board("new")).count == 40)
    #expect(try await newThings(carer) == 50)
    #expect(await titles(carer.board("more")).count == 10)
    #expect(try await newThings(carer) == 0)
  }

  @Test("news that could not be printed are still new")
  func unprinted() async throws {
    var (carer, chair) = try await carerAndChair()
    await papers(["Paper 1"], by: chair, for: carer)
    carer.isReadable = false
    #expect(await carer.board("new").exit != .done)
    carer.isReadable = true
    #expect(await titles(carer.board("new")) == ["Paper 1"])
  }

  @Test("a script that gets all news has seen all of them")
  func script() async throws {
    let (carer, chair) = try await carerAndChair()
    await papers((1...50).map { "Paper \($0)" }, by: chair, for: carer)
    let records = try await carer.board("new", "--json").json["records"]
    if case .array(let records)? = records { #expect(records.count == 50) } else { Issue.record("no records") }
    #expect(try await newThings(carer) == 0)
    #expect(await carer.board("open", "45").exit == .done)
  }

  @Test("what a member wrote is no news to them, and what another corrects in it is")
  func ownWork() async throws {
    let (carer, chair) = try await carerAndChair()
    let id = try await carer.board("record", "add", "paper", "title=Paper 1", "--json").json["id"]?.string ?? ""
    for desk in [carer, chair, carer] { await desk.board("send") }
    #expect(try await newThings(carer) == 0)
    await chair.board("record", "set", id, "title=Paper 2")
    await carer.board("record", "set", id, "due_date=2026-12-01")
    for desk in [chair, carer] { await desk.board("send") }
    #expect(await titles(carer.board("new")) == ["Paper 2"])
  }

  @Test("home, news, lists, searches and questions read what they show, however many records there are")
  func reads() async throws {
    let (carer, chair) = try await carerAndChair()
    let commands = [["home"], ["new"], ["meetings"], ["papers"], ["find", "paper"], ["choices"], ["status"]]
    func decoded() async -> [Int] {
      var counts: [Int] = []
      for words in commands {
        let before = carer.store.decoded
        #expect(await carer.command(words).exit == .done)
        counts.append(carer.store.decoded - before)
      }
      return counts
    }
    await papers((1...60).map { "Paper \($0)" }, by: chair, for: carer)
    let few = await decoded()
    await papers((61...200).map { "Paper \($0)" }, by: chair, for: carer)
    let many = await decoded()
    #expect(few == many)
    #expect(many.allSatisfy { $0 <= 3 * 40 })
  }
}
