// Docs/model.md is what strangers read a model file by, so it has every word that the reader knows, and no other (P10).

import Foundation
import RecordModel
import Replication
import Testing

@Suite("The page of the model file")
struct ModelPageTests {
  private let text: String

  init() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    text = try String(
      contentsOf: tests.deletingLastPathComponent().appending(path: "Docs/model.md"), encoding: .utf8)
  }

  /// The rows of the table under a heading: the words in code marks of the first cell, and those of the second.
  private func rows(under heading: String) throws -> [(words: [String], values: [String])] {
    let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix(heading + "\n") })
    return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
      let cells = line.dropFirst(2).components(separatedBy: " | ")
      let marks = cells.map { cell in cell.matches(of: /`([^`]+)`/).map { String($0.1) } }
      return (marks[0], marks[1])
    }
  }

  private var example: String {
    get throws { try #require(text.components(separatedBy: "```yaml\n").last?.components(separatedBy: "```").first) }
  }

  @Test(
    "every section has the words that the reader knows, and no other",
    arguments: [
      ("The file", ModelWords.file), ("Defaults", ModelWords.defaults), ("A space", ModelWords.space),
      ("A role", ModelWords.role), ("A kind", ModelWords.kind), ("A field", ModelWords.field),
    ])
  func words(heading: String, words: [String]) throws {
    #expect(try rows(under: heading).flatMap(\.words).sorted() == words.sorted())
  }

  @Test("every closed set of values is on the page, and nothing else as one of them")
  func values() throws {
    func values(_ heading: String, _ word: String) throws -> Set<String> {
      Set(try #require(try rows(under: heading).first { $0.words.contains(word) }).values)
    }
    func spelled<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) -> Set<String> {
      Set(Choice.allCases.map { spelling(of: $0) })
    }
    #expect(try values("A kind", "delete") == spelled(DeletePolicy.self))
    #expect(try values("A kind", "access") == spelled(Access.self))
    #expect(try values("A kind", "personal") == spelled(PersonalData.self))
    #expect(try values("A field", "policy") == spelled(Policy.self))
    #expect(try values("A field", "type").isSuperset(of: spelled(ValueType.self)))
  }

  @Test("the bounds of a file are the reader's")
  func bounds() {
    #expect(text.contains("8 deep, \(RecordModel.wordsMax)\n"))
    #expect(text.contains("and \(RecordModel.bytesMax >> 20) MiB"))
  }

  @Test("the page's example is a model, and has every word of the page")
  func exampleIsModel() throws {
    let model = try RecordModel(parsing: example)
    #expect(model.kinds.keys.sorted() == ["event", "person", "question"])
    #expect(model.memberKind == "person" && model.questionKind == "question")
    for word in Set(ModelWords.file + ModelWords.space + ModelWords.kind + ModelWords.field) {
      #expect(try example.contains(try Regex("(^|[ {\\n])" + word + ":")), "\(word)")
    }
  }
}
