// Where the golden files are. Apart from the tests, because Foundation has an `Operation` of its own.

import Cryptography
import Foundation
import Testing

/// The golden files: hexadecimal digits, 32 bytes a line, so that a change of format is seen in a review.
enum GoldenFolder {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

  /// Whether a person asked for files that are not there yet. Those that are there are never written.
  static var takesNewFiles: Bool { ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" }

  static func names() -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.map { $0.hasSuffix(".hex") ? String($0.dropLast(4)) : $0 }.sorted()
  }

  static func read(_ name: String) throws -> [UInt8] {
    let text = try String(contentsOf: folder.appending(path: name + ".hex"), encoding: .utf8)
    return try #require(bytes(hex: text))
  }

  static func write(_ bytes: [UInt8], to name: String) throws {
    let lines = stride(from: 0, to: bytes.count, by: 32).map { hex(bytes[$0..<min($0 + 32, bytes.count)]) + "\n" }
    try lines.joined().write(to: folder.appending(path: name + ".hex"), atomically: true, encoding: .utf8)
  }
}

/// The page that specifies the wire.
enum WirePage {
  /// Its examples: blocks that begin with "```hex NAME".
  static func examples() throws -> [String: [UInt8]] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let page = tests.deletingLastPathComponent().appending(path: "Docs/wire.md")
    var examples: [String: [UInt8]] = [:]
    for block in try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```hex ").dropFirst() {
      let parts = block.components(separatedBy: "```")[0].split(separator: "\n", maxSplits: 1)
      let example: [UInt8] = try #require(bytes(hex: parts[1]))
      examples[String(parts[0])] = example
    }
    return examples
  }
}

/// The bytes of hexadecimal digits; whitespace is skipped.
func bytes(hex text: some StringProtocol) -> [UInt8]? {
  let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
  guard digits.count == text.count(where: { !$0.isWhitespace }), digits.count.isMultiple(of: 2) else { return nil }
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
