// HTTP Message Signatures (RFC 9421) as this protocol uses them: a device's Ed25519 key over method, path, query and
// the body's digest, with the time of signing and a nonce. Client and hub both build the signed text here.

package import Cryptography
internal import RawStructuredFieldValues

/// The signed components of a request (RFC 9421 section 2).
package struct SignedRequest: Equatable, Sendable {
  package let method: String
  /// The path as sent, from its first slash.
  package let path: String
  /// The query after the question mark; empty if there is none.
  package let query: String
  /// The `Content-Digest` field as sent (RFC 9530).
  package let contentDigest: String

  package init(method: String, path: String, query: String = "", contentDigest: String) {
    self.method = method
    self.path = path
    self.query = query
    self.contentDigest = contentDigest
  }

  /// The value of a covered component; `nil` for one that this protocol does not sign.
  fileprivate func value(of component: String) -> String? {
    switch component {
    case "@method": method
    case "@path": path
    case "@query": "?" + query
    case "content-digest": contentDigest
    default: nil
    }
  }

  fileprivate static let components = ["@method", "@path", "@query", "content-digest"]
}

/// A request's signature fields that do not follow this protocol.
package enum SignatureError: Error, Equatable, Sendable {
  /// Not the fields of RFC 9421, or more than one signature, or a field over 1,024 bytes.
  case unreadable
  /// The signature does not cover exactly method, path, query and digest, each once.
  case components
  /// `created`, `nonce` or `keyid` is missing or invalid, or another algorithm is named.
  case parameters
}

/// The signature of one request.
package struct RequestSignature: Sendable {
  /// The public key the signature claims, verified by ``isValid(for:)`` alone.
  package let key: PublicKey
  /// The signer's clock, in seconds since 1970.
  package let created: Int64
  /// A value the signer uses once, or the hub's challenge.
  package let nonce: String
  private let input: InnerList
  private let signature: [UInt8]

  private static let label = "device"

  /// Signs a request.
  ///
  /// - Parameter created: Seconds since 1970; clamped to the range of a structured field (RFC 9651 section 3.3.1), in
  ///   case the clock is that wrong.
  package init(of request: SignedRequest, by key: SigningKey, created: Int64, nonce: String) {
    let most: Int64 = 999_999_999_999_999
    let created = min(max(created, -most), most)
    self.key = key.publicKey
    self.created = created
    self.nonce = nonce
    var components = BareInnerList()
    for name in SignedRequest.components {
      components.append(Item(bareItem: RFC9651BareItem.string(name), parameters: [:]))
    }
    let parameters: OrderedMap<String, RFC9651BareItem> = [
      "created": .integer(created), "nonce": .string(nonce), "keyid": .string(key.publicKey.description),
      "alg": .string("ed25519"),
    ]
    input = InnerList(bareInnerList: components, parameters: parameters)
    signature = key.signature(for: Self.base(of: request, input)!)
  }

  /// Parses the `Signature-Input` and `Signature` fields of a request, without verifying them.
  package init(input inputField: String, signature signatureField: String) throws(SignatureError) {
    // An honest field has some 350 bytes; parsing time grows with the square of the length.
    guard inputField.utf8.count <= 1024, signatureField.utf8.count <= 1024 else { throw .unreadable }
    let inputs: OrderedMap<String, ItemOrInnerList>
    let signatures: OrderedMap<String, ItemOrInnerList>
    do {
      var parser = StructuredFieldValueParser(Array(inputField.utf8))
      inputs = try parser.parseDictionaryFieldValue()
      parser = StructuredFieldValueParser(Array(signatureField.utf8))
      signatures = try parser.parseDictionaryFieldValue()
    } catch { throw .unreadable }
    guard inputs.count == 1, signatures.count == 1, let (label, value) = inputs.first,
      case .innerList(let list) = value, case .item(let item)? = signatures[label],
      case .undecodedByteSequence(let text) = item.rfc9651BareItem, let bytes = bytes(ofBase64: text)
    else { throw .unreadable }
    let names = list.bareInnerList.map { item -> String in
      if case .string(let name) = item.rfc9651BareItem, item.rfc9651Parameters.count == 0 { name } else { "" }
    }
    guard names.sorted() == SignedRequest.components.sorted() else { throw .components }
    let parameters = list.rfc9651Parameters
    guard case .integer(let created)? = parameters["created"], case .string(let nonce)? = parameters["nonce"],
      case .string(let name)? = parameters["keyid"], let key = PublicKey(name)
    else { throw .parameters }
    if let algorithm = parameters["alg"], algorithm != .string("ed25519") { throw .parameters }
    self.key = key
    self.created = created
    self.nonce = nonce
    self.input = list
    signature = bytes
  }

  /// Tests whether the claimed key signed exactly this request.
  package func isValid(for request: SignedRequest) -> Bool {
    guard let base = Self.base(of: request, input) else { return false }
    return key.isValid(signature, for: base)
  }

  /// The header fields that carry the signature.
  package var fields: [(name: String, value: String)] {
    [
      ("Signature-Input", "\(Self.label)=\(Self.text(of: input) ?? "")"),
      ("Signature", "\(Self.label)=:\(base64(signature)):"),
    ]
  }

  /// The signature base (RFC 9421 section 2.5); `nil` if the input covers a component this protocol does not sign.
  private static func base(of request: SignedRequest, _ input: InnerList) -> [UInt8]? {
    var lines: [String] = []
    for item in input.bareInnerList {
      guard case .string(let name) = item.rfc9651BareItem, let value = request.value(of: name) else { return nil }
      lines.append("\"\(name)\": \(value)")
    }
    guard let parameters = text(of: input) else { return nil }
    lines.append("\"@signature-params\": \(parameters)")
    return Array(lines.joined(separator: "\n").utf8)
  }

  private static func text(of input: InnerList) -> String? {
    var serializer = StructuredFieldValueSerializer()
    do {
      return String(decoding: try serializer.writeListFieldValue([.innerList(input)]), as: UTF8.self)
    } catch {
      // Parsed input can always be serialised, and this file makes only printable characters.
      return nil
    }
  }
}
