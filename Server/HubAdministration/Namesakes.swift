// Members as administrators name them. Two people may have one name, so a command never takes the first that fits: it
// asks which is meant, and the members' ids tell them apart.

internal import Replication
internal import SyncHub

extension Directory {
  /// Finds the member that an administrator names, by name or id.
  ///
  /// - Throws: ``AdminError``, `noSuchMember` or `manyMembers`.
  func member(called word: String) throws -> Principal {
    let found = try members(called: word)
    guard let member = found.first else { throw AdminError(.noSuchMember, "There is no member '\(word)'.") }
    guard found.count == 1 else {
      throw AdminError(.manyMembers, "\(try list(found)) Type the id of one in place of the name.")
    }
    return member
  }

  /// A sentence with the ids of people of one name, and since when each is a member.
  func list(_ namesakes: [Principal]) throws -> String {
    let each = try namesakes.map { "\($0.member), since \(try firstInvited($0.member).day)" }
    return "There are \(namesakes.count) people called '\(namesakes[0].name)': \(each.joined(separator: "; "))."
  }
}

extension Timestamp {
  /// The day in UTC, as `2026-11-21`.
  var day: Substring { iso8601.prefix { $0 != "T" } }
}
