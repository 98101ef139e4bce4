// One question to the hub and its answer, and what a line can do to the two on their way.

internal import ClientCore
internal import Cryptography
internal import SyncProtocol
internal import TestKit

/// A question on its way, or an answer on its way back.
final class Exchange {
  let device: DeviceNode
  /// The life of the device that asked.
  let life: Int
  let key: PublicKey
  /// The ticket that the device shows.
  let ticket: [UInt8]?
  let request: [UInt8]
  private let ask: Ask
  /// When it was asked, in world time.
  let asked: Int64
  /// Whether the hub has seen it.
  var wasDelivered = false
  /// What the answer says that the hub has taken (G13).
  var told: [SavedChange: Digest] = [:]
  /// What the answer says that the hub keeps sealed.
  var entrusted: Set<String> = []
  /// How often the hub had been restored when it answered; `nil` before.
  var restores: Int?
  /// What strikes the device's disk while it takes in the answer.
  var strike: (call: Int, fault: DiskFault)?
  /// Whether the device has stopped waiting.
  private(set) var isOver = false

  init(device: DeviceNode, key: PublicKey, ticket: [UInt8]?, request: [UInt8], ask: Ask, asked: Int64) {
    self.device = device
    life = device.life
    self.key = key
    self.ticket = ticket
    self.request = request
    self.ask = ask
    self.asked = asked
  }

  func offersChanges() throws -> Bool {
    try Message.decode(request).contains { if case .offer = $0 { true } else { false } }
  }

  /// Hands the device its answer. Only the first ending of an exchange counts.
  func end(_ result: Result<[UInt8], TransportError>) {
    guard !isOver else { return }
    isOver = true
    guard case .sync(_, _, _, let continuation) = ask else { return ask.fail(.unreachable("no such route")) }
    continuation.resume(returning: result)
  }
}

/// What happens to one exchange on its way.
enum Fate: String, CaseIterable, Sendable {
  case good
  /// Nothing gets through to the hub.
  case requestLost
  /// Refused at once: no line at all.
  case noConnection
  /// The request arrives long after the device has given up, and maybe after its next one.
  case requestLate
  /// The request arrives twice.
  case requestTwice
  /// The hub commits, and its answer never arrives.
  case replyLost
  /// The hub commits, and half of its answer arrives.
  case replyCut
  /// The answer takes so long that much can happen before it arrives.
  case replyLate
  /// The hub commits, and its machine stops before the reply.
  case hubDies
  /// The hub answers, and goes back to a backup before the answer arrives.
  case hubRestored
  /// The device's machine stops while it takes in the answer.
  case diskStrikes
  /// A captive portal's web page with status 200.
  case webPage
  /// Something on the way answers for the hub: busy, failed, forbidden.
  case status

  static func draw(_ random: inout SplitMix64, faultsOfHundred: Int) -> Fate {
    guard Int.random(in: 0..<100, using: &random) < faultsOfHundred else { return .good }
    return allCases.dropFirst().randomElement(using: &random)!
  }

  /// What a proxy on the way may say.
  static let statuses: [TransportError] = [
    .busy(wait: nil), .hubFailed(500), .hubFailed(503), .notAllowed("no"), .notKnown, .rejected("no"),
  ]
}
