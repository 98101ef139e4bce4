// Establishes which keys attest each change of a request.
//
// The need: the signature on a request proves who carries the changes and not who wrote them. Each change needs proof of
// its own author.
//
// The obvious solution is a signature on every change. It costs 64 bytes and one verification for each.
//
// The idea: headers are a hash chain. Each names the digest of the one before it, so one signature over a header
// attests every change that leads up to it. From each valid head the verifier walks back, digest by digest, over the
// headers of the offered changes. The store is not read. A walk ends at a header the request lacks, and at the border of
// its replica and space.
//
// A walk costs the length of its chain, and a request may hold many heads of one chain. So no change collects more than
// four.

internal import Cryptography
package import Replication
internal import SyncProtocol

/// The valid heads of a request, and the changes they attest.
package struct HeadVerifier {
  /// The most heads collected for one change. A chain has an author, perhaps with a new key: further heads prove little
  /// more, and walking back from all of them would let a stranger demand unbounded work.
  private static let headsPerChangeMax = 4

  /// The heads whose signatures are valid for this hub, and whose headers came with the request.
  let heads: [SignedHead]
  private var proved: [Digest: [SignedHead]] = [:]

  /// Verifies the heads and walks back from each. Costs one signature check for each head of a known header, and at
  /// most four steps for each header.
  ///
  /// - Parameters:
  ///   - headers: The headers of everything that came with the request; those that cannot be decoded prove nothing.
  ///   - hub: This hub. Heads signed for another hub are dropped.
  package init(_ heads: [SignedHead], over headers: [[UInt8]], at hub: HubID) {
    let known = Dictionary(
      headers.compactMap { bytes in (try? Header(decoding: bytes)).map { (Header.digest(of: bytes), $0) } },
      uniquingKeysWith: { first, _ in first })
    self.heads = heads.filter { known[$0.digest] != nil && $0.isValid(for: hub) }
    for head in self.heads {
      var digest: Digest? = head.digest
      while let reached = digest, let header = known[reached], header.dot.replica == head.dot.replica,
        header.space == head.space, proved[reached, default: []].count < Self.headsPerChangeMax
      {
        proved[reached, default: []].append(head)
        digest = header.previous
      }
    }
  }

  /// The keys that attest the change with this header digest; empty if none does.
  func keys(for digest: Digest) -> [PublicKey] { (proved[digest] ?? []).map(\.key) }
}
