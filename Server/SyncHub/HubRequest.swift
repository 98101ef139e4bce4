// A sync request, read whole before anything of it counts.

internal import Replication
internal import SyncProtocol

/// What a device asks and offers in one round trip.
struct HubRequest: Sendable {
  let hello: Hello
  let offers: [RawEntry]
  let heads: [SignedHead]
  /// Headers that lead from what is offered to a head.
  let links: [[UInt8]]
  /// Sealed for this hub.
  let rescues: [[UInt8]]
  let cleared: Clearing?
  /// The member's yes or no to held work.
  let answers: [(id: RecordID, isYes: Bool)]

  /// Whether there is anything to take in.
  var isOffering: Bool { !offers.isEmpty || !rescues.isEmpty || cleared != nil || !answers.isEmpty }

  /// - Throws: ``RequestError/unreadable(_:)``, ``RequestError/protocolVersion(_:)``.
  init(_ bytes: [UInt8]) throws {
    let messages: [Message]
    do throws(CBORError) {
      messages = try Message.decode(bytes)
    } catch { throw RequestError.unreadable("not a sequence of messages: \(error)") }
    guard case .hello(let hello)? = messages.first else {
      throw RequestError.unreadable("the first message is not hello")
    }
    guard hello.protocolVersion == protocolVersion else {
      throw RequestError.protocolVersion(hello.protocolVersion)
    }
    guard messages.count(where: \.isOffer) <= Limits.offersPerRequestMax else { throw RequestError.tooManyChanges }
    var offers: [RawEntry] = []
    var heads: [SignedHead] = []
    var links: [[UInt8]] = []
    var rescues: [[UInt8]] = []
    var cleared: Clearing?
    var answers: [(id: RecordID, isYes: Bool)] = []
    for message in messages.dropFirst() {
      switch message {
      case .offer(let entry): offers.append(entry)
      case .head(let head): heads.append(head)
      case .link(let header): links.append(header)
      case .rescue(let sealed): rescues.append(sealed)
      case .cleared(let clearing): cleared = clearing
      case .answer(let id, let isYes): answers.append((id, isYes))
      default: throw RequestError.unreadable("a message out of place")
      }
    }
    guard heads.count <= Limits.headsPerRequestMax else {
      throw RequestError.unreadable("more than \(Limits.headsPerRequestMax) heads")
    }
    guard rescues.count <= Limits.rescuesPerRequestMax else {
      throw RequestError.unreadable("more than \(Limits.rescuesPerRequestMax) rescues")
    }
    (self.hello, self.offers, self.heads, self.links) = (hello, offers, heads, links)
    (self.rescues, self.cleared, self.answers) = (rescues, cleared, answers)
  }
}

extension Message {
  fileprivate var isOffer: Bool { if case .offer = self { true } else { false } }
}
