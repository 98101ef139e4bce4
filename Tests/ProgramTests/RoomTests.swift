// The room that a space has for members' changes, as an administrator types it.

import ProgramKit
import Testing

@Suite("Room of a space", .timeLimit(.minutes(5)))
struct RoomTests {
  @Test("an administrator reads and sets a space's room, and is told what cannot be")
  func room() async throws {
    let workshop = try Workshop()
    try await workshop.hubDone("init")
    let usual = try await workshop.hubDone("room", "--space", "public")
    #expect(usual["used"].number == 0 && usual["most"].number == 4 << 30)
    #expect(try await workshop.hubDone("room", "--space", "public", "--gib", "8")["most"].number == 8 << 30)
    #expect(try await workshop.hubDone("room", "--space", "public")["most"].number == 8 << 30)
    #expect(try await workshop.hubDone("room", "--space", "cab")["most"].number == 4 << 30)
    let none = try await workshop.hub("room", "--space", "public", "--gib", "0")
    #expect(none.end == .exit(64) && none.errorCode == "badRoom", "\(none.errors)")
    let nowhere = try await workshop.hub("room", "--space", "moon")
    #expect(nowhere.end == .exit(65) && nowhere.errorCode == "noSuchSpace", "\(nowhere.errors)")
  }
}
