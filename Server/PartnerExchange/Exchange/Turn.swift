// One connection carries both directions: only one of two hubs need be reachable. The hub that dials pulls what the other
// gives, as any device does. Then it takes turns: the other answers each turn with a request of its own, as it would send
// it if it could dial, and the next turn brings the answer. So both directions are the same session with the same proofs.
//
//   turn:     { 1: introduction, 3: nonce, 4: hub that is dialled } to begin, or { 2: answer }; POST /v1/partner, signed like every request
//   introduction: { 1: hub, 2: sealing key, 3: model }
//   reply:    { 1: request, 2: introduction, 3: failed, 4: signature }; without 1, all is read, or it has failed
//   signed:   "board.turn", a zero byte, and the array [hub, dialling hub's key, digest of the turn, the reply without 4]

package import Cryptography
package import Replication

/// A turn of the hub that dials.
package enum Turn: Equatable, Sendable {
  /// Names the hub that is dialled, so that nobody can pass the turn on to another.
  case begin(Introduction, to: HubID, nonce: [UInt8])
  /// The answer to the request that the last reply brought.
  case answer([UInt8])
}

/// The reply to a turn.
package struct TurnReply: Equatable, Sendable {
  /// The next request; `nil` once the replying hub has read everything.
  package let request: [UInt8]?
  package let introduction: Introduction
  /// True if the replying hub could not go on: it has not read everything, and begins again with the next first turn.
  package let isFailed: Bool

  package init(request: [UInt8]?, introduction: Introduction, isFailed: Bool = false) {
    self.request = request
    self.introduction = introduction
    self.isFailed = isFailed
  }

  private var content: [UInt8] {
    var writer = CBORWriter()
    writer.map { fields(into: &$0) }
    return writer.bytes
  }

  private func fields(into map: inout CBORMapWriter) {
    map.write(1, request)
    map.write(2, introduction)
    if isFailed { map.write(3, true) }
  }

  /// Encodes and signs the reply.
  package func encoded(by key: SigningKey, to turn: [UInt8], from dialler: PublicKey) -> [UInt8] {
    let signature = key.signature(for: Self.statement(introduction.hub, dialler, turn, content))
    var writer = CBORWriter()
    writer.map { map in
      fields(into: &map)
      map.write(4, signature)
    }
    return writer.bytes
  }

  /// Reads a reply that a hub has signed for this turn.
  ///
  /// - Returns: `nil` for bytes that are no such reply.
  package init?(decoding bytes: [UInt8], signedBy key: PublicKey, to turn: [UInt8], from dialler: PublicKey) {
    var reader = CBORReader(bytes)
    do throws(CBORError) {
      let (reply, signature): (TurnReply, [UInt8]) = try reader.map { (map) throws(CBORError) in
        let request: [UInt8]? = try map.readIfPresent(1)
        let introduction: Introduction = try map.read(2)
        let isFailed: Bool = try map.readIfPresent(3) ?? false
        return (TurnReply(request: request, introduction: introduction, isFailed: isFailed), try map.read(4))
      }
      try reader.finish()
      let statement = Self.statement(reply.introduction.hub, dialler, turn, reply.content)
      guard key.isValid(signature, for: statement) else { return nil }
      self = reply
    } catch { return nil }
  }

  private static func statement(
    _ hub: HubID, _ dialler: PublicKey, _ turn: [UInt8], _ content: [UInt8]
  ) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(4)
    writer.id(hub)
    dialler.encode(into: &writer)
    writer.digest(Digest(tag: "board.turn-request", turn))
    writer.bytes(content)
    return Array("board.turn".utf8) + [0] + writer.bytes
  }
}

extension Turn: CBORMapItem {
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    encode(into: &writer)
    return writer.bytes
  }

  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  package func encode(into map: inout CBORMapWriter) {
    switch self {
    case .begin(let introduction, let hub, let nonce):
      map.write(1, introduction)
      map.write(3, nonce)
      map.write(4, hub)
    case .answer(let answer): map.write(2, answer)
    }
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    if let introduction: Introduction = try map.readIfPresent(1) {
      let nonce: [UInt8] = try map.read(3)
      self = .begin(introduction, to: try map.read(4), nonce: nonce)
    } else {
      self = .answer(try map.read(2))
    }
  }
}

extension Introduction: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, hub)
    map.write(2, sealing)
    map.write(3, model)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    self.init(hub: try map.read(1), sealing: try map.read(2), model: try map.read(3))
  }
}
