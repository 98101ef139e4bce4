// Where rights are tried out: a hub in memory, in which one member has records of every kind and somebody else has, too.
// Whatever is tried is undone.

import BoardModel
import Cryptography
import HubAdministration
import RecordModel
import Replication
import SyncHub
import SyncProtocol
import TestKit
import Testing

/// One member of a role, at the hub's own acceptance.
struct RightsBench {
  enum Action: CaseIterable {
    case make, writeOwn, writeOther, settleOwn, settleOther, deleteOwn, deleteOther, restoreOwn, restoreOther

    var isOwn: Bool { [.make, .writeOwn, .settleOwn, .deleteOwn, .restoreOwn].contains(self) }
  }

  /// One kind's records: present with two rival values of a field, and deleted.
  private struct Records {
    let present: RecordID
    let deleted: RecordID
    let rivals: DotSet
    let delete: Dot
  }

  private struct Undone: Error {}

  /// The model's, with every kind at home in the one space.
  private let rules = RuleBook(version: RecordModel.board.rules.version, kinds: RecordModel.board.rules.kinds)
  private let store = InMemoryStore()
  private let principal: Principal
  private let signer: Signer
  private let space: SpaceID
  private let device: ReplicaID
  private var own: [String: Records] = [:]
  private var others: [String: Records] = [:]

  init(role: String) throws {
    (principal, signer, space) = try store.write { transaction in
      try AdminService.begin(model: .board, in: transaction)
      let space = Space(id: .random(), name: "everything")
      try transaction.put(space)
      let (principal, signer) = try enrol("one", as: role, spaces: [space.id], in: transaction)
      return (principal, signer, space.id)
    }
    device = signer.newName()
    let other = MemberID(bytes: RecordID.random().bytes)!
    for kind in rules.kinds.keys.sorted() {
      own[kind] = try records(of: kind, by: principal.member)
      others[kind] = try records(of: kind, by: other)
    }
  }

  private func records(of kind: String, by creator: MemberID) throws -> Records {
    // The Centre makes the record of a member, under the member's own id.
    let isMember = kind == "member"
    let present = isMember ? RecordID(creator) : .random()
    let deleted = RecordID.random()
    let centre = try store.read { try HubIdentity.centre(in: $0) }
    let (author, replica) = (isMember ? centre : creator, ReplicaID.random())
    return try store.write { transaction in
      var dots: [Dot] = []
      for (record, operation) in [
        (present, Operation.makePresent(supersedes: [])), (deleted, .makePresent(supersedes: [])),
        (present, write(plainField(of: kind), of: kind)), (present, write(plainField(of: kind), of: kind, "b")),
      ] {
        dots.append(try apply(operation, to: record, kind, by: author, replica, transaction))
      }
      let delete = try apply(
        .delete(supersedes: [dots[1]], seen: []), to: deleted, kind, by: centre, replica, transaction)
      return Records(present: present, deleted: deleted, rivals: [dots[2], dots[3]], delete: delete)
    }
  }

  private func change(
    _ edits: [Edit], by author: MemberID, _ replica: ReplicaID, _ reader: any StoreReader
  ) throws -> Change {
    Change(
      edits: edits, space: space, replica: replica, previous: try reader.tip(of: replica, in: space),
      lamport: (try reader.space(space)?.lamport ?? 0) + 1, author: author, time: Timestamp(milliseconds: 0),
      modelVersion: rules.version)
  }

  private func apply(
    _ operation: Operation, to record: RecordID, _ kind: String, by author: MemberID, _ replica: ReplicaID,
    _ transaction: any StoreTransaction
  ) throws -> Dot {
    let edit = Edit(record: record, kind: kind, operation: operation)
    let change = try change([edit], by: author, replica, transaction)
    try Replica(rules: rules, in: transaction).take(.change(change), at: Timestamp(milliseconds: 0))
    return change.dot
  }

  // MARK: What is tried

