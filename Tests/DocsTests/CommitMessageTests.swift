// The hook that CONTRIBUTING offers, run as git runs it.

import Foundation
import Testing

@Suite("Commit messages")
struct CommitMessageTests {
  private func isAccepted(_ message: String) throws -> Bool {
    let file = FileManager.default.temporaryDirectory.appending(path: "commit-message-\(UUID().uuidString)")
    try Data(message.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let hook = Process()
    hook.executableURL = project.appending(path: "Scripts/commit-msg")
    hook.arguments = [file.path]
    hook.standardError = FileHandle.nullDevice
    try hook.run()
    hook.waitUntilExit()
    return hook.terminationStatus == 0
  }

  @Test(
    "a message of the project's form is accepted",
    arguments: [
      "SyncHub: Keep unsent work of members who leave after a restore",
      "board-hub verify: Name the first wrong byte\n\nWhy, what, how.\n",
      "# a line of git's own\nDocs: Say where a store would stand\n# another\n",
      "Docs: \(String(repeating: "A", count: 66))",
      "Tests: Seed one world from its number",
      "Merge branch 'main' into docs",
      "fixup! whatever it was",
    ])
  func accepted(_ message: String) throws {
    #expect(try isAccepted(message))
  }

  @Test(
    "any other message is refused",
    arguments: [
      "", "Keep unsent work of members who leave", "Docs:", "Docs: say it", "Docs: Say it.", "Docs: Added a page",
      "Docs: Adding a page", "Who leaves after a restore: nothing is lost", "Docs: Say it\nand go on without a line",
      "Docs: \(String(repeating: "A", count: 67))",
    ])
  func refused(_ message: String) throws {
    #expect(try !isAccepted(message))
  }
}
