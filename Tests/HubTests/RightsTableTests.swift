// The table of rights, cell by cell, through the hub's own acceptance. The words below are those of the model file,
// written a second time, so that no right changes without somebody meaning it; what each word means is written here too.

import BoardModel
import HubAdministration
import RecordModel
import Replication
import SyncHub
import SyncProtocol
import TestKit
import Testing

/// Kind, then a word for each role, in this order.
private let roles = ["member", "chair", "note-taker", "centre-staff", "data-administrator", "partner"]
private let table = """
  institution              read    read    read    read    write   read
  unit                     read    read    read    write   write   read
  centre                   read    read    read    write   write   read
  college_board            read    read    read    write   write   read
  leadership_theme         read    read    read    write   write   read
  governance_group         read    suggest read    write   write   read
  group_seat               read    read    read    write   write   read
  constituency             read    read    read    write   write   read
  workstream               suggest suggest suggest write   write   read
  workstream_aim           suggest suggest suggest write   write   read
  topic                    read    read    read    write   write   read
  organisation             read    read    read    write   write   suggest
  collaboration            read    read    read    write   write   read
  post                     read    read    read    write   write   read
  public_name              read    read    read    write   write   none
  event                    suggest suggest suggest write   write   suggest
  talk                     read    read    read    write   write   read
  resource                 read    read    read    write   write   read
  consultation             suggest suggest suggest write   write   read
  consultation_question    read    read    read    write   read    read
  policy_context           read    read    read    write   write   read
  programme                read    read    read    write   write   read
  programme_cohort         read    read    read    write   write   read
  programme_component      read    read    read    write   write   read
  research                 read    read    read    write   write   read
  research_centre          read    read    read    read    write   read
  partnership              read    read    read    read    write   read
  who_collaborating_centre read    read    read    read    write   read
  course                   read    read    read    write   write   read
  project                  read    read    read    read    write   read
  approach                 read    read    read    read    write   read
  research_theme           read    read    read    read    write   read
  review_item              read    write   read    write   write   suggest
  member                   read    read    read    read    write   none
  meeting                  read    write   write   write   write   none
  reply                    own     own     write   write   read    none
  agenda_item              suggest write   write   write   read    none
  paper                    read    read    write   write   read    none
  minutes_section          suggest write   write   write   read    none
  action                   own     write   write   write   read    none
  decision                 read    read    write   write   read    none
  view                     own     own     own     read    read    none
  private_note             own     own     own     own     own     none
  feedback                 read    write   write   write   read    none
  """

/// Kind and field, where a field differs from its kind.
private let differing = """
  member.name              own     own     own     own     write   none
  member.preferred_title   own     own     own     own     write   none
  member.constituency_ref  own     own     own     own     write   none
  member.language          own     own     own     own     write   none
  reply.marked             read    read    write   write   read    none
  agenda_item.questions    write   write   write   write   read    none
  action.status            write   write   write   write   read    none
  action.how_it_ended      write   write   write   write   read    none
  action.progress          write   write   write   write   read    none
  """

private func words(_ text: String) -> [String: [String]] {
  let rows = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], Array($0.dropFirst())) })
}

@Suite("The table of rights")
struct RightsTableTests {
  static let kinds = words(table)
  static let fields = words(differing)

  @Test("the table names every kind there is, and no other")
  func whole() {
    #expect(Set(Self.kinds.keys) == Set(RecordModel.board.kinds.keys))
    #expect(Self.kinds.values.allSatisfy { $0.count == roles.count })
  }

  @Test("every kind, role and action: the hub's judgement is what the table says", arguments: roles.indices)
  func cells(role: Int) throws {
    let bench = try RightsBench(role: roles[role])
    for (kind, words) in Self.kinds.sorted(by: { $0.key < $1.key }) {
      for action in RightsBench.Action.allCases {
        let judgement = try bench.judgement(on: action, of: kind)
        #expect(judgement == Self.expected(words[role], isOwn: action.isOwn), "\(roles[role]): \(action) of \(kind)")
      }
    }
  }

  @Test(
    "every field of every kind, one's own and another's: the hub's judgement is what the table says",
    arguments: roles.indices)
  func fieldCells(role: Int) throws {
    let bench = try RightsBench(role: roles[role])
    for (kind, words) in Self.kinds.sorted(by: { $0.key < $1.key }) {
      for field in try #require(RecordModel.board.rules.kinds[kind]).fields.keys.sorted() {
        let word = (Self.fields["\(kind).\(field)"] ?? words)[role]
        for isOwn in [true, false] {
          let judgement = try bench.judgement(onWriting: field, of: kind, isOwn: isOwn)
          #expect(judgement == Self.expected(word, isOwn: isOwn), "\(roles[role]): \(kind).\(field), own: \(isOwn)")
        }
      }
    }
  }

  /// The refusal that a word stands for; `nil` if the action may be done.
  private static func expected(_ word: String, isOwn: Bool) -> RefusalReason? {
    switch word {
    case "write": nil
    case "own": isOwn ? nil : .notAllowed
    case "suggest": .suggestOnly
    default: .notAllowed
    }
  }
}
