// The hub's decision on one offered change.
//
//   verdict: map { 1: space, 2: replica, 3: sequence, 4: code, 5: reason?, 6: missing dots?, 7: forked at?,
//                  8: signature? }
//   codes:   0 accepted  1 already had  2 missing, with 6  3 forked, with 7  4 refused, with 5 and perhaps 8  5 later

package import Replication

/// The hub's decision on one offered change. Only a verdict, or the change's own row in a page, acknowledges a change.
package struct Verdict: Equatable, Sendable {
  /// The decision itself.
  package enum Outcome: Equatable, Sendable {
    case accepted
    case alreadyHad
    /// The hub lacks these dots and stored nothing; they must be offered first.
    case missing([Dot])
    /// The hub holds another change at this sequence of the replica. If that is below the offered sequence, the fork
    /// began there or earlier; offering the change at that sequence tells more.
    case forked(at: UInt64)
    /// Refused for good. The dot is a void from now on, with the hub's signature.
    case refused(RefusalReason, signature: [UInt8]? = nil)
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
    case .accepted, .alreadyHad, .later: break
    case .missing(let dots): map.field(6) { $0.dots(dots) }
    case .forked(let sequence): map.write(7, sequence)
    case .refused(let reason, let signature):
      map.write(5, reason)
      map.write(8, signature)
    }
  }

  private var code: UInt64 {
    switch outcome {
    case .accepted: 0
    case .alreadyHad: 1
    case .missing: 2
    case .forked: 3
    case .refused: 4
    case .later: 5
    }
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    dot = Dot(try map.read(2), try map.read(3))
    let code: UInt64 = try map.read(4)
    let reason: RefusalReason? = try map.readIfPresent(5)
    let missing = try map.next(is: 6) ? map.reader.dots() : nil
    let sequence: UInt64? = try map.readIfPresent(7)
    let signature = try map.next(is: 8) ? map.reader.signature() : nil
    try map.finish()
    switch (code, reason, missing, sequence, signature) {
    case (0, nil, nil, nil, nil): outcome = .accepted
    case (1, nil, nil, nil, nil): outcome = .alreadyHad
    case (2, nil, let dots?, nil, nil): outcome = .missing(dots)
    case (3, nil, nil, let sequence?, nil): outcome = .forked(at: sequence)
    case (4, let reason?, nil, nil, _): outcome = .refused(reason, signature: signature)
    // A code of a later version: the change is kept, and offered again.
    case (5, nil, nil, nil, nil), (6..., _, _, _, _): outcome = .later
    default: throw .value
    }
  }
}
