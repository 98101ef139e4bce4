// A sync request, decoded in full before any of it takes effect.

internal import Replication
internal import SyncProtocol

/// The queries and offers of a device in one round trip.
struct HubRequest: Sendable {
  let hello: Hello
  /// The runs of this hub's own log, in the order of the request, not yet verified.
  let segments: [LogSegment]
  /// The offered changes, in the order of the request, with undecoded bodies.
  let offers: [(header: [UInt8], body: [UInt8])]
  /// The signed heads, not yet verified.
  let heads: [SignedHead]
  /// Sealed changes, encrypted for this hub.
  let sealedChanges: [[UInt8]]
  /// The device's confirmation of having cleared some spaces, or everything.
  let cleared: Clearing?
  /// The member's accept or decline of proposals.
  let proposalAnswers: [(id: RecordID, isYes: Bool)]

  /// Tests whether the request carries anything to store.
  var isOffering: Bool {
    !offers.isEmpty || !segments.isEmpty || !sealedChanges.isEmpty || cleared != nil || !proposalAnswers.isEmpty
  }

  /// - Throws: ``RequestError/unreadable(_:)``, ``RequestError/protocolVersion(_:)``, ``RequestError/tooManyChanges``.
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
    var segments: [LogSegment] = []
    var offers: [(header: [UInt8], body: [UInt8])] = []
    var heads: [SignedHead] = []
    var rescues: [[UInt8]] = []
    var cleared: Clearing?
    var answers: [(id: RecordID, isYes: Bool)] = []
    for message in messages.dropFirst() {
      switch message {
      case .segment(let segment): segments.append(segment)
      case .offer(let header, let body): offers.append((header, body))
      case .head(let head): heads.append(head)
      case .sealedChange(let sealed): rescues.append(sealed)
      case .cleared(let clearing): cleared = clearing
      case .proposalAnswer(let id, let isYes): answers.append((id, isYes))
      default: throw RequestError.unreadable("a message out of place")
      }
    }
    guard segments.count <= Limits.segmentsPerRequestMax else {
      throw RequestError.unreadable("more than \(Limits.segmentsPerRequestMax) segments")
    }
    guard heads.count <= Limits.headsPerRequestMax else {
      throw RequestError.unreadable("more than \(Limits.headsPerRequestMax) heads")
    }
    guard rescues.count <= Limits.sealedChangesPerRequestMax else {
      throw RequestError.unreadable("more than \(Limits.sealedChangesPerRequestMax) rescues")
    }
    (self.hello, self.segments, self.offers, self.heads) = (hello, segments, offers, heads)
    (self.sealedChanges, self.cleared, self.proposalAnswers) = (rescues, cleared, answers)
  }
}

extension Message {
  fileprivate var isOffer: Bool { if case .offer = self { true } else { false } }
}
