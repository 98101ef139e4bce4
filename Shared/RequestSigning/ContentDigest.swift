// The body's digest as a header field, and base 64, which all fields of a signed request use.

internal import Cryptography
internal import FoundationEssentials

/// The Content-Digest of a body: `sha-256=:…:` (RFC 9530 section 2).
package func contentDigest(of body: [UInt8]) -> String {
  var hasher = Hasher256()
  hasher.update(body)
  return "sha-256=:\(base64(hasher.finish().bytes)):"
}

/// Base 64 with padding (RFC 4648 section 4).
func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

/// The bytes of padded base 64.
///
/// - Returns: `nil` for text that is not base 64.
func bytes(ofBase64 text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
