// `held`: unsent work recovered from one of the member's revoked devices, which may have been in other hands. The
// member accepts or rejects each item.

internal import ClientCore
internal import JSONText
internal import Replication
internal import SafeText

extension Command {
  static func proposals(_ session: inout Session, _ line: CommandLine) async throws -> Report {
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
