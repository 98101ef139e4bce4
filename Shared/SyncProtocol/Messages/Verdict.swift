// The hub's decision on one offered change.
//
//   verdict: map { 1: space, 2: replica, 3: sequence, 4: code, 5: missing dots?, 6: forked at? }
//   codes:   0 recorded  1 missing, with 5  2 forked, with 6  3 later

package import Replication

/// A hub's answer to one offered change. It settles nothing: that is for the change's own row in a signed page.
package struct Verdict: Equatable, Sendable {
  /// The decision itself.
  package enum Outcome: Equatable, Sendable {
    /// The change has its row in the log, taken or refused; a page shows it.
    case recorded
    /// The hub lacks these dots and stored nothing; they must be offered first.
    case missing([Dot])
    /// The hub holds another change at this sequence of the replica. If that is below the offered sequence, the fork
    /// began there or earlier; offering the change at that sequence tells more.
    case forked(at: UInt64)
    /// The hub cannot decide yet; offer the change again later.
    case later
  }

  package let space: SpaceID
  package let dot: Dot
  package let outcome: Outcome

  package init(space: SpaceID, dot: Dot, outcome: Outcome) {
    self.space = space
    self.dot = dot
    self.outcome = outcome
  }
}

extension Verdict: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, space)
    map.write(2, dot.replica)
    map.write(3, dot.sequence)
    map.write(4, code)
    switch outcome {
    case .recorded, .later: break
    case .missing(let dots): map.field(5) { $0.dots(dots) }
    case .forked(let sequence): map.write(6, sequence)
    }
  }

  private var code: UInt64 {
    switch outcome {
    case .recorded: 0
    case .missing: 1
    case .forked: 2
    case .later: 3
    }
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    dot = Dot(try map.read(2), try map.read(3))
    let code: UInt64 = try map.read(4)
    let missing = try map.next(is: 5) ? map.reader.dots() : nil
    let sequence: UInt64? = try map.readIfPresent(6)
    try map.finish()
    switch (code, missing, sequence) {
    case (0, nil, nil): outcome = .recorded
    case (1, let dots?, nil): outcome = .missing(dots)
    case (2, nil, let sequence?): outcome = .forked(at: sequence)
    // A code of a later version: the change is kept, and offered again.
    case (3, nil, nil), (4..., _, _): outcome = .later
    default: throw .value
    }
  }
}
