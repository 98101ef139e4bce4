// What the project's own sources declare and mention, as far as a page can name it: read as words, so that a page is
// held to the sources without building them.

import Foundation

/// The project's folder.
let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

func exists(_ path: String) -> Bool {
  FileManager.default.fileExists(atPath: project.appending(path: path).path)
}

/// The files below a folder whose names end in a suffix, by their paths from the project's folder.
func files(below folder: String, endingIn suffix: String) throws -> [String] {
  try FileManager.default.subpathsOfDirectory(atPath: project.appending(path: folder).path)
    .filter { $0.hasSuffix(suffix) }.map { folder + "/" + $0 }.sorted()
}

func text(of path: String) throws -> String {
  try String(contentsOf: project.appending(path: path), encoding: .utf8)
}

/// One Swift file.
struct SourceFile: Sendable {
  let path: String
  /// Every word outside comments and literals.
  let identifiers: Set<String>
  /// Types that it declares or extends.
  let types: Set<String>
  /// Functions, values and cases that it declares.
  let members: Set<String>

  var name: String { String(path.split(separator: "/").last ?? "") }

  init(_ path: String) throws {
    self.path = path
    var identifiers: Set<String> = []
    var types: Set<String> = []
    var members: Set<String> = []
    var previous = ""
    for word in Self.words(of: try text(of: path)) {
      identifiers.insert(word)
      switch previous {
      case "struct", "class", "enum", "protocol", "actor", "typealias", "extension": types.insert(word)
      case "func", "var", "let", "case": members.insert(word)
      default: break
      }
      previous = word
    }
    (self.identifiers, self.types, self.members) = (identifiers, types, members)
  }

  /// The words of a Swift source in order, without those of comments and literals.
  private static func words(of source: String) -> [String] {
    var words: [String] = []
    var isInLongLiteral = false
    for line in source.split(separator: "\n") {
      let parts = line.components(separatedBy: "\"\"\"")
      for (index, part) in parts.enumerated() {
        if index > 0 { isInLongLiteral.toggle() }
        guard !isInLongLiteral else { continue }
        let isComment = append(wordsOf: part, to: &words)
        if isComment { break }
      }
    }
    return words
  }

  /// - Returns: Whether a comment begins in the line; what follows counts for nothing.
  private static func append(wordsOf line: String, to words: inout [String]) -> Bool {
    var word = ""
    var isInLiteral = false
    var last: Unicode.Scalar?
    for scalar in line.unicodeScalars {
      if scalar == "\"", last != "\\" { isInLiteral.toggle() }
      let isPart = !isInLiteral && (scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      if isPart {
        word.unicodeScalars.append(scalar)
      } else if !word.isEmpty {
        words.append(word)
        word = ""
      }
      if !isInLiteral, scalar == "/", last == "/" { return true }
      last = last == "\\" ? nil : scalar
    }
    if !word.isEmpty { words.append(word) }
    return false
  }

  static func product() throws -> [SourceFile] { try readProduct.get() }
  static func tests() throws -> [SourceFile] { try readTests.get() }

  private static let readProduct = Result { try ["Shared", "Server", "Client", "Sources"].flatMap(all) }
  private static let readTests = Result { try all(below: "Tests") }

  private static func all(below folder: String) throws -> [SourceFile] {
    try files(below: folder, endingIn: ".swift").map(SourceFile.init)
  }
}
