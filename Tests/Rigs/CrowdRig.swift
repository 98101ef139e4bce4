// A crowd of strangers that hold connections and send next to nothing, at a served hub.

import Foundation
import ProgramKit
import Testing

@Suite("Rig: slow crowd", .serialized, .timeLimit(.minutes(5)))
struct CrowdRig {
  private static let connections = 2_000
  /// What `ulimit -n` is on many machines; the hub has to see to more by itself.
  private static let files = "ulimit -Sn 1024"

  private struct Found {
    let opened: Int64
    let closed: Int64
    let lastClosed: Double
    let slowestProbe: Double
    let failedProbes: Int64

    /// Everybody honest was answered within a second, and every slow connection was closed within thirty.
    var isHeld: Bool { failedProbes == 0 && slowestProbe < 1 && closed == opened && lastClosed < 30 }

    var words: String {
      "\(closed) of \(opened) connections closed, the last after \(Int(lastClosed)) s; an honest principal waited at most "
        + "\(Int(slowestProbe * 1_000)) ms, \(failedProbes) unanswered"
    }
  }

  @Test(
    "two thousand idle connections are closed in half a minute, and an honest principal never waits a second"
  )
  func crowd() async throws {
    let seconds = Extent.current.crowdSeconds
    let workshop = try Workshop()
    try await workshop.hubDone("init")
    let hub = try await workshop.serve(under: Self.files)
    let patient = try await patientServer()
    async let controlled = crowd(at: patient, for: seconds)
    let found = try await crowd(at: (workshop, hub.port), for: seconds)
    let control = try await controlled
    #expect(!control.isHeld && control.closed < control.opened, "the control: \(control.words)")
    report(
      "slow crowd", wanted: "\(Self.connections) connections, \(seconds) s", got: found.words,
      control: "a server without deadlines: \(control.words)")
    #expect(found.opened == Self.connections)
    #expect(found.isHeld, "\(found.words)")
    #expect(await hub.stop().end == .exit(0))
  }

  /// Something that answers, and waits for everybody as long as they like.
  private func patientServer() async throws -> (Workshop, Int) {
    let workshop = try Workshop()
    let folder = workshop.file("patient/v1")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("ok".utf8).write(to: URL(fileURLWithPath: folder + "/health"))
    let server = try workshop.start(
      "/usr/bin/python3",
      ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", workshop.file("patient")],
      deadlineSeconds: 300)
    let words = try await server.firstLine().split(separator: " ")
    return (workshop, try #require(words.compactMap { Int($0) }.first))
  }

  private func crowd(at place: (workshop: Workshop, port: Int), for seconds: Int) async throws -> Found {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("slow-crowd.py")
    let crowd = try await place.workshop.run(
      "/usr/bin/python3", [script.path, String(place.port), String(Self.connections), String(seconds)])
    let answer = try #require(
      try JSONSerialization.jsonObject(with: Data(crowd.output.utf8)) as? [String: NSNumber], "\(crowd.errors)")
    func number(_ name: String) throws -> NSNumber { try #require(answer[name]) }
    return Found(
      opened: try number("opened").int64Value, closed: try number("closed").int64Value,
      lastClosed: try number("lastClosed").doubleValue, slowestProbe: try number("slowestProbe").doubleValue,
      failedProbes: try number("failedProbes").int64Value)
  }
}
