// The reading of a hub that dials: an ordinary sync whose requests travel in the replies to the other's turns.

internal import ClientCore
internal import Cryptography
internal import SyncProtocol
internal import Synchronization

/// One reading of a partner's hub that dials this one.
final class PartnerSession: Sendable {
  private struct State {
    /// The request that the next reply takes, once there is one; `nil` inside for the end.
    var request: [UInt8]??
    var waitingForRequest: CheckedContinuation<[UInt8]?, Never>?
    var waitingForAnswer: CheckedContinuation<[UInt8]?, Never>?
    var answer: [UInt8]?
    /// True from a request until its answer.
    var isAsking = false
    var isOver = false
    var hasFailed = false
    var task: Task<Void, Never>?
  }

  private let state = Mutex(State())
  private let read: @Sendable (any HubTransport) async throws -> Void

  /// - Parameter read: Reads the partner's hub over a transport.
  init(read: @escaping @Sendable (any HubTransport) async throws -> Void) {
    self.read = read
  }

  /// Begins to read.
  func start() {
    let task = Task { [self] in
      do { try await read(TurnTransport(session: self)) } catch {
        // The hub that dials is told, and dials again; nothing was lost.
        state.withLock { $0.hasFailed = true }
      }
      end()
    }
    state.withLock { $0.task = task }
  }

  /// Ends the reading, and waits until nothing of it goes on.
  func cancel() async {
    end()
    let task = state.withLock { $0.task }
    task?.cancel()
    await task?.value
  }

  /// True if the reading ended before everything was read.
  var hasFailed: Bool { state.withLock { $0.hasFailed } }

  private func end() {
    let (request, answer) = state.withLock { state in
      (state.isOver, state.isAsking) = (true, false)
      defer { (state.waitingForRequest, state.waitingForAnswer) = (nil, nil) }
      return (state.waitingForRequest, state.waitingForAnswer)
    }
    request?.resume(returning: nil)
    answer?.resume(returning: nil)
  }

  // MARK: The turns

  /// Gives the answer to the last request.
  ///
  /// - Returns: False if no request waits for one.
  func give(_ answer: [UInt8]) -> Bool {
    let (isTaken, waiting) = state.withLock { state -> (Bool, CheckedContinuation<[UInt8]?, Never>?) in
      guard state.isAsking else { return (false, nil) }
      state.isAsking = false
      defer { state.waitingForAnswer = nil }
      if state.waitingForAnswer == nil { state.answer = answer }
      return (true, state.waitingForAnswer)
    }
    waiting?.resume(returning: answer)
    return isTaken
  }

  /// The next request; `nil` once everything was read.
  func nextRequest() async -> [UInt8]? {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> [UInt8]?? in
        if let request = state.request {
          state.request = nil
          return .some(request)
        }
        if state.isOver { return .some(nil) }
        state.waitingForRequest?.resume(returning: nil)
        state.waitingForRequest = continuation
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  // MARK: The reading

  /// Sends a request with the next reply, and waits for the turn that answers it.
  fileprivate func exchange(_ request: [UInt8]) async throws(TransportError) -> [UInt8] {
    let waiting = state.withLock { state in
      (state.answer, state.isAsking) = (nil, !state.isOver)
      defer { state.waitingForRequest = nil }
      if state.waitingForRequest == nil { state.request = .some(request) }
      return state.waitingForRequest
    }
    waiting?.resume(returning: request)
    let timeout = Task { [self] in
      do { try await Task.sleep(for: PartnerService.turnWait) } catch { return }
      let waiting = state.withLock { state in
        state.isAsking = false
        defer { state.waitingForAnswer = nil }
        return state.waitingForAnswer
      }
      waiting?.resume(returning: nil)
    }
    defer { timeout.cancel() }
    let answer = await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> [UInt8]?? in
        if state.isOver { return .some(nil) }
        if let answer = state.answer {
          state.answer = nil
          return .some(answer)
        }
        state.waitingForAnswer = continuation
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
    guard let answer else { throw .cut("the partner's hub took no further turn") }
    return answer
  }
}

/// The transport of requests that travel in replies to turns.
private struct TurnTransport: HubTransport {
  let session: PartnerSession

  func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply {
    throw .notAllowed("a hub joins where it dials")
  }

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    try await session.exchange(request)
  }

  func wait(_ duration: Duration) async {
    do { try await Task.sleep(for: duration) } catch {
      // Cancelled, and so is whatever would follow.
    }
  }
}
