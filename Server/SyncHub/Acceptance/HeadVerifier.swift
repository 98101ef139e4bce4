// Who stands for the changes of one request. A head signs one header, and each header names the one before it; so from a
// head one walks back, over the headers that came with the request, to every change that it proves.

package import Cryptography
package import Replication
internal import SyncProtocol

/// The heads of a request, and what they prove.
package struct HeadVerifier {
  /// A chain has an author, perhaps with a new key, and a hub that took it in: more heads of one change prove little more,
  /// and to walk back from all of them would be work that a stranger could ask for without end.
  private static let headsPerChangeMax = 4

  /// The heads whose signatures hold.
  let heads: [SignedHead]
  private var proved: [Digest: [SignedHead]] = [:]

  /// - Parameters:
  ///   - headers: Of everything offered, and of the links; what cannot be read proves nothing.
  ///   - hub: This hub. A head signed for another is worth nothing here.
  ///   - key: The hub's own, whose heads come first.
  package init(_ heads: [SignedHead], over headers: [[UInt8]], at hub: HubID, with key: PublicKey) {
    let known = Dictionary(
      headers.compactMap { bytes in (try? Header(decoding: bytes)).map { (Header.digest(of: bytes), $0) } },
      uniquingKeysWith: { first, _ in first })
    self.heads = heads.filter { known[$0.digest] != nil && $0.isValid(for: hub) }
    let ordered = self.heads.filter { $0.key == key } + self.heads.filter { $0.key != key }
    for head in ordered {
      var digest: Digest? = head.digest
      while let reached = digest, let header = known[reached], header.dot.replica == head.dot.replica,
        header.space == head.space, proved[reached, default: []].count < Self.headsPerChangeMax
      {
        proved[reached, default: []].append(head)
        digest = header.previous
      }
    }
  }

  /// Who stands for the change with this header.
  func keys(for digest: Digest) -> [PublicKey] { (proved[digest] ?? []).map(\.key) }
}
