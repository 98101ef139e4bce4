// Nothing of anybody's crosses a network in the clear but on one computer, and nobody sends a word to a hub that cannot
// prove itself. Certificates are made by OpenSSL for each test, by an authority of its own.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite("TLS", .serialized, .timeLimit(.minutes(5)))
struct TLSTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  /// An authority, and a certificate of its for a name.
  private func certificate(_ file: String, by authority: String, for name: String, days: Int = 90) async throws {
    let script = #"""
      cd "$1"
      if [[ ! -f $2.pem ]]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$2" \
          -keyout "$2.key" -out "$2.pem" -addext keyUsage=critical,keyCertSign,cRLSign
      fi
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$4" -keyout "$3.key" -out "$3.csr"
      printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth' "$4" >"$3.ext"
      openssl x509 -req -in "$3.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$5" -extfile "$3.ext" -out "$3.pem"
      """#
    let made = try await workshop.run(
      "/bin/bash", ["-euc", script, "bash", workshop.file("."), authority, file, name, String(days)])
    try #require(made.end == .exit(0), "\(made.errors)")
  }

  private func serve(_ certificate: String, port: Int = 0) async throws -> ServedHub {
    try await workshop.serve(
      port: port, tls: (workshop.file(certificate + ".pem"), workshop.file(certificate + ".key")))
  }

  @Test(
    "a member joins over TLS with a given certificate authority, and every later send requires it")
  func road() async throws {
    try await certificate("hub", by: "university", for: "IP:127.0.0.1")
    try await workshop.hubDone("init")
    let hub = try await serve("hub")
    #expect(hub.url == "https://127.0.0.1:\(hub.port)")
    let code = try await workshop.code(for: "carer")
    try await workshop.done("carer", "join", hub.url, code, "--ca", workshop.file("university.pem"))
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    #expect(try await workshop.done("carer", "send")["sent"].number == 1)
    try await workshop.expectEqual("carer")

    // Somebody else's machine at the Centre's address, vouched for by somebody else.
    try await workshop.done("carer", "record", "add", "event", "title=Cake")
    await hub.stop()
    try await certificate("other", by: "stranger", for: "IP:127.0.0.1")
    let other = try await serve("other", port: hub.port)
    let sent = try await workshop.board("carer", "send")
    #expect(sent.end == .exit(69) && sent.errorCode == "notProved", "\(sent.errors)")
    #expect(try await workshop.unsent("carer") == 1)
    await other.stop()
    _ = try await serve("hub", port: hub.port)
    #expect(try await workshop.done("carer", "send")["sent"].number == 1)
  }

  @Test("a server that cannot prove to be the Centre gets no code, and the code stays good")
  func unproved() async throws {
    try await certificate("hub", by: "university", for: "IP:127.0.0.1")
    try await certificate("elsewhere", by: "university", for: "DNS:elsewhere.example.org")
    try await certificate("old", by: "university", for: "IP:127.0.0.1", days: -1)
    try await workshop.hubDone("init")
    var hub = try await serve("hub")
    let code = try await workshop.code(for: "carer")
    let authority = workshop.file("university.pem")
    let unknown = try await workshop.board("carer", "join", hub.url, code)
    #expect(unknown.end == .exit(69) && unknown.errorCode == "notProved", "\(unknown.errors)")
    for certificate in ["elsewhere", "old"] {
      await hub.stop()
      hub = try await serve(certificate, port: hub.port)
      let joined = try await workshop.board("carer", "join", hub.url, code, "--ca", authority)
      #expect(joined.end == .exit(69) && joined.errorCode == "notProved", "\(certificate): \(joined.errors)")
    }
    await hub.stop()
    hub = try await serve("hub", port: hub.port)
    for (file, error) in [("none.pem", "noSuchFile"), ("hub.key", "rejected")] {
      let joined = try await workshop.board("carer", "join", hub.url, code, "--ca", workshop.file(file))
      #expect(joined.end == .exit(65) && joined.errorCode == error, "\(file): \(joined.errors)")
    }
    try await workshop.done("carer", "join", hub.url, code, "--ca", authority)
  }

  @Test(
    "an administrator is told of a certificate that has ended, or ends soon, when the hub is served and in its status",
    arguments: [(-1, "certificate ended at"), (5, "in 4 days"), (90, nil)] as [(Int, String?)])
  func endedCertificate(days: Int, words: String?) async throws {
    try await certificate("hub", by: "university", for: "IP:127.0.0.1", days: days)
    try await workshop.hubDone("init")
    let hub = try await serve("hub")
    #expect(words.map(hub.program.errors.contains) ?? hub.program.errors.isEmpty, "\(hub.program.errors)")
    for isServed in [true, false] {
      if !isServed { await hub.stop() }
      let status = try await workshop.hubDone("status")
      #expect(status["certificate"]["ends"].word != nil)
    }
    await hub.stop()
    let plain = try await workshop.serve()
    #expect(try await workshop.hubDone("status")["certificate"] == .null)
    await plain.stop()
  }

  @Test("an intermediate that has ended beside the hub's certificate is no reason to warn of that")
  func endedIntermediate() async throws {
    try await certificate("hub", by: "university", for: "IP:127.0.0.1", days: 90)
    try await certificate("intermediate", by: "university", for: "DNS:intermediate.example.org", days: -1)
    let chain = try ["hub", "intermediate"].map {
      try String(contentsOfFile: workshop.file($0 + ".pem"), encoding: .utf8)
    }
    try chain.joined().write(toFile: workshop.file("chain.pem"), atomically: true, encoding: .utf8)
    try await workshop.hubDone("init")
    let hub = try await workshop.serve(tls: (workshop.file("chain.pem"), workshop.file("hub.key")))
    #expect(hub.program.errors.isEmpty, "\(hub.program.errors)")
    let status = try await workshop.hubDone("status")
    #expect(try #require(status["certificate"]["ends"].word) > #require(status["time"].word))
  }

  @Test(
    "beyond one computer nothing is served or requested without TLS", arguments: ["0.0.0.0", "10.0.0.1", "::"])
  func inTheClear(host: String) async throws {
    try await workshop.hubDone("init")
    let words = ["serve", "--data", workshop.file("hub"), "--host=\(host)", "--port", "0"]
    let served = try await workshop.run("board-hub", words)
    #expect(served.end == .exit(64) && served.errorCode == "usage" && served.output.isEmpty, "\(served.errors)")
    let joined = try await workshop.board("carer", "join", "http://192.0.2.1:8080", "CODE")
    #expect(joined.end == .exit(65) && joined.errorCode == "rejected", "\(joined.errors)")
  }

  @Test("an invalid certificate or key is refused by name, before anything is served")
  func badFiles() async throws {
    try await certificate("hub", by: "university", for: "IP:127.0.0.1")
    try await workshop.hubDone("init")
    for (certificate, key) in [
      ("hub.pem", "university.key"), ("hub.key", "hub.key"), ("none", "hub.key"), ("hub.pem", "none"),
    ] {
      let served = try await workshop.run(
        "board-hub",
        [
          "serve", "--data", workshop.file("hub"), "--tls-cert", workshop.file(certificate), "--tls-key",
          workshop.file(key),
        ])
      #expect(served.end == .exit(65) && served.errorCode == "badCertificate", "\(certificate): \(served.errors)")
      #expect(served.output.isEmpty)
    }
    let half = try await workshop.run(
      "board-hub", ["serve", "--data", workshop.file("hub"), "--tls-cert", workshop.file("hub.pem")])
    #expect(half.end == .exit(64) && half.errorCode == "usage", "\(half.errors)")
  }

  @Test("sslyze finds the connection as Mozilla's intermediate configuration wants it")
  func sslyze() async throws {
    let scanner = try #require(ProcessInfo.processInfo.environment["BOARD_SSLYZE"], "Scripts/test sets it")
    try await certificate("hub", by: "university", for: "DNS:localhost")
    try await workshop.hubDone("init")
    let hub = try await serve("hub")
    let scan = try await workshop.run(
      scanner,
      ["--mozilla_config=intermediate", "--certinfo_ca_file", workshop.file("university.pem"), "localhost:\(hub.port)"])
    #expect(scan.end == .exit(0) && scan.output.contains("localhost:\(hub.port): OK - Compliant."), "\(scan.output)")
  }
}
