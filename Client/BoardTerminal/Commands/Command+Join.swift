// `join`: joins a hub with a one-time code, which makes the copy a member's.

internal import ClientCore
internal import Cryptography
internal import JSONText
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Command {
  static func join(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard let address = line.words.first, line.words.count >= 2 else {
      throw Failure.usage(Wording.howToType("join ADDRESS CODE [--ca FILE]"))
    }
    // The groups of a code may have been copied with spaces between them.
    let code = line.words.dropFirst().joined(separator: " ")
    let trustRoots = try line.trustRoots.map { path in
      guard let text = session.environment.text(path) else { throw Failure.noSuchFile(path) }
      return text
    }
    let replica = try session.replica(creating: true)
    // A power cut may have come after the copy was cleared and before its key was discarded.
    if try replica.hasRevokedKey() { try session.forgetKey() }
    let joined: Joined
    do {
      joined = try await replica.join(
        at: HubEndpoint(address, trustRoots: trustRoots), code: code, over: session.environment.transport)
    } catch let error as TransportError {
      throw Failure(joining: error)
    }
    let (model, boards) = try session.reading { presenter in
      (presenter.model, joined.spaces.map { presenter.label(ofSpace: $0.name) }.joined(by: ", "))
    }
    try session.showKinds(of: model)
    let spaces = joined.spaces.map { space in
      JSON.object(["id": .string(space.id.description), "name": .string(space.name)])
    }
    let json = JSON.object([
      "member": .string(joined.memberName), "replica": .string(joined.replica.description), "spaces": .array(spaces),
      "fingerprint": .string(joined.fingerprint),
    ])
    session.say(
      Wording.welcome(joined.memberName), Wording.youCanSee(boards), Wording.fingerprint(joined.fingerprint),
      unless: line)
    // An empty copy is of no use offline, so joining fetches the first news. If the connection drops in between, the
    // member has joined all the same.
    let news = try await send(&session, line.replacing(first: line.words.count))
    return Report(json: json, lines: news.failure == nil ? news.lines : [Wording.newsLater], isSaved: true)
  }
}
