// The hub answers as its own description says, whatever is sent: asked by Schemathesis, which reads the description and
// makes requests of it, good ones and spoilt ones, signed by a device that has joined.

import Foundation
import ProgramKit
import Testing

@Suite("The hub's description", .serialized, .timeLimit(.minutes(5)))
struct OpenAPIProgramTests {
  /// All that Schemathesis can check but one: for a known route with another method the hub says 404, not 405.
  private static let options = [
    "--checks", "all", "--exclude-checks", "unsupported_method", "--phases", "examples,coverage,fuzzing",
    "--max-examples", "40", "--rate-limit", "auto", "--generation-deterministic",
    "--no-color",
  ]

  @Test("Schemathesis finds no answer of a served hub that its description does not have")
  func schemathesis() async throws {
    let scanner = try #require(ProcessInfo.processInfo.environment["BOARD_SCHEMATHESIS"], "Scripts/test sets it")
    let workshop = try Workshop()
    let hub = try await workshop.begin()
    let partner = try await workshop.hubDone("partner invite", "--name", "York")["code"].word
    // In the workshop, for it leaves notes where it runs; and from the file, for of what a hub serves it leaves out the
    // route that it was read from.
    let there = ["-euc", #"cd "$1"; shift; exec "$@""#, "bash", workshop.path]
    let run = try await workshop.run(
      "/bin/bash", there + [scanner, "run", Fixtures.openAPI, "--url", hub.url] + Self.options,
      environment: [
        "SCHEMATHESIS_HOOKS": Fixtures.openAPIHooks, "BOARD_HUB": hub.url,
        "BOARD_CODE": try await workshop.code(for: "stranger"), "BOARD_PARTNER_CODE": try #require(partner),
        "PYTHONDONTWRITEBYTECODE": "1",
      ])
    #expect(run.end == .exit(0) && run.output.contains("Tested: 6\n"), "\(run.output)\(run.errors)")
    #expect(hub.program.errors.isEmpty, "\(hub.program.errors)")
  }
}
