// `send`: syncs with the hub. It says what it is about to do before it connects, and afterwards exactly what happened.

internal import ClientCore
internal import RecordModel
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Command {
  static func send(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "send")
    if try session.replica().keepsSealedWork() { return try await visitAsRevoked(&session, line) }
    let before = try session.reading { try BeforeSync($0) }
    session.say(before.unsent == 0 ? Wording.gettingNews : Wording.sending(before.unsent), unless: line)
    let replica = try session.replica()
    let transport = session.environment.transport
    let report = try await replica.sync(over: transport, removalsAllowed: line.agrees) { event in
      if case .waiting(let time) = event { session.say(Wording.waiting(time), unless: line) }
    }
    if let time = report.outcome.progress.revoked { return try revoked(&session, at: time, report) }
    let (screen, overridden, model) = try session.reading { presenter in
      let overridden = report.outcome.counts.received > 0 ? try OverriddenNews(presenter.snapshot) : nil
      let screen = try SyncScreen(report, since: before, newlyOverridden: overridden?.count ?? 0, presenter).report()
      return (screen, overridden, presenter.model)
    }
    if model.version != before.modelVersion || !report.outcome.progress.entered.isEmpty {
      try session.showKinds(of: model)
    }
    try overridden?.remember(in: replica)
    if report.hubTime != nil { try replica.setNote(Note.partOfNews, report.hasAllNews ? nil : "yes") }
    return screen
  }

  /// Visits the hub with a copy that was cleared, and keeps sealed work until it is safe there.
  private static func visitAsRevoked(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    let replica = try session.replica()
    let transport = session.environment.transport
    let report = try await replica.sync(over: transport) { event in
      if case .waiting(let time) = event { session.say(Wording.waiting(time), unless: line) }
    }
    if let time = report.outcome.progress.revoked { return try revoked(&session, at: time, report) }
    // A restored hub may have forgotten that it revoked this device. Otherwise, membership says that it is revoked.
    _ = try replica.membership()
    return try await send(&session, line)
  }

  /// Reports that the hub revoked this device. Its copy is cleared by now.
  private static func revoked(_ session: inout Session, at time: Timestamp, _ report: SyncReport) throws -> Report {
    var words = [Wording.revoked(at: session.environment.local(time).day.inWords)]
    if report.outcome.counts.sealed > 0 { words.append(Wording.sealed(report.outcome.counts.sealed)) }
    do {
      _ = try session.replica().membership()
      words.append(Wording.notReported)
    } catch ClientError.revoked {
      // The hub has acknowledged that the copy is cleared. The key has no further use, unless sealed work stays.
      if try session.replica().keepsSealedWork() {
        words.append(Wording.sealedStays)
      } else {
        try session.forgetKey()
      }
    }
    return Report(json: nil, failure: .revoked(words))
  }
}

/// The member's overridden values that they have not been told of. Each is told once.
private struct OverriddenNews {
  private let keys: [String]
  private let told: [String]

  init(_ snapshot: MemberSnapshot) throws {
    keys = try snapshot.overriddenWords().map { "\($0.view.id) \($0.words.field) \($0.words.written.stamp.dot)" }
    told = try snapshot.note(Note.overriddenTold)?.split(separator: "\n").map(String.init) ?? []
  }

  var count: Int { Set(keys).subtracting(told).count }

  func remember(in replica: MemberReplica) throws {
    if keys != told { try replica.setNote(Note.overriddenTold, keys.joined(separator: "\n")) }
  }
}
