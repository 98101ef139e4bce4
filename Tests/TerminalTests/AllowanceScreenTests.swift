// The words for a member of whom the Centre has taken nearly all that it takes from one person in a day, or all.

import BoardTerminal
import HubAdministration
import JSONText
import SyncHub
import TestKit
import Testing

@Suite("Allowances on screen")
struct AllowanceScreenTests {
  @Test("a member is told before their day's allowance is full, and of what waits and until when once it is")
  func day() async throws {
    let table = try Table(allowances: HubAllowances(bytesPerDay: 200_000))
    let (carer, _) = try await table.member("the carer")
    let words = String(repeating: "x", count: 10_000)
    var screens: [Transcript] = []
    repeat {
      await carer.board("record", "add", "paper", "title=\(words)")
      screens.append(await carer.board("send"))
    } while screens.last?.exit == .done && screens.count < 50
    let end = "12:00am on Wednesday 25 November 2026"
    let said = screens.dropLast().flatMap { $0.lines }
    let warnings = said.filter { $0.contains("percent of what the Centre takes from one person in a day.") }
    #expect(warnings.first?.hasPrefix("Note: You have sent 8") == true, "\(said)")
    #expect(warnings.first?.hasSuffix("What is more will wait here until \(end).") == true, "\(said)")
    let full = [
      "The Centre takes only so much from one person in a day, and you have sent that much. It takes more from \(end).",
      "1 change is waiting to be sent.", "Your work is safe on this computer.",
    ]
    let last = try #require(screens.last)
    #expect(last.exit == .tryAgain)
    #expect(last.errors.split(separator: "\n").map(String.init) == full, "\(last.errors)")
    #expect(await carer.board("status").lines.contains(full[0]))
    let json = try await carer.board("status", "--json").json["allowances"]?.list?.first
    #expect(json?["allowance"] == .string("bytes") && json?["until"] == .string("2026-11-25T00:00:00Z"))

    table.clock.advance(milliseconds: 86_400_000)
    #expect(await !carer.board("status").lines.contains(full[0]), "the day is over")
    #expect(await carer.board("send").exit == .done)
  }

  @Test("a member is told which part is full, and that the Centre can make room")
  func space() async throws {
    let table = try Table(allowances: HubAllowances(spaceBytes: 1_000))
    let (carer, _) = try await table.member("the carer")
    for number in 1...3 {
      await carer.board("record", "add", "paper", "title=Plan \(number)")
      await carer.board("send")
    }
    let status = await carer.board("status").lines
    #expect(status.contains { $0.hasPrefix("The Centre has no room left for '") }, "\(status)")
    #expect(status.contains { $0.hasSuffix("Please tell the Centre: it can make room.") })
  }
}
