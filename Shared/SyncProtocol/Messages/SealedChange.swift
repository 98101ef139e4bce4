// Work that a device may not send by the common road any more: its member left the space, or the device was taken off. It
// is sealed for the hub, where a person decides about it; nobody else can open it on the way, nor on the device.
//
//   [1, reason, header, body]   a change, and why it could not go
//   [2, words]                  words that were not yet a change
//
// Sealed as `Sealing` says. The hub knows a rescue by SHA-256 over "board.rescue", a zero byte, and the sealed bytes.

package import Cryptography
package import Replication

/// What is in a sealed rescue.
package enum SealedChange: Equatable, Sendable {
  /// A change that no hub has acknowledged.
  case change(headerBytes: [UInt8], bodyBytes: [UInt8], RefusalReason)
  /// Half-written words.
  case words(String)

  package init(_ change: Change, _ reason: RefusalReason) {
    self = .change(headerBytes: change.headerBytes, bodyBytes: change.bodyBytes, reason)
  }

  package var encoded: [UInt8] {
    var writer = CBORWriter()
    switch self {
    case .change(let header, let body, let reason):
      writer.array(4)
      writer.unsigned(1)
      writer.text(reason.rawValue)
      writer.bytes(header)
      writer.bytes(body)
    case .words(let words):
      writer.array(2)
      writer.unsigned(2)
      writer.text(words)
    }
    return writer.bytes
  }

  /// - Throws: ``CBORError`` for anything but what `encoded` makes.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    let count = try reader.array()
    switch (try reader.unsigned(), count) {
    case (1, 4):
      let reason = RefusalReason(rawValue: try reader.text())
      guard (1...Limits.nameBytesMax).contains(reason.rawValue.utf8.count) else { throw .value }
      self = .change(headerBytes: try reader.bytes(), bodyBytes: try reader.bytes(), reason)
    case (2, 2): self = .words(try reader.text())
    default: throw .value
    }
    try reader.finish()
  }

  /// By which a device and its hub mean the same rescue.
  package static func digest(of sealed: [UInt8]) -> Digest { Digest(tag: "board.rescue", sealed) }
}
