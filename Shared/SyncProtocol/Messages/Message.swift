// The messages between devices and hubs. A request and a response are each a CBOR sequence (RFC 8742) of messages; a
// message is the array [type, map]. Each map is drawn where its value is defined, or here if it has no type of its own:
//
//   device to hub:  1 hello   2 offer { 1: header (as in `HeaderChains`), 2: body }   3 head   4 segment   5 rescue { 1: sealed bytes }
//                   6 cleared   7 answer { 1: proposal id, 2: is it accepted? }
//   hub to device: 16 welcome  17 verdict  18 notice  19 page  20 cursorUnknown { 1: space, 2: [position] }  21 end
//                  22 kept { 1: digest of the sealed bytes }   23 bodies   24 ticket
//   (an end is what closes an answer; it is no message by itself, see `SignedAnswer`)
//
// Docs/wire.md specifies every key; the golden files hold every released byte. The reader accepts exactly what the
// writer produces.

package import Cryptography
package import Replication

/// The version of messages and operations, which both sides must share.
package let protocolVersion: UInt64 = 1

/// One message, in either direction.
package enum Message: Equatable, Sendable {
  case hello(Hello)
  /// A change, as header and body.
  case offer(header: [UInt8], body: [UInt8])
  /// A signed proof of authorship for a chain of offered changes.
  case head(SignedHead)
  /// A run of the hub's own log, brought back to it.
  case segment(LogSegment)
  /// The sealed bytes of a ``SealedChange``.
  case sealedChange([UInt8])
  /// The member's answer to a proposal; true accepts it.
  case proposalAnswer(RecordID, Bool)
  /// The device's report that it has erased what the hub told it to.
  case cleared(Clearing)
  case welcome(Welcome)
  case verdict(Verdict)
  case notice(Notice)
  case page(Page)
  /// The device's position is not in the hub's log. Carries positions of that log, ascending to its last, from which the
  /// device sees how far both agree.
  case cursorUnknown(SpaceID, [ReadPosition])
  /// The hub's receipt for the sealed change with this digest, which it holds durably.
  case sealedChangeStored(Digest)
  case bodies(BodyNews)
  /// The hub's word of the device's membership, which the device shows with its next requests.
  case ticket(Ticket)
}

extension Message {
  /// Encodes a request or response.
  package static func encode(_ messages: [Message]) -> [UInt8] {
    var writer = CBORWriter()
    var chains = HeaderChains()
    for message in messages { message.encode(into: &writer, &chains) }
    return writer.bytes
  }

  private func encode(into writer: inout CBORWriter, _ offered: inout HeaderChains) {
    switch self {
    case .hello(let hello): writer.message(1, hello.encode)
    case .offer(let header, let body):
      writer.message(2) {
        $0.write(1, offered.shortened(header, of: .body(body)))
        $0.write(2, body)
      }
    case .head(let head): writer.message(3, head.encode)
    case .segment(let segment): writer.message(4, segment.encode)
    case .sealedChange(let sealed): writer.message(5) { $0.write(1, sealed) }
    case .cleared(let clearing): writer.message(6, clearing.encode)
    case .proposalAnswer(let id, let isYes):
      writer.message(7) {
        $0.write(1, id)
        $0.write(2, isYes)
      }
    case .welcome(let welcome): writer.message(16, welcome.encode)
    case .verdict(let verdict): writer.message(17, verdict.encode)
    case .notice(let notice): writer.message(18, notice.encode)
    case .page(let page): writer.message(19, page.encode)
    case .cursorUnknown(let space, let positions):
      writer.message(20) {
        $0.write(1, space)
        $0.write(2, positions)
      }
    case .bodies(let news): writer.message(23, news.encode)
    case .sealedChangeStored(let digest): writer.message(22) { $0.write(1, digest) }
    case .ticket(let ticket): writer.message(24, ticket.encode)
    }
  }

  /// The first of the types that later versions may add.
  private static let firstReservedType: UInt64 = 64

  /// Decodes a whole request or response, passing over messages of later versions.
  ///
  /// - Throws: ``CBORError`` for anything that is not a sequence of messages.
  package static func decode(_ bytes: [UInt8]) throws(CBORError) -> [Message] {
    var reader = CBORReader(bytes)
    var messages: [Message] = []
    var chains = HeaderChains()
    while !reader.isAtEnd {
      guard try reader.array() == 2 else { throw .type }
      let type = try reader.unsigned()
      guard type < firstReservedType else {
        try reader.skipItem()
        continue
      }
      messages.append(try reader.map { (map) throws(CBORError) in try Message(type, from: &map, &chains) })
    }
    return messages
  }

  private init(
    _ type: UInt64, from map: inout CBORMapReader, _ offered: inout HeaderChains
  ) throws(CBORError) {
    switch type {
    case 1: self = .hello(try Hello(from: &map))
    case 2:
      let (header, body): ([UInt8], [UInt8]) = (try map.read(1), try map.read(2))
      self = .offer(header: try offered.completed(header, of: .body(body)), body: body)
    case 3: self = .head(try SignedHead(from: &map))
    case 4: self = .segment(try LogSegment(from: &map))
    case 5: self = .sealedChange(try map.read(1))
    case 6: self = .cleared(try Clearing(from: &map))
    case 7: self = .proposalAnswer(try map.read(1), try map.read(2))
    case 16: self = .welcome(try Welcome(from: &map))
    case 17: self = .verdict(try Verdict(from: &map))
    case 18: self = .notice(try Notice(from: &map))
    case 19: self = .page(try Page(from: &map))
    case 20:
      let space: SpaceID = try map.read(1)
      try map.require(2)
      self = .cursorUnknown(space, try map.reader.list(1...64, ascendingBy: \.position))
    case 22: self = .sealedChangeStored(try map.read(1))
    case 23: self = .bodies(try BodyNews(from: &map))
    case 24: self = .ticket(try Ticket(from: &map))
    default: throw .value
    }
  }
}

extension CBORWriter {
  fileprivate mutating func message(_ type: UInt64, _ write: (inout CBORMapWriter) -> Void) {
    array(2)
    unsigned(type)
    map(write)
  }
}
