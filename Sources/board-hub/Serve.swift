// The `serve` command: serves the hub over the network until its administrator stops it.

import ArgumentParser
import Foundation
import HubAdministration
import HubHTTP
import HubTerminal
import Logging
import RecordModel
import RequestSigning
import SafeText
import SyncHub
import Synchronization

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serves the hub until Ctrl-C. Prints one line when it is ready.")
  @OptionGroup var options: HubOptions
  @Option(help: "The address to listen on.") var host = "127.0.0.1"
  @Option(help: "The port; 0 lets the system choose.") var port = 8080
  @Option(help: "The hub's certificate and those that vouch for it, in PEM.") var tlsCert: String?
  @Option(help: "The certificate's private key, in PEM.") var tlsKey: String?

  func validate() throws {
    guard UInt16(exactly: port) != nil else { throw ValidationError("A port is a number from 0 to 65535.") }
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw ValidationError("A certificate and its key go together: --tls-cert and --tls-key.")
    }
    guard tlsCert != nil || isLoopback(host) else {
      throw ValidationError(
        "Off this computer a hub is served with --tls-cert and --tls-key: in the clear anybody in between could read.")
    }
  }

  func run() async throws {
    let (host, port, folder) = (host, port, options.folder)
    let tls = try tlsCert.flatMap { certificate in try tlsKey.map { try Self.tls(certificate, $0) } }
    // Files made while serving, above all the socket, are accessible to their owner alone from the start.
    umask(0o077)
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var logger = Logger(label: "board-hub")
    logger.logLevel = .warning
    let isHeard = Mutex(true)
    do {
      let hub = try options.open()
      try CertificateValidity.remember(tls?.validity, in: hub.store)
      if let warning = tls?.validity.warning(at: wallClock()) { Output.note(.warning(warning)) }
      let served = await Result {
        try await HubServer(
          hub: hub.sync, partners: hub.partners, administration: hub.administration, folder: folder, clock: wallClock,
          logger: logger
        ).run(host: host, port: port, tls: tls) {
          do throws(AdminError) {
            try Output.answer(["Serving at \(tls == nil ? "http" : "https")://\(host):\($0)"])
          } catch {
            // Nobody can learn where the hub is served, so it stops as if its administrator had stopped it.
            isHeard.withLock { $0 = false }
            kill(getpid(), SIGTERM)
          }
        }
      }
      await PartnerNetwork.shared.shutDown()
      try hub.store.close()
      try served.get()
    } catch let error as AdminError {
      throw error
    } catch {
      throw AdminError(.cannotServe, "The hub cannot be served at \(host):\(port): \(error)")
    }
    guard isHeard.withLock({ $0 }) else {
      throw AdminError(.notShown, "That the hub is ready could not be written, so it was stopped.")
    }
  }
}

extension Serve {
  private static func tls(_ certificate: String, _ key: String) throws(AdminError) -> ServerTLS {
    do {
      return try ServerTLS(certificate: certificate, key: key)
    } catch {
      throw AdminError(
        .badCertificate, "\(certificate) and \(key) are no certificate and its key, in PEM: \(error)")
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
