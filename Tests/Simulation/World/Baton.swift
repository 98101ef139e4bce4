// Many computers in one process, and yet only one thing happens at a time: whoever holds the baton runs, and the world
// waits until it is given back. So the order of everything follows from the plan, whatever the machine's threads do.

internal import ClientCore
internal import Cryptography
internal import Replication
internal import SyncProtocol
internal import Synchronization

/// What a device asks of the network.
enum Ask: Sendable {
  case join(
    code: String, key: PublicKey, CheckedContinuation<Result<JoinReply, TransportError>, Never>)
  case sync(
    key: PublicKey, ticket: [UInt8]?, request: [UInt8], CheckedContinuation<Result<[UInt8], TransportError>, Never>)

  /// Ends the asking without an answer.
  func fail(_ error: TransportError) {
    switch self {
    case .join(_, _, let continuation): continuation.resume(returning: .failure(error))
    case .sync(_, _, _, let continuation): continuation.resume(returning: .failure(error))
    }
  }
}

/// Why the baton came back.
enum Pause: Sendable {
  /// The task waits for the network.
  case asks(Ask)
  /// The task is over.
  case ends(Result<SyncReport?, any Error>)
}

/// Handed to one task at a time.
final class Baton: Sendable {
  private let world = Mutex<CheckedContinuation<Pause, Never>?>(nil)

  /// Lets a task run until it gives the baton back.
  func lend(_ start: () -> Void) async -> Pause {
    await withCheckedContinuation { continuation in
      world.withLock { $0 = continuation }
      start()
    }
  }

  func giveBack(_ pause: Pause) {
    let continuation = world.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    guard let continuation else { preconditionFailure("the baton was given back twice") }
    continuation.resume(returning: pause)
  }
}

/// A device's line: it asks the world, and waits.
final class SimulatedLine: HubTransport {
  private let baton: Baton

  init(_ baton: Baton) {
    self.baton = baton
  }

  func join(
    at place: HubEndpoint, code: String, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    let answer = await withCheckedContinuation { continuation in
      baton.giveBack(.asks(.join(code: code, key: key.publicKey, continuation)))
    }
    return try answer.get()
  }

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    let answer = await withCheckedContinuation { continuation in
      baton.giveBack(.asks(.sync(key: key.publicKey, ticket: ticket, request: request, continuation)))
    }
    return try answer.get()
  }

  /// Takes no time: what happens meanwhile is the world's to say, at the next request.
  func wait(_ duration: Duration) async {}
}
