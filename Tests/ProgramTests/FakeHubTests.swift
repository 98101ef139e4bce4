// What answers in the Centre's place must never cost a member a word: whatever comes, the work stays, the exit code says
// what to do, and the next honest hub gets everything.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("Impostors of the hub", .serialized, .timeLimit(.minutes(5)))
struct FakeHubTests {
  /// What answers, how `send` must end, and by what word.
  static let answers: [(answer: String, code: Int32, error: String)] = [
    ("401", 69, "notAHub"), ("stranger", 77, "notKnown"), ("clock", 65, "rejected"), ("odd-clock", 65, "rejected"),
    ("403", 77, "notAllowed"),
    ("429", 75, "busy"), ("503", 75, "busy"),
    ("500", 75, "hubFailed"), ("502", 75, "hubFailed"), ("507", 75, "hubFailed"), ("404", 69, "notAHub"),
    ("204", 69, "notAHub"), ("400", 65, "rejected"), ("413", 65, "rejected"), ("html", 69, "notAHub"),
    ("html-as-cbor", 69, "notAHub"), ("json", 69, "notAHub"), ("no-type", 69, "notAHub"), ("redirect", 69, "notAHub"),
    ("empty", 69, "notAHub"), ("end-only", 69, "notAHub"), ("cut", 69, "unreachable"), ("short", 69, "notAHub"),
    ("silence", 69, "unreachable"), ("too-much", 69, "notAHub"), ("bomb", 69, "notAHub"),
    ("gzip", 69, "notAHub"),
  ]

  // After powersync.dart#307: a queue that an odd answer had wedged.
  @Test("whatever answers instead of the hub, unsent work is kept, and the next good send delivers it (G4)")
  func answers() async throws {
    let workshop = try Workshop()
    let hub = try await workshop.begin("carer", "chair")
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    try await workshop.done("carer", "record", "add", "event", "title=Cake")
    await hub.stop()
    let before = try await workshop.done("carer", "status")
    for (answer, code, error) in Self.answers {
      let fake = try workshop.start("/usr/bin/python3", [Fixtures.fakeHub, String(hub.port), answer])
      _ = try await fake.firstLine()
      let sent = try await workshop.board("carer", "send")
      #expect(sent.end == .exit(code) && sent.errorCode == error, "\(answer): \(sent.end) \(sent.errors)")
      #expect(sent.json["unsent"].number == 2, "\(answer)")
      #expect(try await workshop.done("carer", "status") == before, "\(answer)")
      let joined = try await workshop.board("stranger", "join", hub.url, "AAAA-BBBB-CCCC-DDDD")
      #expect([65, 69, 75, 77].contains(joined.code) && joined.errorCode != nil, "\(answer): \(joined.errors)")
      fake.end(by: SIGKILL)
      _ = await fake.outcome()
    }
    _ = try await workshop.serve(port: hub.port)
    #expect(try await workshop.done("carer", "send")["sent"].number == 2)
    try await workshop.done("chair", "send")
    try await workshop.expectEqual("carer", "chair")
  }

  @Test("another hub at the Centre's address gets nothing, and takes nothing away")
  func anotherHub() async throws {
    let workshop = try Workshop()
    let hub = try await workshop.begin("carer")
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    await hub.stop()
    _ = try await workshop.run("board-hub", ["init", "--data", workshop.file("other")])
    let other = try await workshop.serve(workshop.file("other"), port: hub.port)
    let sent = try await workshop.board("carer", "send")
    #expect(sent.end == .exit(77) && sent.errorCode == "notKnown", "\(sent.errors)")
    #expect(try await workshop.unsent("carer") == 1)
    await other.stop()
    _ = try await workshop.serve(port: hub.port)
    #expect(try await workshop.done("carer", "send")["sent"].number == 1)
  }
}
