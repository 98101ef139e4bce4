// The bytes of requests and answers that a hub holds at a time, over all devices. Somebody on a slow connection holds an
// answer for minutes, so without a bound a crowd of them would hold all the memory there is. Beyond the bound a request
// waits for its turn, for a limited time; and an answer that has been leaving for long is cut off where others wait: its
// device then asks for less at once (decision 24).

package import Cryptography
internal import Synchronization

/// A number of bytes, from which devices reserve in the order in which they ask.
package final class MemoryBudget: Sendable {
  /// The sizes and times of a budget.
  package struct Limits: Sendable {
    /// The most bytes held, of everybody.
    package let bytes: Int
    /// The most bytes held of one device; at least the largest reservation.
    package let deviceBytes: Int
    /// The longest that a request waits.
    package let wait: Duration
    /// The time that an answer has to leave, or a request to arrive, before it may be cut off.
    package let leaving: Duration

    package init(bytes: Int, deviceBytes: Int, wait: Duration, leaving: Duration) {
      self.bytes = bytes
      self.deviceBytes = deviceBytes
      self.wait = wait
      self.leaving = leaving
    }
  }

  private struct Waiter {
    let id: UInt64
    let bytes: Int
    let device: PublicKey
    let turn: CheckedContinuation<Reservation?, Never>
  }

  /// An answer on its way, or a request that is being read.
  private struct Leaving {
    let id: UInt64
    let device: PublicKey
    let since: ContinuousClock.Instant
    var bytes: Int
    let cut: @Sendable () -> Void
  }

  private struct State {
    var bytes = 0
    var deviceBytes: [PublicKey: Int] = [:]
    var waiters: [Waiter] = []
    /// In the order in which they began to leave.
    var leaving: [Leaving] = []
    var lastID: UInt64 = 0
    var lastCut: ContinuousClock.Instant?
  }

  private let limits: Limits
  private let state = Mutex(State())
  /// The pause between two answers cut off: what the first frees may be enough.
  private static let cutInterval = Duration.milliseconds(250)

  package init(_ limits: Limits) {
    precondition(limits.deviceBytes <= limits.bytes, "a device's share is a part of the budget")
    self.limits = limits
  }

  /// The bytes held now.
  package var bytes: Int { state.withLock { $0.bytes } }

  /// The number of requests that wait now.
  package var waiting: Int { state.withLock { $0.waiters.count } }

  /// Reserves bytes for a device, once they are free.
  ///
  /// - Parameter bytes: At most the share of one device.
  /// - Returns: `nil` if they were not free for as long as a request waits, or the task was cancelled.
  package func reserve(_ bytes: Int, for device: PublicKey) async -> Reservation? {
    precondition(bytes <= limits.deviceBytes, "a reservation is within the share of a device")
    let (id, granted) = state.withLock { state -> (UInt64, Reservation?) in
      state.lastID += 1
      let isFree = state.waiters.isEmpty && hasRoom(for: bytes, of: device, state)
      return (state.lastID, isFree ? hold(bytes, for: device, as: state.lastID, &state) : nil)
    }
    if let granted { return granted }
    async let _: Void = endWaiting(of: id)
    return await withCheckedContinuation { turn in
      resume(
        state.withLock { state in
          state.waiters.append(Waiter(id: id, bytes: bytes, device: device, turn: turn))
          return grant(&state)
        })
      // A task that was cancelled before has nobody who ends its waiting.
      if Task.isCancelled { giveUp(id) }
    }
  }

  /// Cuts answers off while a waiter waits, and ends its waiting in the end.
  private func endWaiting(of id: UInt64) async {
    let deadline = ContinuousClock.now + limits.wait
    do {
      while ContinuousClock.now < deadline {
        try await Task.sleep(for: Self.cutInterval)
        cutOff(now: .now)
      }
    } catch is CancellationError {
      // Its turn has come, or the request is given up.
    } catch { assertionFailure("sleeping ends by time or cancellation") }
    giveUp(id)
  }

  private func giveUp(_ id: UInt64) {
    let waiter = state.withLock { state in
      state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
    }
    waiter?.turn.resume(returning: nil)
  }

  private func hasRoom(for bytes: Int, of device: PublicKey, _ state: State) -> Bool {
    state.bytes + bytes <= limits.bytes && isWithinShare(bytes, of: device, state)
  }

  private func isWithinShare(_ bytes: Int, of device: PublicKey, _ state: State) -> Bool {
    state.deviceBytes[device, default: 0] + bytes <= limits.deviceBytes
  }

  private func hold(_ bytes: Int, for device: PublicKey, as id: UInt64, _ state: inout State) -> Reservation {
    state.bytes += bytes
    state.deviceBytes[device, default: 0] += bytes
    return Reservation(of: self, id: id, bytes: bytes, device: device)
  }

  /// Grants waiters their turns, in order. One that waits for its own device's bytes holds nobody else up.
  private func grant(_ state: inout State) -> [(Waiter, Reservation)] {
    var granted: [(Waiter, Reservation)] = []
    var index = 0
    while index < state.waiters.count {
      let waiter = state.waiters[index]
      guard isWithinShare(waiter.bytes, of: waiter.device, state) else {
        index += 1
        continue
      }
      guard hasRoom(for: waiter.bytes, of: waiter.device, state) else { break }
      state.waiters.remove(at: index)
      granted.append((waiter, hold(waiter.bytes, for: waiter.device, as: waiter.id, &state)))
    }
    return granted
  }

  private func resume(_ granted: [(Waiter, Reservation)]) {
    for (waiter, reservation) in granted { waiter.turn.resume(returning: reservation) }
  }

  fileprivate func free(_ bytes: Int, of device: PublicKey, as id: UInt64) {
    guard bytes > 0 else { return }
    resume(
      state.withLock { state in
        state.bytes -= bytes
        let own = state.deviceBytes[device, default: 0] - bytes
        state.deviceBytes[device] = own > 0 ? own : nil
        if let index = state.leaving.firstIndex(where: { $0.id == id }) {
          state.leaving[index].bytes -= bytes
          if state.leaving[index].bytes == 0 { state.leaving.remove(at: index) }
        }
        return grant(&state)
      })
  }

  fileprivate func beginLeaving(_ id: UInt64, of device: PublicKey, _ bytes: Int, cut: @escaping @Sendable () -> Void) {
    state.withLock { $0.leaving.append(Leaving(id: id, device: device, since: .now, bytes: bytes, cut: cut)) }
  }

  fileprivate func endLeaving(_ id: UInt64) {
    state.withLock { state in state.leaving.removeAll { $0.id == id } }
  }

  /// Cuts off the largest answer whose time to leave is over and whose bytes somebody waits for. For one device's share,
  /// only its own answers are cut off: a device that takes its time keeps nobody else from reading.
  private func cutOff(now: ContinuousClock.Instant) {
    let cut = state.withLock { state -> (@Sendable () -> Void)? in
      guard state.lastCut.map({ now - $0 >= Self.cutInterval }) ?? true else { return nil }
      let (crowded, sharing) = (
        state.waiters.contains { isWithinShare($0.bytes, of: $0.device, state) }, Set(state.waiters.map(\.device))
      )
      let late = state.leaving.prefix { now - $0.since >= limits.leaving }
      let largest = late.filter { crowded || sharing.contains($0.device) }.max { $0.bytes < $1.bytes }
      guard let largest else { return nil }
      state.leaving.removeAll { $0.id == largest.id }
      state.lastCut = now
      return largest.cut
    }
    cut?()
  }
}

/// Bytes that are reserved until this value is gone.
package final class Reservation: Sendable {
  private let budget: MemoryBudget
  private let id: UInt64
  private let device: PublicKey
  private let held: Mutex<Int>

  fileprivate init(of budget: MemoryBudget, id: UInt64, bytes: Int, device: PublicKey) {
    self.budget = budget
    self.id = id
    self.device = device
    held = Mutex(bytes)
  }

  /// Gives back all but so many bytes. More than are reserved change nothing.
  package func shrink(to bytes: Int) {
    let freed = held.withLock { held in
      let freed = max(0, held - bytes)
      held -= freed
      return freed
    }
    budget.free(freed, of: device, as: id)
  }

  /// Notes that the bytes are an answer on its way, or a request that is being read.
  ///
  /// - Parameter cut: Called at most once, if that takes long and others wait.
  package func leave(cut: @escaping @Sendable () -> Void) {
    budget.beginLeaving(id, of: device, held.withLock { $0 }, cut: cut)
  }

  deinit {
    budget.endLeaving(id)
    budget.free(held.withLock { $0 }, of: device, as: id)
  }
}
