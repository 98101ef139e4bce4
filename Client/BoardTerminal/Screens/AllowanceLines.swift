// The allowances of the Centre that are nearly full, or full: in words, before anything has to wait and while it does.

internal import JSONText
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Presenter {
  /// The uses of allowances without those of a day that is over.
  func current(_ uses: [AllowanceUse], now: Timestamp) -> [AllowanceUse] {
    uses.filter { use in use.renewal.map { $0.milliseconds > now.milliseconds } ?? true }
  }

  /// One sentence or two for each.
  func lines(of uses: [AllowanceUse]) throws -> [TerminalText] {
    let names = try spaceNames()
    return uses.map { use in
      let time = use.renewal.map { local($0).inWords } ?? ""
      switch (use.allowance, use.isFull) {
      case (.bytes, true): return Wording.memberIsFull(until: time)
      case (.bytes, false): return Wording.memberIsNearlyFull(percent: use.percent, until: time)
      case (.chains, true): return Wording.beganTooOften(until: time)
      case (.chains, false): return Wording.beganOften(until: time)
      case (.refused, true): return Wording.tooManyNotTaken(until: time)
      case (.refused, false): return Wording.manyNotTaken(until: time)
      case (.space(let space), true): return Wording.spaceIsFull(label(ofSpace: names[space] ?? ""))
      case (.space(let space), false):
        return Wording.spaceIsNearlyFull(label(ofSpace: names[space] ?? ""), percent: use.percent)
      }
    }
  }

  /// `[{"allowance", "space", "used", "most", "until"}]`.
  func json(of uses: [AllowanceUse]) throws -> JSON {
    let names = try spaceNames()
    return .array(
      uses.map { use in
        .object([
          "allowance": .string(use.allowance.name),
          "space": use.allowance.space.map { .string(names[$0] ?? $0.description) } ?? .null,
          "used": .integer(Int64(clamping: use.used)), "most": .integer(Int64(clamping: use.most)),
          "until": JSON(use.renewal),
        ])
      })
  }
}
