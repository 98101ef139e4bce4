// Joining, and the acts that say where a copy stands: `join`, `status`, `digest`; and `help` and `quit`.

internal import ClientCore
internal import Cryptography
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Command {
  static func join(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    let words = try command.only(2, "join ADDRESS CODE [--ca FILE]")
    let authorities = try command.trustRoots.map { path in
      guard let text = session.environment.text(path) else { throw Failure.noSuchFile(path) }
      return text
    }
    let replica = try session.replica(isToBeMade: true)
    // A power cut may have come between clearing the copy and throwing its key away.
    if try replica.hasRevokedKey() { try session.forgetKey() }
    let joined: Joined
    do {
      joined = try await replica.join(
        at: HubEndpoint(words[0], trustRoots: authorities), code: words[1], over: session.environment.transport)
    } catch let error as TransportError {
      throw Failure(joining: error)
    }
    let reading = try session.reading()
    try session.showKinds(of: reading)
    let spaces = joined.spaces.map { space in
      JSON.object(["id": .string(space.id.description), "name": .string(space.name)])
    }
    let json = JSON.object([
      "member": .string(joined.memberName), "replica": .string(joined.replica.description), "spaces": .array(spaces),
      "fingerprint": .string(joined.fingerprint),
    ])
    let boards = joined.spaces.map { reading.label(ofSpace: $0.name) }.joined(by: ", ")
    session.say(
      Wording.welcome(joined.memberName), Wording.youCanSee(boards), Wording.fingerprint(joined.fingerprint),
      unless: command)
    // A copy with nothing in it is no use where there is no line, so the first news comes with the joining. Where the
    // line drops in between, the member has joined all the same.
    let news = try await send(&session, command.replacing(first: command.words.count))
    return Report(json: json, lines: news.failure == nil ? news.lines : [Wording.newsLater], isSaved: true)
  }

  static func status(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "status")
    let reading = try session.reading()
    let standing = try SyncStatusSummary(reading)
    let status = standing.status
    let spaces = status.spaces.map { space in
      JSON.object([
        "id": .string(space.id.description), "name": .string(space.name), "cursor": JSON(space.cursor),
      ])
    }
    let json = JSON.object([
      "unsent": .integer(Int64(status.unsent)), "refused": .integer(Int64(status.refused)),
      "lastContact": JSON(status.lastContact), "replica": status.replica.map { .string($0.description) } ?? .null,
      "hub": .object([
        "url": .string(status.url), "epoch": status.epoch.map { .string($0.description) } ?? .null,
      ]),
      "spaces": .array(spaces),
    ])
    var lines: [TerminalText] = [
      "Status. \(try reading.boardName()).", "Your work: \(standing.work)", "Your copy: \(standing.freshness)",
    ]
    lines += standing.clockWarning
    if try CommentDraft.load(reading.replica) != nil { lines.append(Wording.halfWritten) }
    if status.refused > 0 { lines.append(Wording.notTaken(status.refused)) }
    let choices = try ConflictPrompt.all(reading).mine.count
    if choices > 0 { lines.append(Wording.choices(choices)) }
    lines.append("The Centre's address: \(status.url)")
    return Report(json: json, lines: lines)
  }

  static func digest(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "digest")
    let reading = try session.reading()
    let digests = try reading.replica.digests()
    let json = JSON.object(["spaces": .object(digests.mapValues { .string($0.description) })])
    let lines = digests.sorted { $0.key < $1.key }.map { name, digest -> TerminalText in
      "\(reading.label(ofSpace: name)): \(digest.description)"
    }
    return Report(json: json, lines: [Wording.digestHead] + lines)
  }

  static func help(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    let acts: [Command]
    switch command.words {
    case []: acts = all
    case ["record"]: acts = recordActs
    default:
      guard command.words.count == 1, let act = named(command.words[0].lowercased()) else {
        throw Failure.usage(Wording.unknownWord(command.words.joined(separator: " ")))
      }
      acts = [act]
    }
    let json = acts.map { act in
      JSON.object([
        "usage": .string(act.usage.description), "purpose": .string(act.purpose.description),
      ])
    }
    return Report(
      json: .object(["acts": .array(json)]),
      lines: (acts.count > 1 ? [Wording.helpHead] : []) + acts.map { "\($0.usage): \($0.purpose)" }
        + (acts.count > 1 ? Wording.helpTail : []))
  }

  static func quit(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    session.isOver = true
    return Report(json: .object([:]), lines: [session.namedFolder.map { Wording.goodbye(from: $0) } ?? Wording.goodbye])
  }
}
