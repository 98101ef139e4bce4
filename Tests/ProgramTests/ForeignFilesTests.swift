// What a member may not read is in no file of their computer, and in nothing that the hub says beside its answers (G7).

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("Foreign files", .serialized, .timeLimit(.minutes(5)))
struct ForeignFilesTests {
  private static let words = (title: "canary-title-58e0", rival: "canary-rival-93b7", note: "canary-note-c27e")
  private static let member = "canary-member-6c1d"

  /// Every file of a folder, with its name.
  private func files(in folder: String) throws -> [(name: String, bytes: Data)] {
    let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
    return try names.filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder) && !isFolder.boolValue
    }.map { ($0, try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) }
  }

  /// An id as text and as bytes.
  private func forms(_ id: String?) throws -> [Data] {
    let id = try #require(id)
    return [Data(id.utf8), Data(try #require(RecordID(id)).bytes)]
  }

  @Test("a member's home holds no byte of a space that is not theirs when all have sent, and neither does the log (G7)")
  func files() async throws {
    let workshop = try Workshop()
    let hub = try await workshop.begin()
    try await workshop.hubDone("import", Fixtures.seed)
    let reserved = ["cab-reserved", "private"]
    for home in ["reader", "second"] {
      let code = try await workshop.code(for: Self.member, again: home == "second", spaces: reserved)
      try await workshop.done(home, "join", hub.url, code)
    }
    try await workshop.join("carer", at: hub, spaces: ["public"])
    let made = try await workshop.done(
      "reader", "record", "add", "action", "what=\(Self.words.title)", "--space", "cab-reserved")
    let id = try #require(made["id"].word)
    let note = try await workshop.done("reader", "record", "add", "private_note", "text=\(Self.words.note)")
    for home in ["reader", "second"] { try await workshop.done(home, "send") }
    try await workshop.done("second", "record", "set", id, "what=\(Self.words.rival)")
    try await workshop.done("reader", "record", "set", id, "what=\(Self.words.title)-again")
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    for home in ["reader", "second", "carer", "reader", "carer"] { try await workshop.done(home, "send") }

    let status = try await workshop.done("reader", "status")
    let theirs = try await workshop.done("carer", "status")
    #expect(theirs["spaces"].items.map(\.["name"].word) == ["public"])
    var secrets = [Self.words.title, Self.words.rival, Self.words.note, Self.member].map { Data($0.utf8) }
    for found in [made["id"], note["id"], status["replica"]] + status["spaces"].items.map(\.["id"]) {
      secrets += try forms(found.word)
    }
    let home = try files(in: workshop.file("carer"))
    #expect(home.count >= 2 && home.contains { $0.bytes.range(of: Data("Tea".utf8)) != nil })
    let log = Data((hub.program.output + hub.program.errors).utf8)
    for secret in secrets {
      let places = (home + [("the log", log)]).filter { $0.bytes.range(of: secret) != nil }.map(\.name)
      #expect(places.isEmpty, "\(String(decoding: secret, as: UTF8.self))")
    }
    // They can be found: in the home of who may read them.
    let own = try files(in: workshop.file("reader"))
    for word in [Self.words.title, Self.words.rival, Self.words.note, Self.member] {
      #expect(own.contains { $0.bytes.range(of: Data(word.utf8)) != nil }, "\(word)")
    }
    for form in try forms(made["id"].word).suffix(1) { #expect(own.contains { $0.bytes.range(of: form) != nil }) }
  }
}
