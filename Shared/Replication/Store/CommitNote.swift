// The note that a store gives its observers after each commit: where to look, never what is there. Screens, hints to
// waiting devices and pages are to refresh by it instead of asking again and again.

internal import Synchronization

/// The extent of one commit, by space. State local to the copy is not part of it.
package struct CommitNote: Equatable, Sendable {
  /// The extent of one commit in one space.
  package struct Extent: Equatable, Sendable {
    /// The positions of the rows appended to the log; `nil` if there are none.
    package private(set) var positions: ClosedRange<UInt64>?
    /// The kinds of the records written; `nil` if they are not known, because records were removed.
    package private(set) var kinds: Set<String>? = []

    fileprivate mutating func append(_ position: UInt64) {
      positions = min(positions?.lowerBound ?? position, position)...max(positions?.upperBound ?? position, position)
    }

    fileprivate mutating func write(_ kind: String?) {
      if let kind { kinds?.insert(kind) } else { kinds = nil }
    }
  }

  /// Every space of which the commit wrote the row, the log or a record.
  package private(set) var spaces: [SpaceID: Extent] = [:]

  package init() {}

  /// Notes that a space's row or log was written.
  package mutating func change(_ space: SpaceID) { if spaces[space] == nil { spaces[space] = Extent() } }

  /// Notes an appended row.
  package mutating func append(at position: UInt64, in space: SpaceID) {
    spaces[space, default: Extent()].append(position)
  }

  /// Notes a space that was removed with all it held.
  package mutating func remove(_ space: SpaceID) {
    spaces[space] = Extent()
    spaces[space]?.write(nil)
  }

  /// Notes a record that was written, by its kind, or removed, if the kind is `nil`.
  package mutating func write(kind: String?, in space: SpaceID) { spaces[space, default: Extent()].write(kind) }
}

/// The observers of one store's commits.
package final class CommitObservers: Sendable {
  private struct State {
    var next: UInt64 = 0
    var bodies: [UInt64: @Sendable (CommitNote) -> Void] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Adds an observer. It is called on the writer's thread, in the order of commits, so it must be quick and must not
  /// write to the store.
  ///
  /// - Returns: The observation, which ends when this value is released; a commit that is being told may still arrive.
  package func observe(_ body: @escaping @Sendable (CommitNote) -> Void) -> CommitObservation {
    let number = state.withLock { state in
      defer { state.next += 1 }
      state.bodies[state.next] = body
      return state.next
    }
    return CommitObservation { [weak self] in
      // The body is released outside the lock: it may hold the last reference to another observation.
      _ = self?.state.withLock { $0.bodies.removeValue(forKey: number) }
    }
  }

  /// Tells every observer of a commit that is durable. A commit that wrote only local state is not told.
  package func tell(_ note: CommitNote) {
    guard !note.spaces.isEmpty else { return }
    for body in state.withLock({ Array($0.bodies.values) }) { body(note) }
  }
}

/// One observer's registration.
package final class CommitObservation: Sendable {
  private let end: @Sendable () -> Void

  fileprivate init(end: @escaping @Sendable () -> Void) { self.end = end }

  deinit { end() }
}
