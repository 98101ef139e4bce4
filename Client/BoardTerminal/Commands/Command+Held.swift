// `held`: what had not been sent from a computer of the member's that was taken off, which may have been in other hands. The
// Centre has it; whether it is to count the member says, piece by piece.

internal import BoardModel
internal import ClientCore
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Command {
  static func held(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    let reading = try session.reading()
    let held = try reading.replica.ownProposals()
    switch command.words.count {
    case 0:
      let lines = try held.enumerated().map { place, work in try reading.line(of: work, number: place + 1) }
      let json = JSON.object(["held": .array(held.map { reading.shape(of: $0) })])
      return Report(json: json, lines: lines.isEmpty ? [Wording.noneHeld] : lines + [Wording.heldHint])
    case 1:
      let work = try Self.chosen(command.words[0], of: held)
      return Report(json: reading.shape(of: work), lines: try reading.words(of: work) + [Wording.heldHint])
    case 2:
      let work = try Self.chosen(command.words[0], of: held)
      guard let isYes = ["yes": true, "no": false][command.words[1].lowercased()] else {
        throw Failure.usage(Wording.howToType("held 1 yes"))
      }
      try reading.replica.answer(work, isYes)
      return Report(
        json: .object(["id": .string(work.id.description), "answer": .bool(isYes)]),
        lines: [isYes ? Wording.heldYes : Wording.heldNo, Wording.savedHere], isSaved: true)
    default: throw Failure.usage(Wording.howToType("held 1 yes"))
    }
  }

  private static func chosen(_ number: String, of held: [OwnProposal]) throws -> OwnProposal {
    guard let place = Int(number), held.indices.contains(place - 1) else {
      throw Failure("noSuchItem", .usage, Wording.noSuchHeld(number))
    }
    return held[place - 1]
  }
}

extension Presenter {
  fileprivate func line(of work: OwnProposal, number: Int) throws -> TerminalText {
    let answer: TerminalText = work.answer.map { $0 ? " You said yes." : " You said no." } ?? ""
    switch content(of: work) {
    case .words(let words): return "\(number). Half-written words: \(TerminalText(words: words).cut)\(answer)"
    case .change(let change):
      let label = change.edits.first.map { model.kinds[$0.kind]?.label ?? $0.kind } ?? ""
      return
        "\(number). \(TerminalText(words: label).capitalised), written at \(local(change.header.time).inWords).\(answer)"
    case nil: return "\(number). Something that this program cannot read.\(answer)"
    }
  }

  fileprivate func words(of work: OwnProposal) throws -> [TerminalText] {
    switch content(of: work) {
    case .words(let words):
      return ["The words:"] + TerminalText.lines(of: words).map { "   \($0)" } + [Wording.halfWrittenHeld]
    case .change(let change):
      return try ["Written at \(local(change.header.time).inWords), by that computer's clock:"]
        + change.edits.flatMap { try lines(of: $0.operation, replacing: [], kind: $0.kind) }
    case nil: return [Wording.tooOld]
    }
  }

  fileprivate func shape(of work: OwnProposal) -> JSON {
    var fields: [String: JSON] = [
      "id": .string(work.id.description), "answer": work.answer.map { .bool($0) } ?? .null, "words": .null,
      "change": .null,
    ]
    switch content(of: work) {
    case .words(let words): fields["words"] = .string(words)
    case .change(let change): fields["change"] = replica.shape(of: RescuedChange(change: change, reason: .left))
    case nil: break
    }
    return .object(fields)
  }

  private enum Content {
    case change(Change)
    case words(String)
  }

  /// `nil` for a change that only a newer program can read.
  private func content(of work: OwnProposal) -> Content? {
    switch work.sealedChange {
    case .words(let words): .words(words)
    case .change(let header, let body, _):
      (try? Change(headerBytes: header, bodyBytes: body)).map { .change($0) }
    }
  }
}
