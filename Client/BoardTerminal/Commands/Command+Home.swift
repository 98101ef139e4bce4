// `home`, `status` and `digest`: the status of a member's work and copy.

internal import ClientCore
internal import Cryptography
internal import JSONText
internal import Replication
internal import SafeText

extension Command {
  static func home(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "home")
    return try session.reading { try HomeScreen($0).report() }
  }

  static func status(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "status")
    return try session.reading { try $0.statusReport() }
  }

  static func digest(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "digest")
    return try session.reading { presenter in
      let digests = try presenter.snapshot.digests()
      let lines = digests.sorted { $0.key < $1.key }.map { name, digest -> TerminalText in
        "\(presenter.label(ofSpace: name)): \(digest.description)"
      }
      return Report(
        json: .object(["spaces": .object(digests.mapValues { .string($0.description) })]),
        lines: [Wording.digestHead] + lines)
    }
  }
}

extension Presenter {
  fileprivate func statusReport() throws -> Report {
    let summary = try SyncStatusSummary(self)
    let status = summary.status
    let spaces = status.spaces.map { space in
      JSON.object([
        "id": .string(space.id.description), "name": .string(space.name), "cursor": JSON(space.cursor),
        "known": .bool(!status.unknownSpaces.contains { $0.id == space.id }),
      ])
    }
    let json = JSON.object([
      "unsent": .integer(Int64(status.unsent)), "refused": .integer(Int64(status.refused)),
      "lastContact": JSON(status.lastContact), "replica": status.replica.map { .string($0.description) } ?? .null,
      "hub": .object([
        "url": .string(status.url), "epoch": status.epoch.map { .string($0.description) } ?? .null,
      ]),
      "spaces": .array(spaces), "allowances": try json(of: status.allowances),
    ])
    var lines: [TerminalText] = [
      "Status. \(try boardName()).", "Your work: \(summary.work)", "Your copy: \(summary.freshness)",
    ]
    lines += summary.clockWarning
    lines += try self.lines(of: current(status.allowances, now: summary.now))
    if try CommentDraft.load(snapshot) != nil { lines.append(Wording.halfWritten) }
    lines += status.unknownSpaces.map { Wording.unknownSpace(label(ofSpace: $0.name)) }
    if status.refused > 0 { lines.append(Wording.notTaken(status.refused)) }
    let choices = try ConflictPrompt.all(self).mine.count
    if choices > 0 { lines.append(Wording.choices(choices)) }
    lines.append("The Centre's address: \(status.url)")
    return Report(json: json, lines: lines)
  }
}
