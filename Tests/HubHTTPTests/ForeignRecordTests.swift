// Nothing of a space leaves to one who may not read it (G7): whoever comes, however they come, whatever they ask, and
// whatever names they know. Absent and forbidden look the same.

import Cryptography
import Foundation
import HubHTTP
import Replication
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Foreign records", .serialized, .timeLimit(.minutes(5)))
struct ForeignRecordTests {
  private static let limits = ServerLimits(
    perAddress: Allowance(burst: 100_000, perSecond: 1_000), perDevice: Allowance(burst: 1 << 40, perSecond: 1))

  private func answer(_ bytes: [UInt8], at hub: GuardedHub) async throws -> RawAnswer {
    let connection = try RawConnection(port: hub.door.port)
    await connection.send(bytes)
    return await connection.answer()
  }

  /// A change of each foreign space, and one of the hub's directory and of its audit.
  private func rows(at hub: GuardedHub) throws -> [LogRow] {
    try (hub.foreignSpaces + hub.hubsOwnSpaces).map { try #require(try hub.rows(of: $0).last) }
  }

  private func asks(_ hub: GuardedHub) -> [HostileRequest] {
    HostileRequest.inForeignSpace + HostileRequest.inOwnSpace + HostileRequest.ofNames + HostileRequest.ofPartners
      + HostileRequest.withoutProof + HostileRequest.joins(hub)
  }

  @Test(
    "no request, whatever its proof, gets a byte of a foreign record, and neither does the log (G7)",
    arguments: Credential.allCases)
  func nothingLeaves(approach: Credential) async throws {
    let book = LogBook()
    try await LoopbackHub.open(limits: Self.limits, logger: book.logger) { door in
      let hub = try await GuardedHub(at: door)
      let (secrets, rows) = (try hub.secrets(), try rows(at: hub))
      var asked = Data()
      for ask in asks(hub) {
        for names in rows.map({ Names(of: $0) }) {
          let (before, sent) = try approach.requests(ask, names, at: hub)
          if let before { _ = try await answer(before, at: hub) }
          let heads = try hub.foreignHeads
          for bytes in sent {
            asked += bytes
            let answer = try await answer(bytes, at: hub)
            let data = Data(answer.bytes)
            let told = secrets.filter { $0.isIn(data) && !$0.isIn(Data(bytes)) }.map(\.name)
            #expect(told.isEmpty, "\(approach), \(ask.name): \(told)")
            #expect((200..<500).contains(answer.status ?? 0), "\(approach), \(ask.name): \(answer.status ?? 0)")
            if ask.method == "POST", !approach.isLetIn, approach != .revoked {
              #expect(answer.status != 200, "\(approach), \(ask.name)")
            }
          }
          #expect(try hub.foreignHeads == heads, "\(approach), \(ask.name): something was taken in")
        }
      }
      let log = Data(book.text.utf8)
      #expect(!log.isEmpty)
      #expect(secrets.filter { $0.isIn(log) && !$0.isIn(asked) }.map(\.name).isEmpty)
    }
  }

  @Test(
    "a foreign record is answered byte for byte as one that does not exist (G7)",
    arguments: [Credential.otherMember, .otherSpace, .partner, .noProof, .otherHub])
  func absentIsForbidden(approach: Credential) async throws {
    try await LoopbackHub.open(limits: Self.limits) { door in
      let hub = try await GuardedHub(at: door)
      let rows = try rows(at: hub)
      for ask in HostileRequest.inForeignSpace + HostileRequest.inOwnSpace + HostileRequest.ofPartners
        + HostileRequest.withoutProof
      {
        for foreign in rows.map({ Names(of: $0) }) {
          let absent = Names(likeNothingBut: foreign)
          let asker = try approach.asker(at: hub)
          let secrets = foreign.secrets(of: asker) + absent.secrets(of: asker)
          var answers: [String] = []
          var outcomes: [[RefusalReason?]] = []
          for names in [foreign, absent] {
            let request = try #require(try approach.requests(ask, names, at: hub).sent.first)
            answers.append(told(try await answer(request, at: hub), secrets))
            // The asker's next page tells of the changes that they offered.
            let own = names.own(of: asker)
            outcomes.append(try hub.rows(of: asker.space).filter { $0.entry.dot.replica == own }.map(\.entry.refusal))
          }
          #expect(answers[0] == answers[1], "\(approach), \(ask.name)")
          #expect(outcomes[0] == outcomes[1], "\(approach), \(ask.name)")
        }
      }
    }
  }

  /// An answer with its names made the same, and without the date and the signature, which names the request; bytes that
  /// are no text as digits.
  private func told(_ answer: RawAnswer, _ names: [Secret]) -> String {
    var data = Data(answer.bytes)
    if (try? SignedAnswer(Array(answer.body))) != nil { data.removeLast(64) }
    for secret in names {
      for form in secret.forms {
        while let place = data.range(of: form) { data.replaceSubrange(place, with: Data(secret.name.utf8)) }
      }
    }
    let text = data.map { (0x20..<0x7f).contains($0) || $0 == 0x0a ? String(UnicodeScalar($0)) : "\\\(hex([$0]))" }
    return text.joined().split(separator: "\n").filter { !$0.hasPrefix("Date: ") }.joined(separator: "\n")
  }

  @Test("a reader of the space gets, by the same requests, what the others did not: the canaries are real")
  func canariesSing() async throws {
    try await LoopbackHub.open(limits: Self.limits) { door in
      let hub = try await GuardedHub(at: door)
      let names = Names(of: try #require(try hub.rows(of: hub.space("cab-reserved")).last))
      let (before, _) = try Credential.replayed.requests(HostileRequest.inForeignSpace[0], names, at: hub)
      let data = Data(try await answer(try #require(before), at: hub).bytes)
      let words = GuardedHub.words
      for word in [words.member, words.title, words.rival, words.removed] {
        #expect(Secret("word", word: word).isIn(data), "\(word)")
      }
      #expect(!Secret("word", word: words.note).isIn(data))
      let found = try hub.secrets().filter { $0.isIn(data) }.map(\.name)
      // Digests of headers and bodies are not sent: who has the rows computes them.
      #expect(Set(found) == ["word", "space", "replica", "author", "record", "log"])
    }
  }
}
