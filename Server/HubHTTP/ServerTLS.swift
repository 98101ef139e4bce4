// The hub's TLS: its certificate and private key, and the configuration of connections with them.

package import HubAdministration
internal import HummingbirdTLS
internal import NIOSSL
internal import Replication

/// The TLS identity a hub presents to other computers.
package struct ServerTLS: Sendable {
  let configuration: TLSConfiguration
  /// The time in which the hub's own certificate is valid. An intermediate beside it may end, since members' programs find
  /// another way to a root, or the certificate was renewed under a newer one.
  package let validity: CertificateValidity

  /// Mozilla's "intermediate" list (wiki.mozilla.org/Security/Server_Side_TLS); TLS 1.3 has its own.
  private static let cipherSuites = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
  ]

  /// - Parameters:
  ///   - certificate: The path of a PEM file: the hub's certificate first, then the intermediates that certify it.
  ///   - key: The path of its private key, in PEM.
  /// - Throws: NIOSSL's error if the files are not that, or do not match.
  package init(certificate: String, key: String) throws {
    let chain = try NIOSSLCertificate.fromPEMFile(certificate)
    validity = CertificateValidity(
      begins: Timestamp(milliseconds: 1_000 * Int64(chain.first?.notValidBefore ?? 0)),
      ends: Timestamp(milliseconds: 1_000 * Int64(chain.first?.notValidAfter ?? 0)))
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuites = Self.cipherSuites.joined(separator: ":")
    configuration.applicationProtocols = ["http/1.1"]
    // Fail now, and not at the first connection.
    _ = try NIOSSLContext(configuration: configuration)
    self.configuration = configuration
  }
}