  /// Why the hub does not let the member do it; `nil` if, for all their rights, they may.
  func judgement(on action: Action, of kind: String) throws -> RefusalReason? {
    let records = try #require(action.isOwn ? own[kind] : others[kind])
    let field = plainField(of: kind)
    switch action {
    case .make:
      let record = RecordID.random()
      return try judgement(on: record, kind, [.makePresent(supersedes: []), write(field, of: kind)])
    case .writeOwn, .writeOther: return try judgement(on: records.present, kind, [write(field, of: kind, "c")])
    case .settleOwn, .settleOther:
      let settling = write(field, of: kind, "c", superseding: records.rivals)
      return try judgement(on: records.present, kind, [settling])
    case .deleteOwn, .deleteOther:
      return try judgement(on: records.present, kind, [.delete(supersedes: [], seen: records.rivals)])
    case .restoreOwn, .restoreOther:
      return try judgement(on: records.deleted, kind, [.makePresent(supersedes: [records.delete])])
    }
  }

  func judgement(onWriting field: String, of kind: String, isOwn: Bool) throws -> RefusalReason? {
    let records = try #require(isOwn ? own[kind] : others[kind])
    return try judgement(on: records.present, kind, [write(field, of: kind, "c")])
  }

  private func judgement(on record: RecordID, _ kind: String, _ operations: [Operation]) throws -> RefusalReason? {
    var outcome: Judgement?
    do {
      try store.write { transaction in
        let edits = operations.map { Edit(record: record, kind: kind, operation: $0) }
        let change = try change(edits, by: principal.member, device, transaction)
        outcome = try TestKit.judgement(
          on: change, broughtBy: principal, attestedBy: signer, rules: rules, policy: RightsPolicy(rules: rules),
          in: transaction)
        throw Undone()
      }
    } catch is Undone {}
    switch outcome {
    // Records of some kinds nobody deletes, whatever their rights.
    case .taken, .refused(.deletesNever): return nil
    case .refused(let reason): return reason
    default:
      Issue.record("\(kind): \(operations): \(String(describing: outcome))")
      return nil
    }
  }

  // MARK: Words to write

  /// A field of one text that is as its kind in all rights.
  private func plainField(of kind: String) -> String {
    let rules = rules.kinds[kind]!
    return RecordModel.board.kinds[kind]!.fieldOrder.first { field in
      guard let own = rules.fields[field], own.access.isEmpty, own.type == .text else { return false }
      return [.latest, .review, .text, .once].contains(own.policy) && rules.groups[rules.register(of: field)] == nil
    }!
  }

  /// The operation that writes a field, with its group if it is in one.
  private func write(
    _ field: String, of kind: String, _ word: String = "a", superseding dots: DotSet = []
  ) -> Operation {
    let kind = rules.kinds[kind]!
    let register = kind.register(of: field)
    if let group = kind.groups[register] {
      let parts = group.map { ($0, kind.fields[$0]!.value(word)) }
      return .assign(field: register, value: .map(Dictionary(uniqueKeysWithValues: parts)), supersedes: dots)
    }
    let rules = kind.fields[field]!
    return switch rules.policy {
    case .set: .add(field: field, element: rules.value(word), supersedes: dots)
    case .counter: .count(field: field, amount: 1)
    case .appendOnly: .append(field: field, entry: rules.value(word))
    default: .assign(field: field, value: rules.value(word), supersedes: dots)
    }
  }
}

extension FieldRules {
  /// Some value of the field's type.
  fileprivate func value(_ word: String) -> Value {
    switch type {
    case .text, .any: .text(word)
    case .integer: .integer(1)
    case .boolean: .bool(true)
    case .link: .link(RecordID(bytes: [UInt8](repeating: 1, count: 16))!)
    case .choice: .text((order + choices)[0])
    case .date: .text("2027-03-04")
    case .time: .text("10:30 Europe/London")
    }
  }
}
