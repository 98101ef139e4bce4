// Establishes which key attests each change of a request.
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
// A replica id follows from one key, so whatever head attests a change, its key is the same. A walk also ends where another
// has been: a stranger who sends many heads of one chain demands no more work than with one.

internal import Cryptography
package import Replication
internal import SyncProtocol

/// The valid heads of a request, and the changes they attest.
package struct HeadVerifier {
  /// The heads that are valid for this hub, and whose headers came with the request.
  let heads: [SignedHead]
  private var keys: [Digest: PublicKey] = [:]

  /// Verifies the heads and walks back from each. Costs one signature check for each head of a known header, and one
  /// step for each header.
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
        header.space == head.space, keys[reached] == nil
      {
        keys[reached] = head.key
        digest = header.previous
      }
    }
  }

  /// The key that attests the change with this header digest; `nil` if none does.
  func key(for digest: Digest) -> PublicKey? { keys[digest] }
}
