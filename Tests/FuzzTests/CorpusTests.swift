// The corpus of fuzzing, replayed whole without libFuzzer, and some inputs more, made up from seeds.

import Foundation
import FuzzTargets
import TestKit
import Testing

@Suite("Fuzzing")
struct CorpusTests {
  private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz/Corpus")

  @Test("every input of the corpus keeps every promise", arguments: FuzzTarget.all.map(\.name))
  func corpus(_ name: String) async throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let folder = Self.corpus.appendingPathComponent(name)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(!files.isEmpty)
    for file in files.sorted(by: { $0.path < $1.path }) {
      do { try await target.run(Array(Data(contentsOf: file))) } catch {
        Issue.record("\(name)/\(file.lastPathComponent): \(error)")
      }
    }
  }

  /// What inputs from seeds must at least reach, so that they are not all turned away at the first door.
  private static let depths = [
    "session": ["answered", "refused"],
    "acceptance": ["taken", "missing", "forked", "later", "refused as notAllowed", "refused as wrongOperation"],
    "answer": ["done", "left", "forgotten", "a page that does not lead to its checkpoint"],
  ]

  @Test("so do inputs made up from seeds, and they reach far", arguments: depths.keys.sorted())
  func seeds(_ name: String) async throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    for seed in UInt64(1)...120 {
      var random = SplitMix64(seed: seed)
      let input = (0..<Int.random(in: 16...512, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      do { try await target.run(input) } catch { Issue.record("\(name), seed \(seed): \(error)") }
    }
    for depth in Self.depths[name] ?? [] { #expect(FuzzReach.outcomes.contains("\(name) \(depth)")) }
  }

  @Test("a hub that lets another's record be changed is a finding")
  func control() async throws {
    await #expect(throws: FuzzFinding.self) { try await FuzzTarget.control.run([]) }
  }

  @Test("every folder of the corpus is that of a target")
  func folders() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
  }
}
