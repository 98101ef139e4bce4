// W3 and W4 as a series: what a sync costs should not grow with what a copy holds.

struct Sizes: Workload {
  let name = "sizes"
  let about = "nothing new, and 100 changes of one field, in copies of a growing number of records"
  /// True to go on to a million records.
  let isLarge: Bool

  func run(_ bench: Bench) async throws -> [Figure] {
    let most = isLarge ? 1_000_000 : bench.records
    var (nothing, pulled): ([Figure], [Figure]) = ([], [])
    for size in [1_000, 10_000, 100_000, 1_000_000] where size <= most {
      let own = size == bench.records ? bench : try Bench(records: size)
      // The least of a few, since whatever else the machine does only adds to them.
      let quiet = try await least { try await NothingNew.took(own) }
      let pull = try await least { try await Pulling.took(own).pulled }
      nothing.append(Figure("nothing new", quiet, each: NothingNew.times, .milliseconds).of(size))
      pulled.append(Figure("pull 100 changes", pull, each: Pulling.rounds, .milliseconds).of(size))
    }
    return nothing + pulled + [spread(of: nothing), spread(of: pulled)].compactMap { $0 }
  }

  private func least(_ body: () async throws -> Duration) async throws -> Duration {
    var best = try await body()
    for _ in 1..<3 {
      let took = try await body()
      if took.cpu < best.cpu { best = took }
    }
    return best
  }

  /// The greatest cost in the series beside the least, in work, which other programs disturb less.
  private func spread(of series: [Figure]) -> Figure? {
    let costs = series.compactMap(\.cpu)
    guard let name = series.first?.name, let least = costs.min(), let most = costs.max() else { return nil }
    return Figure("spread of \(name)", value: most / least, .times, goal: 1.2)
  }
}
