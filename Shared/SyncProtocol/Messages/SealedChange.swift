// Unsent work that a device may no longer send in clear, because its member left the space or the device was revoked.
// It is sealed for the hub, where a person decides about it; nobody can open it in transit or on the device.
//
//   [1, reason, header, body]   a change, and the reason it could not be sent
//   [2, words]                  text that was not yet a change
//
// `Sealing` defines the sealing. The hub identifies sealed bytes by SHA-256 over "board.rescue", a zero byte, and them.

package import Cryptography
package import Replication

/// The content of a sealed change, in clear.
package enum SealedChange: Equatable, Sendable {
  /// A change that no hub has acknowledged.
  case change(headerBytes: [UInt8], bodyBytes: [UInt8], RefusalReason)
  /// Text that its author had not finished.
  case words(String)

  /// Wraps a change with the reason it cannot be sent in clear.
  package init(_ change: Change, _ reason: RefusalReason) {
    self = .change(headerBytes: change.headerBytes, bodyBytes: change.bodyBytes, reason)
  }

  /// The bytes to seal.
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    switch self {
    case .change(let header, let body, let reason):
      writer.array(4)
      writer.unsigned(1)
      reason.encode(into: &writer)
      writer.bytes(header)
      writer.bytes(body)
    case .words(let words):
      writer.array(2)
      writer.unsigned(2)
      writer.text(words)
    }
    return writer.bytes
  }

  /// Decodes opened bytes.
  ///
  /// - Throws: ``CBORError`` for anything that `encoded` does not produce.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    let count = try reader.array()
    switch (try reader.unsigned(), count) {
    case (1, 4):
      let reason = try RefusalReason(from: &reader)
      self = .change(headerBytes: try reader.bytes(), bodyBytes: try reader.bytes(), reason)
    case (2, 2): self = .words(try reader.text())
    default: throw .value
    }
    try reader.finish()
  }

  /// The digest by which a device and its hub identify the same sealed bytes.
  package static func digest(of sealed: [UInt8]) -> Digest { Digest(tag: "board.rescue", sealed) }
}
