// No person has to learn the engine's words. Every sentence of the program is read here from its source, so that a new
// one is held to the rule the day it is written.

import BoardTerminal
import Foundation
import SafeText
import Testing

@Suite("Wording")
struct WordingTests {
  private static let banned = ["conflict", "sync", "merge", "replica", "server", "token", "revision"]

  /// The literals of the terminal's sources that are sentences: more than one word. Single words are keys for scripts.
  private static func sentences() throws -> [String] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Client/BoardTerminal")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        .filter { !$0.drop(while: \.isWhitespace).hasPrefix("//") }
        .flatMap { line in line.matches(of: /"((?:[^"\\]|\\.)*)"/).map { String($0.1) } + [multiline(line)] }
        .filter { $0.contains(" ") }
    }
  }

  /// A line of a literal in three quotation marks: it has none of its own, and no code reads like it.
  private static func multiline(_ line: Substring) -> String {
    line.contains("\"") || !line.hasSuffix("\\") && !line.hasSuffix(".") ? "" : String(line)
  }

  @Test("no sentence uses the engine's words")
  func words() throws {
    let sentences = try Self.sentences()
    #expect(sentences.count > 150)
    for sentence in sentences where !Self.isForScripts(sentence) {
      // What is filled in is named in the source, not on the screen.
      let said = sentence.replacing(/\\\((?:[^()]|\([^()]*\))*\)/, with: "").lowercased()
      for word in Self.banned { #expect(!said.contains(word), "\(sentence)") }
    }
  }

  /// The command of that name is in the table scripts are written against; people are never sent to it.
  private static func isForScripts(_ sentence: String) -> Bool {
    sentence.hasPrefix("record conflicts")
  }

  @Test("the help a person sees uses none of the engine's words")
  func help() async throws {
    for command in Command.all {
      for text in [command.usage, command.purpose] {
        for word in Self.banned { #expect(!text.description.lowercased().contains(word)) }
      }
    }
  }

  @Test("every command but the script's own is one plain word")
  func names() {
    #expect(Command.all.allSatisfy { $0.name.allSatisfy { $0.isLetter && $0.isLowercase } })
    #expect(Set(Command.all.map(\.name)).count == Command.all.count)
  }
}
