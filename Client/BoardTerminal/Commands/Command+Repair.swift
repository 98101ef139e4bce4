// `repair`: checks the copy, and puts it right where it is wrong. Records are made anew from a log that is right; where the
// log is wrong, a new copy takes the place of this one, which stays beside it.

internal import ClientCore
internal import JSONText
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Command {
  static func repair(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "repair")
    session.say(Wording.checkingCopy, unless: line)
    let replica = try session.replica()
    let check = try replica.check()
    guard !check.faults.isEmpty else { return sound(check) }
    let spaces = check.faults.compactMap(\.spaceOfRecords)
    if spaces.count == check.faults.count {
      let count = try replica.rebuildRecords(of: spaces)
      if try replica.check().faults.isEmpty { return rebuilt(count) }
    }
    return try replaced(&session, replica)
  }

  private static func sound(_ check: CopyCheck) -> Report {
    Report(
      json: .object([
        "result": .string("sound"), "records": .integer(Int64(check.records)),
        "changes": .integer(Int64(check.changes)),
      ]),
      lines: [Wording.copyIsSound, Wording.checked(records: check.records, changes: check.changes)])
  }

  private static func rebuilt(_ count: Int) -> Report {
    Report(
      json: .object(["result": .string("rebuilt"), "records": .integer(Int64(count))]),
      lines: [Wording.recordsRebuilt])
  }

  private static func replaced(_ session: inout Session, _ replica: MemberReplica) throws -> Report {
    var work = CarriedWork()
    let path = try session.replaceStore { work = try replica.carry(to: $0) }
    let lines = [Wording.copyReplaced, Wording.keptUnsent(work.changes)]
    return Report(
      json: .object([
        "result": .string("replaced"), "kept": .integer(Int64(work.changes)),
        "unreadable": .integer(Int64(work.unreadable)), "setAside": .string(path),
      ]),
      lines: lines + (work.unreadable > 0 ? [Wording.unreadableWork(work.unreadable)] : [])
        + [Wording.setAside(path), Wording.sendForRest])
  }
}
