// Every limit that a principal can meet stands in one table of Docs/wire.md. Its numbers are the code's.

import Foundation
import HubHTTP
import PartnerExchange
import Replication
import SyncHub
import SyncProtocol
import Testing

@Suite("The table of limits")
struct LimitsPageTests {
  private static let page = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Docs/wire.md")

  /// The rows of section 10: what is limited, and how.
  private func rows() throws -> [[String]] {
    let text = String(decoding: try Data(contentsOf: Self.page), as: UTF8.self)
    let section = try #require(text.split(separator: "\n## ").first { $0.hasPrefix("10. Limits") })
    return section.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2).map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  private func bytes(_ count: Int) -> String {
    count >= 1 << 20 ? "\(count >> 20) MiB" : count >= 1 << 10 ? "\(count >> 10) KiB" : "\(count) bytes"
  }

  private func grouped(_ count: Int) -> String { count < 10_000 ? "\(count)" : "\(count / 1_000) 000" }

  private func seconds(_ duration: Duration) -> String { "\(duration.components.seconds) s" }

  private func allowance(_ allowance: Allowance, _ words: (Int) -> String = { "\($0)" }) -> String {
    "\(words(Int(allowance.burst))) at once, \(words(Int(allowance.perSecond))) a second from then on"
  }

  @Test("every limit on the wire's page is the one that is kept")
  func limits() throws {
    let (served, allowances) = (ServerLimits(), HubAllowances())
    let kept = [
      ["a sync request", bytes(Limits.requestBytesMax)], ["a join request", bytes(Limits.joinBytesMax)],
      ["a turn of a partner's hub", bytes(Limits.answerBytesMax)],
      ["rules in an agreement", grouped(Agreement.rulesMax)],
      ["fields, or conditions, of a rule", grouped(Agreement.fieldsMax)],
      ["versions of agreements that are read of a partner", grouped(Papers.versionsMax)],
      ["from a reply with a request to the turn that answers it", seconds(PartnerService.turnWait)],
      ["an answer, all its parts together", bytes(Limits.answerBytesMax)],
      [
        "a body in zstd",
        "grows \(Limits.compressionRatioMax) times; window \(bytes(1 << Int(Limits.compressionWindowLogMax)))",
      ],
      [
        "rows in an answer, with `held`, `schema` and `bodies`",
        bytes(Limits.responseBytesMax) + ", or what `hello` asks for if that is less, but at least one row",
      ],
      [
        "dots that an answer's verdicts name as missing; verdicts beyond that are later",
        grouped(Limits.missingDotsPerAnswerMax),
      ],
      ["offers in a request", grouped(Limits.offersPerRequestMax)],
      ["segments in a request", grouped(Limits.segmentsPerRequestMax)],
      ["heads in a request", grouped(Limits.headsPerRequestMax)],
      ["rescues in a request", grouped(Limits.sealedChangesPerRequestMax)],
      ["rows in a segment, or between checkpoints of a page", grouped(LogSegment.rowsMax)],
      ["ids of held work in a `hello`", grouped(Limits.proposalsPerRequestMax)],
      [
        "sealed work that a hub holds of a device",
        "\(bytes(Limits.proposalBytesPerDeviceMax)), \(grouped(Limits.proposalsPerDeviceMax)) pieces",
      ],
      ["`bytes`: what a member's changes take on the hub's disk in a day", bytes(Int(allowances.bytesPerDay))],
      ["`chains`: chains that a device begins in a day", "\(allowances.chainsPerDay)"],
      ["`refused`: changes of a device that are refused in a day", "\(allowances.refusalsPerDay)"],
      [
        "`space`: what members' changes take on the hub's disk in a space",
        "\(allowances.spaceBytes >> 30) GiB, unless an administrator gives it another room",
      ],
      ["a change, header and body", bytes(Limits.changeBytesMax)],
      ["edits in a change", grouped(Limits.editsPerChangeMax)], ["a text", bytes(Limits.textBytesMax) + " in UTF-8"],
      ["names of kinds and fields, reasons", bytes(Limits.nameBytesMax)],
      ["lists and maps within a value", "\(Limits.valueDepthMax) deep"],
      ["siblings of a register", grouped(Limits.siblingsMax)],
      ["elements, entries or counts of a field", grouped(Limits.elementsMax)],
      [
        "a record's state, about; a full record takes only what makes it smaller",
        "\(Limits.recordBytesMax / 1024 / 1024) MiB",
      ],
      ["spaces in a `hello`", grouped(Limits.spacesPerRequestMax)],
      ["spaces in a ticket", grouped(Limits.spacesPerTicketMax)],
      ["counters", "2^\(Limits.counterMax.trailingZeroBitCount)"],
      ["header fields", "\(served.headerFields), \(bytes(served.headerBytes)) together"],
      [
        "connections open at once, of everybody",
        "\(grouped(served.connections)); from \(served.connections - served.connections / 8) on the idlest is closed for each new one; "
          + "who comes when all are in use waits",
      ],
      ["connections open at once, of one address", "\(grouped(served.connectionsPerAddress)); one more is closed"],
      ["requests of one address that no known device is proved to have sent", allowance(served.perAddress)],
      [
        "bytes of one device, both ways as sent, and \(bytes(served.requestCostBytes)) for each request",
        allowance(served.perDevice, bytes),
      ],
      [
        "bytes of requests that are being read, of everybody",
        "\(bytes(served.requests.bytes)), \(bytes(served.requests.deviceBytes)) of one device; "
          + "who comes then waits, \(seconds(served.requests.wait)) at most",
      ],
      [
        "bytes of requests and answers that are held from then on, of everybody",
        "\(bytes(served.answers.bytes)), \(bytes(served.answers.deviceBytes)) of one device; "
          + "who comes then waits, \(seconds(served.answers.wait)) at most",
      ],
      ["from the beginning of an answer until it may be cut off because others wait", seconds(served.answers.leaving)],
      ["from a request's head until it may be cut off because others wait", seconds(served.requests.leaving)],
      ["from connecting, or the last answer, to the next request", seconds(served.head)],
      ["from a request's head to its end, and from there to the beginning of its answer", seconds(served.body)],
      ["a request's body, and an answer", "at least \(bytes(served.windowBytes)) every \(seconds(served.window))"],
    ]
    #expect(try rows() == kept)
  }
}
