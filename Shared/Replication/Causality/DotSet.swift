// A set of dots, as edits name them: each unsent edit of one field names all that came before it, so the dots are kept and
// sent as runs. A body then costs the same after the thousandth edit as after the second.

/// A set of dots, kept as runs of successive sequences.
package struct DotSet: Equatable, Sendable {
  /// Successive dots of one chain.
  package struct Run: Equatable, Sendable {
    package let replica: ReplicaID
    /// At least 1.
    package let first: UInt64
    /// At least `first`.
    package let last: UInt64

    package init(_ replica: ReplicaID, _ first: UInt64, _ last: UInt64) {
      self.replica = replica
      self.first = first
      self.last = last
    }

    /// The dots, ascending.
    package var dots: [Dot] { (first...last).map { Dot(replica, $0) } }

    /// The number of dots.
    fileprivate var count: UInt64 { last - first + 1 }

    fileprivate func contains(_ dot: Dot) -> Bool {
      dot.replica == replica && first <= dot.sequence && dot.sequence <= last
    }

    /// Tests whether the other, which begins no earlier, overlaps this run or goes on from it.
    fileprivate func touches(_ next: Run) -> Bool {
      replica == next.replica && next.first <= last + 1
    }
  }

  /// The runs in ascending order, as few as possible.
  package private(set) var runs: [Run] = []

  package init() {}

  package init(_ dots: some Sequence<Dot>) {
    self.init(runs: dots.map { Run($0.replica, $0.sequence, $0.sequence) })
  }

  /// Creates the set of all the runs' dots, in whatever order they come.
  package init(runs: some Sequence<Run>) {
    for run in runs.sorted(by: { ($0.replica, $0.first) < ($1.replica, $1.first) }) {
      if let last = self.runs.last, last.touches(run) {
        self.runs[self.runs.count - 1] = Run(last.replica, last.first, max(last.last, run.last))
      } else {
        self.runs.append(run)
      }
    }
  }

  package var isEmpty: Bool { runs.isEmpty }

  /// The last dot of each run. Who has applied these has applied the whole set, because chains are applied in order.
  package var ends: [Dot] { runs.map { Dot($0.replica, $0.last) } }

  /// Costs a binary search.
  package func contains(_ dot: Dot) -> Bool {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if dot < Dot(runs[middle].replica, runs[middle].first) { high = middle } else { low = middle + 1 }
    }
    return low > 0 && runs[low - 1].contains(dot)
  }

  package func union(_ other: DotSet) -> DotSet {
    DotSet(runs: runs + other.runs)
  }

  package func subtracting(_ dots: some Sequence<Dot>) -> DotSet {
    var dots = dots.sorted()[...]
    var kept: [Run] = []
    for run in runs {
      var first = run.first
      while let dot = dots.first, dot <= Dot(run.replica, run.last) {
        dots.removeFirst()
        guard run.contains(dot) else { continue }
        if first < dot.sequence { kept.append(Run(run.replica, first, dot.sequence - 1)) }
        first = dot.sequence + 1
      }
      if first <= run.last { kept.append(Run(run.replica, first, run.last)) }
    }
    return DotSet(runs: kept)
  }

  /// The dots that are keys of a dictionary too, ascending. Costs no more than the smaller of each run and the dictionary.
  package func dots(among known: [Dot: some Any]) -> [Dot] {
    runs.flatMap { run in
      run.count <= UInt64(known.count)
        ? run.dots.filter { known[$0] != nil }
        : known.keys.filter(run.contains).sorted()
    }
  }

  /// The dots at most at the sequence that `reached` gives for their chain.
  package func limited(to reached: (ReplicaID) throws -> UInt64) rethrows -> DotSet {
    DotSet(
      runs: try runs.compactMap { run in
        let last = min(run.last, try reached(run.replica))
        return run.first <= last ? Run(run.replica, run.first, last) : nil
      })
  }

  /// The set with those gaps filled, between two runs of one chain, that satisfy `isFilled`.
  package func filling(_ isFilled: (Run) throws -> Bool) rethrows -> DotSet {
    let gaps = zip(runs, runs.dropFirst()).filter { $0.replica == $1.replica }
      .map { Run($0.replica, $0.last + 1, $1.first - 1) }
    return DotSet(runs: runs + (try gaps.filter(isFilled)))
  }
}

extension DotSet: ExpressibleByArrayLiteral {
  package init(arrayLiteral dots: Dot...) {
    self.init(dots)
  }
}

extension DotSet {
  /// One or more runs; an empty set is left out where it stands.
  package func encode(into writer: inout CBORWriter) { writer.list(runs) }

  /// Reads a set from its one encoding.
  ///
  /// - Throws: ``CBORError/value`` unless runs ascend and neither overlap nor adjoin.
  package init(from reader: inout CBORReader, fewest: Int = 1) throws(CBORError) {
    let runs: [Run] = try reader.list(fewest...)
    self.init(runs: runs)
    guard self.runs == runs else { throw .value }
  }
}

/// A dot, or `[replica, first, last]` for two or more.
extension DotSet.Run: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(first == last ? 2 : 3)
    writer.id(replica)
    writer.unsigned(first)
    if first < last { writer.unsigned(last) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    let width = try reader.array()
    guard (2...3).contains(width) else { throw .type }
    let (replica, first): (ReplicaID, UInt64) = (try reader.id(), try reader.unsigned())
    let last = width == 3 ? try reader.unsigned() : first
    guard first > 0, last <= Limits.counterMax, width == 2 || first < last else { throw .value }
    self.init(replica, first, last)
  }
}
