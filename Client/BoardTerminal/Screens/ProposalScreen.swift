// The content of work that the hub recovered from a revoked device of the member's, so that they can tell whether they
// wrote it.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Presenter {
  /// Reports the proposals that the member is asked about.
  func proposalsReport() throws -> Report {
    let proposals = try snapshot.ownProposals()
    let lines = try zip(1..., proposals).map { try line(of: $1, number: $0) }
    var report = Report(
      json: .object(["held": .array(proposals.map { json(of: $0) })]),
      lines: lines.isEmpty ? [Wording.noProposals] : lines + [Wording.proposalHint])
    let ids = proposals.map(\.id.description).joined(separator: "\n")
    report.whenShown = { try $0.setNote(Note.proposals, ids) }
    return report
  }

  /// Reports one proposal with its content.
  func report(of proposal: OwnProposal) throws -> Report {
    Report(json: json(of: proposal), lines: try words(of: proposal) + [Wording.proposalHint])
  }

  /// Finds a proposal.
  ///
  /// - Parameter number: The proposal's number, from 1, in the list last shown by ``proposalsReport()``.
  /// - Throws: ``Failure`` if there was no such number, or the proposal is gone.
  func proposal(_ number: String) throws -> OwnProposal {
    let listed = try snapshot.note(Note.proposals)?.split(separator: "\n") ?? []
    guard let index = Int(number).map({ $0 - 1 }), listed.indices.contains(index),
      let proposal = try snapshot.ownProposals().first(where: { $0.id.description == listed[index] })
    else { throw Failure("noSuchItem", .usage, Wording.noSuchProposal(number)) }
    return proposal
  }

  private func line(of proposal: OwnProposal, number: Int) throws -> TerminalText {
    let answer: TerminalText = proposal.answer.map { $0 ? " You said yes." : " You said no." } ?? ""
    switch content(of: proposal) {
    case .words(let words): return "\(number). Half-written words: \(TerminalText(words: words).cut)\(answer)"
    case .change(let change):
      let label = change.edits.first.map { model.kinds[$0.kind]?.label ?? $0.kind } ?? ""
      return
        "\(number). \(TerminalText(words: label).capitalised), written at \(local(change.header.time).inWords).\(answer)"
    case nil: return "\(number). Something that this program cannot read.\(answer)"
    }
  }

  private func words(of proposal: OwnProposal) throws -> [TerminalText] {
    switch content(of: proposal) {
    case .words(let words):
      return ["The words:"] + TerminalText.lines(of: words).map { "   \($0)" } + [Wording.halfWrittenProposal]
    case .change(let change):
      return try ["Written at \(local(change.header.time).inWords), by that computer's clock:"]
        + lines(of: change)
    case nil: return [Wording.tooOld]
    }
  }

  private func json(of proposal: OwnProposal) -> JSON {
    var fields: [String: JSON] = [
      "id": .string(proposal.id.description), "answer": proposal.answer.map { .bool($0) } ?? .null, "words": .null,
      "change": .null,
    ]
    switch content(of: proposal) {
    case .words(let words): fields["words"] = .string(words)
    case .change(let change): fields["change"] = JSON(RescuedChange(change: change, reason: .left))
    case nil: break
    }
    return .object(fields)
  }

  private enum Content {
    case change(Change)
    case words(String)
  }

  /// Decodes a proposal; `nil` if only a newer program can.
  private func content(of proposal: OwnProposal) -> Content? {
    switch proposal.sealedChange {
    case .words(let words): return .words(words)
    case .change(let header, let body, _):
      do throws(Change.DecodingError) {
        return .change(try Change(headerBytes: header, bodyBytes: body))
      } catch {
        return nil
      }
    }
  }
}
