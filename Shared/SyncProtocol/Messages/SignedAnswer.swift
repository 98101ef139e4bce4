// The hub's signature under each of its answers. A device knows its hub's key from joining, so nobody else can tell it
// anything: neither that it was revoked and must give up its work, nor that the work has arrived, nor anything that would
// harm its copy for good. The signature names the device and the request, so no answer serves twice.
//
//   answer: message ... message end
//   end:    [21, { 1: signature }]
//   signed: "board.answer", a zero byte, and the array [hub, device's key, SHA-256 of the request, SHA-256 of the messages]

package import Cryptography
package import Replication

/// A whole answer, with its end.
package struct SignedAnswer: Sendable {
  package let messages: [Message]
  private let signature: [UInt8]
  private let content: Digest

  /// The bytes of an end before its signature.
  private static let endPrefix: [UInt8] = [0x82, 0x15, 0xa1, 0x01, 0x58, 0x40]
  private static let signatureBytes = 64

  /// Reads an answer. Its signature is not checked.
  ///
  /// - Throws: ``SyncFailure/cut`` for one without its end; ``SyncFailure/notAHub`` for anything else.
  package init(_ bytes: [UInt8]) throws(SyncFailure) {
    let end = bytes.suffix(Self.endPrefix.count + Self.signatureBytes)
    guard end.starts(with: Self.endPrefix), end.count == Self.endPrefix.count + Self.signatureBytes else {
      if case .welcome? = try Self.decoded(bytes).first { throw .cut }
      throw .notAHub
    }
    let content = Array(bytes.dropLast(end.count))
    messages = try Self.decoded(content)
    signature = Array(end.suffix(Self.signatureBytes))
    self.content = .plain(content)
  }

  private static func decoded(_ bytes: [UInt8]) throws(SyncFailure) -> [Message] {
    do throws(CBORError) { return try Message.decode(bytes) } catch { throw .notAHub }
  }

  /// The messages of an answer that a copy's hub has signed with the key that the copy learned by joining. An answer that
  /// names another hub, or another version of the protocol, is only reported as such.
  ///
  /// - Throws: ``SyncFailure``; ``StoreError/corrupt(_:)`` for a copy that knows no key of its hub.
  package static func messages(
    in bytes: [UInt8], of hub: HubID, to request: [UInt8], from device: PublicKey, _ copy: any StoreReader
  ) throws -> [Message] {
    let answer = try SignedAnswer(bytes)
    guard let key = try Contact.keys(in: copy)?.signing else {
      throw StoreError.corrupt("a copy without its hub's key")
    }
    guard !answer.isSigned(by: key, of: hub, to: request, from: device) else { return answer.messages }
    if case .welcome(let welcome)? = answer.messages.first {
      if welcome.protocolVersion != protocolVersion { throw SyncFailure.programTooOld }
      if welcome.hub != hub { throw SyncFailure.wrongHub(welcome.hub) }
    }
    throw SyncFailure.nonsense("an answer that the hub did not sign")
  }

  /// Tests whether a hub signed this answer to a request of a device. Costs one Ed25519 verification.
  package func isSigned(by key: PublicKey, of hub: HubID, to request: [UInt8], from device: PublicKey) -> Bool {
    key.isValid(signature, for: Self.statement(hub, device, .plain(request), content))
  }

  /// Encodes and signs an answer.
  package static func encode(
    _ messages: [Message], by key: SigningKey, of hub: HubID, to request: [UInt8], from device: PublicKey
  ) -> [UInt8] {
    let content = Message.encode(messages)
    return content + endPrefix + key.signature(for: statement(hub, device, .plain(request), .plain(content)))
  }

  /// The bytes that are signed.
  private static func statement(_ hub: HubID, _ device: PublicKey, _ request: Digest, _ content: Digest) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(4)
    writer.id(hub)
    device.encode(into: &writer)
    writer.digest(request)
    writer.digest(content)
    return Array("board.answer".utf8) + [0] + writer.bytes
  }
}

extension [Message] {
  /// This request as no other is: with a nonce in its hello, so that no earlier answer is one to it.
  package var madeUnique: [Message] {
    map { message in
      guard case .hello(var hello) = message else { return message }
      hello.nonce = randomBytes(16)
      return .hello(hello)
    }
  }
}

extension Digest {
  /// The SHA-256 digest of bytes that travel, without a tag: that of a Content-Digest (RFC 9530).
  fileprivate static func plain(_ bytes: [UInt8]) -> Digest {
    var hasher = Hasher256()
    hasher.update(bytes)
    return hasher.finish()
  }
}
