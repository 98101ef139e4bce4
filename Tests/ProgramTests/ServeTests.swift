// How a served hub begins and ends: one line when it is ready, and an end in which nobody's request is dropped.

import Cryptography
import Foundation
import ProgramKit
import Replication
import RequestSigning
import Testing

@Suite("Serving", .serialized, .timeLimit(.minutes(5)))
struct ServeTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("a hub prints exactly one line when it is ready, ends with 0 on SIGTERM and SIGINT, and leaves no socket")
  func oneLine() async throws {
    try await workshop.hubDone("init")
    for signal in [SIGTERM, SIGINT] {
      let hub = try await workshop.serve()
      let socket = workshop.file("hub/admin.sock")
      #expect(try mode(of: socket) == 0o600)
      hub.program.end(by: signal)
      let outcome = await hub.program.outcome()
      #expect(outcome.end == .exit(0))
      #expect(outcome.output == "Serving at \(hub.url)\n" && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: socket))
    }
  }

  @Test("the hub's and the member's files can be read by their owner alone")
  func privateFiles() async throws {
    _ = try await workshop.begin("carer")
    for file in ["hub/hub.db", "hub/hub.db-wal", "hub/admin.sock", "carer/replica.db", "carer/device.key"] {
      #expect(try mode(of: workshop.file(file)) == 0o600, "\(file)")
    }
    for folder in ["hub", "carer"] { #expect(try mode(of: workshop.file(folder)) == 0o700, "\(folder)") }
  }

  @Test("a key that others can read, or that is damaged, is never used, and keeps nobody from their own work")
  func badKey() async throws {
    let hub = try await workshop.begin("carer")
    let file = workshop.file("carer/device.key")
    for (mode, words, error) in [(0o640, nil, "keyOpen"), (0o600, "not a key", "keyUnreadable")] {
      if let words { try Data(words.utf8).write(to: URL(fileURLWithPath: file)) }
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      try await workshop.done("carer", "record", "add", "event", "title=Tea")
      try await workshop.done("carer", "status")
      let sent = try await workshop.board("carer", "send")
      #expect(sent.end != .exit(0) && sent.errorCode == error, "\(sent.errors)")
    }
    // What the words say to do.
    try FileManager.default.removeItem(atPath: file)
    try await workshop.done("carer", "join", hub.url, workshop.code(for: "carer", again: true))
    #expect(try await workshop.unsent("carer") == 0)
  }

  @Test("a copy in a folder that everybody may look into is not opened, and the words say how to close it")
  func openHome() async throws {
    _ = try await workshop.begin("carer")
    for (mode, isOpened) in [(0o755, false), (0o701, false), (0o750, true), (0o700, true)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: workshop.file("carer"))
      let status = try await workshop.board("carer", "status")
      #expect((status.end == .exit(0)) == isOpened, "\(String(mode, radix: 8)): \(status.errors)")
      if !isOpened {
        #expect(status.end == .exit(77) && status.errorCode == "homeOpen" && status.errors.contains("chmod 700"))
      }
    }
  }

  private func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test("a request under way when the hub is told to stop is still answered")
  func graceful() async throws {
    let hub = try await workshop.begin()
    let line = try Wire(port: hub.port)
    let (key, body) = (SigningKey(), #"{"code":1}"#)
    func head(nonce: String) -> String {
      let digest = contentDigest(of: Array(body.utf8))
      let signature = RequestSignature(
        of: SignedRequest(method: "POST", path: "/v1/join", contentDigest: digest), by: key, created: 0, nonce: nonce)
      let fields = ([("Content-Digest", digest)] + signature.fields).map { "\($0.0): \($0.1)\r\n" }.joined()
      return "POST /v1/join HTTP/1.1\r\nHost: hub\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n"
    }
    let first = try Wire(port: hub.port)
    try first.send(head(nonce: "none").replacing("Host: hub", with: "Host: hub\r\nConnection: close") + body)
    let challenge = try await first.answer()
    let nonce = try #require(challenge.firstMatch(of: /"nonce":"([^"]*)"/)).output.1
    try line.send(head(nonce: String(nonce)) + "{\"code\"")
    // The hub has begun to read once it answers somebody who came later.
    #expect(try await workshop.board("stranger", "join", hub.url, "AAAA-BBBB-CCCC-DDDD").end == .exit(77))
    hub.program.end(by: SIGTERM)
    while let second = try? Wire(port: hub.port) {
      second.close()
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(hub.program.isRunning)
    try line.send(":1}")
    let answer = try await line.answer()
    #expect(answer.contains("HTTP/1.1 422") && answer.contains("badFields"), "\(answer)")
    #expect(await hub.program.outcome().end == .exit(0))
  }

  @Test("a port that is taken or invalid is reported in plain words")
  func badPort() async throws {
    let hub = try await workshop.begin()
    _ = try await workshop.run("board-hub", ["init", "--data", workshop.file("other")])
    let taken = try await workshop.run(
      "board-hub", ["serve", "--data", workshop.file("other"), "--port", String(hub.port)])
    #expect(taken.end == .exit(75) && taken.output.isEmpty && taken.errorCode == "cannotServe", "\(taken.errors)")
    for port in ["65536", "99999999", "-1", "eighty"] {
      let none = try await workshop.run("board-hub", ["serve", "--data", workshop.file("other"), "--port=\(port)"])
      #expect(none.end == .exit(64) && none.output.isEmpty && none.errorCode == "usage", "\(port): \(none.errors)")
    }
  }

  @Test("a hub whose data folder has a long path is served, and its administrator reaches it")
  func longPath() async throws {
    let workshop = try Workshop(hub: String(repeating: "a-long-name/", count: 12) + "hub")
    _ = try await workshop.begin("carer")
    #expect(try await workshop.hubDone("status")["members"].number == 1)
    #expect(FileManager.default.fileExists(atPath: workshop.hubFolder + "/admin.sock"))
  }
}
