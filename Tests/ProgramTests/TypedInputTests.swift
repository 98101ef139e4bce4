// The member's program at a terminal, where the kernel edits the lines: what is pasted or too long there must be kept
// whole or refused, and never run.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite("Typed input", .serialized, .timeLimit(.minutes(5)))
struct TypedInputTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  /// Types or pastes into the program, and waits until it asks again.
  private func type(_ text: String, into program: Program, until prompt: String = "\n> ") async throws {
    let before = program.output.utf8.count
    try program.write(text)
    try await wait(for: prompt, of: program, after: before)
  }

  private func wait(for prompt: String, of program: Program, after count: Int = 0) async throws {
    for _ in 0..<4_000 where !program.output.hasSuffix(prompt) || program.output.utf8.count <= count {
      try await Task.sleep(for: .milliseconds(5))
    }
    try #require(program.output.hasSuffix(prompt), "\(program.output)")
  }

  @Test("a line of 4,095 bytes or more is refused before anything of it is saved, and a shorter one is kept whole")
  func longLine() async throws {
    try await workshop.join("carer", as: "member", at: workshop.begin())
    let board = try workshop.start("board", ["--home", workshop.file("carer")], input: .terminal)
    try await wait(for: "\n> ", of: board)
    for count in [5_000, 4_000] {
      try await type("record add action what=\(String(repeating: "x", count: count)) owner=Sam\n", into: board)
    }
    try board.write("quit\n")
    let outcome = await board.outcome()
    #expect(outcome.output.contains("That line is too long for this window"), "\(outcome.output)")
    let actions = try await workshop.done("carer", "record", "list", "action")["records"].items
    #expect(actions.map { $0["fields"]["owner"].word } == ["Sam"])
    #expect(actions.map { $0["fields"]["what"].word?.count } == [4_000])
  }

  @Test("a paste into an open comment is kept whole, and a paste at the prompt runs nothing")
  func paste() async throws {
    try await workshop.join("carer", as: "member", at: workshop.begin())
    let board = try workshop.start("board", ["--home", workshop.file("carer")], input: .terminal)
    try await wait(for: "\n> ", of: board)
    try await type("comment\n", into: board, until: "\n: ")
    let text = "Buses stop at six.\n.\nThat leaves carers stuck.\nrecord add action what=Tea"
    try await type(text + "\n", into: board, until: "\n: : : : : ")
    try await type(".\n", into: board)
    // The last line of it is not complete, and the terminal still holds it.
    try await type("record add action what=Tea\nrecord add action what=Ca", into: board)
    try await type("record add action what=Milk\n", into: board)
    try board.write("quit\n")
    let outcome = await board.outcome()
    #expect(outcome.output.contains("None of them was run."), "\(outcome.output)")
    let views = try await workshop.done("carer", "record", "list", "view")["records"].items
    #expect(views.map { $0["fields"]["text"].word } == [text])
    let actions = try await workshop.done("carer", "record", "list", "action")["records"].items
    #expect(actions.map { $0["fields"]["what"].word } == ["Milk"])
  }

  @Test("a piped text is kept whole, with lines longer than a terminal's")
  func pipe() async throws {
    try await workshop.join("carer", as: "member", at: workshop.begin())
    let text = "Buses stop at six.\n.\n" + String(repeating: "x", count: 9_000)
    let board = try workshop.start("board", ["--home", workshop.file("carer"), "comment", "--json"], input: .pipe)
    try board.write(text)
    try board.closeInput()
    #expect(await board.outcome().end == .exit(0))
    let views = try await workshop.done("carer", "record", "list", "view")["records"].items
    #expect(views.map { $0["fields"]["text"].word } == [text])
  }
}
