// The answers of the acts of membership in plain words.

import Foundation
import Replication

extension Wording {
  static func invited(_ answer: JSON) -> String {
    """
    The code is \(answer["code"].words)
    It works once, until \(answer["expires"].words). On the member's computer: board join ADDRESS CODE
    """
  }

  static func devices(_ answer: JSON) -> String {
    let devices = answer["devices"].items
    let lines = devices.map { device in
      "  \(device["fingerprint"].words)  \(device["member"].words)"
        + (device["revoked"] == .null ? standing(device) : revocation(device))
    }
    let count = devices.count == 1 ? "1 computer has joined." : "\(devices.count) computers have joined."
    return ([count] + lines).joined(separator: "\n")
  }

  static func revoked(_ answer: JSON) -> String {
    """
    Done: Nothing is taken from this computer of \(answer["member"].words) any more, and nothing given to it.
    It has not been cleared yet: the copy may still be on it. It clears itself when it next joins up, and 'device list' says so.
    """
  }

  private static func revocation(_ device: JSON) -> String {
    let isGone = device["cleared"] != .null
    return ", taken off at \(device["revoked"].words) (\(device["reason"].words)); "
      + (isGone ? "its copy was cleared at \(device["cleared"].words)" : "not yet cleared: the copy may still be on it")
  }

  private static func standing(_ device: JSON) -> String {
    guard device["lastSeen"] != .null else { return ", not heard of yet" }
    let holds = device["stillHolds"].items.map(\.words).joined(separator: ", ")
    return ", last joined up at \(device["lastSeen"].words)"
      + (device["unsent"] == .integer(0) ? "" : ", \(device["unsent"].words) changes were waiting on it")
      + (holds.isEmpty ? "" : "; not yet cleared of: \(holds)")
  }

  static func left(_ answer: JSON) -> String {
    """
    Done: \(answer["member"].words) does not read \(answer["space"].words) any more.
    \(counted(answer["devices"], "computer has", "computers have")) not been cleared of it yet. 'device list' says when.
    """
  }

  static func preview(_ answer: JSON) -> String {
    """
    Nothing has been changed. This would reach \(counted(answer["devices"], "computer", "computers")).
    Unsent work on it when last heard of: \(counted(answer["holdingUnsent"], "computer", "computers")). \
    Never heard of: \(answer["neverHeard"].words).
    Records that go: \(answer["recordsLeaving"].words). Records that come: \(answer["recordsArriving"].words).
    """
  }

  static func proposals(_ answer: JSON) -> String {
    let proposals = answer["proposals"].items
    let lines = proposals.flatMap { proposal -> [String] in
      let when = proposal["written"] == .null ? "" : ", written about \(proposal["written"].words)"
      let place = proposal["space"] == .null ? "half-written words" : "in \(proposal["space"].words)"
      let author =
        proposal["author"] == .null || proposal["author"] == proposal["member"]
        ? "" : ", in the name of \(proposal["author"].words)"
      let head =
        "\(proposal["number"].words). From \(proposal["member"].words)\(author), \(place)\(when)\(proposal["ownersYes"] == .bool(true) ? "; their own answer is yes" : "")"
      let words = proposal["words"] == .null ? [] : ["     \(proposal["words"].words)"]
      return [head] + words
        + proposal["edits"].items.map { edit in
          "     \(edit["operation"].words) \(edit["kind"].words) \(edit["field"] == .null ? "" : edit["field"].words) "
            + (edit["value"] == .null ? "" : edit["value"].words)
        }
    }
    let hint =
      proposals.isEmpty ? [] : ["Type 'proposal take 1' to put one where it belongs, 'proposal decline 1' to say no."]
    return (["\(proposals.count) proposals wait for a yes or a no."] + lines + hint).joined(separator: "\n")
  }

  static func proposalTaken(_ answer: JSON) -> String {
    "Done: It is where it was meant to go, in its writer's name. \(answer["proposals"].words) proposals are left."
  }

  static func proposalDeclined(_ answer: JSON) -> String {
    "Done: It was not taken. Its words are kept. \(answer["proposals"].words) proposals are left."
  }

  static func counted(_ number: JSON, _ one: String, _ many: String) -> String {
    number == .integer(1) ? "1 \(one)" : "\(number.words) \(many)"
  }
}
