// `held`: what had not been sent from a computer of the member's that was taken off, which may have been in other hands. The
// Centre has it; whether it is to count the member says, piece by piece.

internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  static func held(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard line.words.count <= 2 else { throw Failure.usage(Wording.howToType("held 1 yes")) }
    guard let number = line.words.first else { return try session.reading { try $0.proposalsReport() } }
    guard line.words.count == 2 else { return try session.reading { try $0.report(of: $0.proposal(number)) } }
    let proposal = try session.reading { try $0.proposal(number) }
    guard let isYes = ["yes": true, "no": false][line.words[1].lowercased()] else {
      throw Failure.usage(Wording.howToType("held 1 yes"))
    }
    try session.replica().answer(proposal, isYes)
    return Report(
      json: .object(["id": .string(proposal.id.description), "answer": .bool(isYes)]),
      lines: [isYes ? Wording.heldYes : Wording.heldNo, Wording.savedHere], isSaved: true)
  }
}
