// The text that is signed, letter by letter, and what is no signature of this protocol.

import Cryptography
import RequestSigning
import Testing

@Suite("A request's signature")
struct RequestSignatureTests {
  private let key = SigningKey(seed: [UInt8](repeating: 7, count: 32))!
  private let request = SignedRequest(
    method: "POST", path: "/v1/sync", query: "a=1", contentDigest: contentDigest(of: [1, 2, 3]))

  private var fields: [String: String] {
    let made = RequestSignature(of: request, by: key, created: 1_790_000_000, nonce: "once").fields
    return Dictionary(uniqueKeysWithValues: made.map { ($0.name, $0.value) })
  }

  private func read(_ input: String?, _ signature: String? = nil) throws(SignatureError) -> RequestSignature {
    try RequestSignature(input: input ?? fields["Signature-Input"]!, signature: signature ?? fields["Signature"]!)
  }

  @Test("is over the base that RFC 9421 section 2.5 makes of it")
  func base() throws {
    let parameters =
      #"("@method" "@path" "@query" "content-digest");created=1790000000;nonce="once";keyid="\#(key.publicKey)";"#
      + #"alg="ed25519""#
    #expect(fields["Signature-Input"] == "device=" + parameters)
    let base = [
      #""@method": POST"#, #""@path": /v1/sync"#, #""@query": ?a=1"#,
      #""content-digest": \#(contentDigest(of: [1, 2, 3]))"#, #""@signature-params": \#(parameters)"#,
    ].joined(separator: "\n")
    let signature = try RequestSignature(input: "x=" + parameters, signature: sign(base))
    #expect(signature.isValid(for: request))
    #expect(signature.key == key.publicKey && signature.created == 1_790_000_000 && signature.nonce == "once")
  }

  private func sign(_ base: String) -> String {
    // The same fields again, for a base written by hand.
    "x=:\(encode(key.signature(for: Array(base.utf8)))):"
  }

  private func encode(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let three = Array(bytes[start..<min(start + 3, bytes.count)])
      let bits = three.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - three.count))
      for place in 0..<4 { text.append(place <= three.count ? letters[bits >> (18 - 6 * place) & 63] : "=") }
    }
    return text
  }

  @Test("in another order, under another label, without naming the algorithm, it is as good")
  func otherOrder() throws {
    let parameters =
      #"("content-digest" "@query" "@path" "@method");keyid="\#(key.publicKey)";nonce="n";created=5;tag="mine""#
    let base = [
      #""content-digest": \#(contentDigest(of: [1, 2, 3]))"#, #""@query": ?a=1"#, #""@path": /v1/sync"#,
      #""@method": POST"#, #""@signature-params": \#(parameters)"#,
    ].joined(separator: "\n")
    #expect(try RequestSignature(input: "x=" + parameters, signature: sign(base)).isValid(for: request))
  }

  @Test("is none where anything of the request is another")
  func changed() throws {
    let signature = try read(nil)
    #expect(signature.isValid(for: request))
    let digest = contentDigest(of: [1, 2, 3])
    for other in [
      SignedRequest(method: "PUT", path: "/v1/sync", query: "a=1", contentDigest: digest),
      SignedRequest(method: "POST", path: "/v1/join", query: "a=1", contentDigest: digest),
      SignedRequest(method: "POST", path: "/v1/sync", contentDigest: digest),
      SignedRequest(method: "POST", path: "/v1/sync", query: "a=1", contentDigest: contentDigest(of: [1, 2])),
    ] {
      #expect(!signature.isValid(for: other))
    }
  }

  @Test(
    "fields that are none of RFC 9421 are told from fields that are none of ours",
    arguments: [
      ("", .unreadable), ("device", .unreadable), ("device=?1", .unreadable), ("device=()", .components),
      (#"device=("@method" "@path" "@query")"#, .components),
      (#"device=("@method" "@method" "@path" "@query" "content-digest")"#, .components),
      (#"device=("@method";req "@path" "@query" "content-digest")"#, .components),
      (#"device=("@method" "@path" "@query" "content-digest")"#, .parameters),
      (#"device=("@method" "@path" "@query" "content-digest");created="5";nonce="n";keyid="k""#, .parameters),
      (#"a=("@method"), b=("@path")"#, .unreadable),
    ] as [(String, SignatureError)])
  func none(input: String, error: SignatureError) {
    #expect(throws: error) { try read(input) }
  }

  @Test(
    "a signature that is no bytes is none", arguments: ["device=x", "device=:é:", "other=:AAAA:", "device=(:AAAA:)"])
  func noBytes(signature: String) {
    #expect(throws: SignatureError.unreadable) { try read(nil, signature) }
  }

  @Test("two bytes too few, and it is nobody's")
  func short() throws {
    #expect(try !read(nil, "device=:AAAA:").isValid(for: request))
  }
}
