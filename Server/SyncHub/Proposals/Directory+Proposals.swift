// Proposals, as stored in records of the control space.

internal import Cryptography
internal import Replication

extension Directory {
  /// Every proposal, oldest first, decided or not. Costs a scan of the control space, and decodes each one.
  package func proposals() throws -> [Proposal] {
    guard let space = try control() else { return [] }
    var ids: [RecordID] = []
    try reader.forEachRecord(in: space, kind: ControlRules.proposal) { record, _ in ids.append(record) }
    return try ids.compactMap { try proposal($0) }.sorted {
      ($0.received.milliseconds, $0.order, $0.id) < ($1.received.milliseconds, $1.order, $1.id)
    }
  }

  /// The proposal with an id; `nil` if there is none.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if its content cannot be decoded.
  func proposal(_ id: RecordID) throws -> Proposal? {
    guard let fields = try fields(id), let member = fields["member"].flatMap(MemberID.init(link:)),
      let received = fields["received"].flatMap(Timestamp.init(value:)), case .text(let reason)? = fields["reason"],
      case .text(let device)? = fields["device"]
    else { return nil }
    let content: Proposal.Content
    switch (fields["header"], fields["body"], fields["words"]) {
    case (.bytes(let header)?, .bytes(let body)?, nil):
      do {
        content = .change(try Change(headerBytes: header, bodyBytes: body))
      } catch { throw StoreError.corrupt("held work \(id): \(error)") }
    case (nil, nil, .text(let words)?): content = .words(words)
    default: throw StoreError.corrupt("held work \(id)")
    }
    let answer: String? = if case .text(let text)? = fields["answer"] { text } else { nil }
    return Proposal(
      id: id, member: member, device: device, received: received, reason: RefusalReason(rawValue: reason),
      content: content,
      answer: answer, hasOwnersYes: fields["owner"] == .text("yes"))
  }

  /// The dot under which a proposal was accepted; `nil` while it has not been.
  func dot(ofAccepted id: RecordID) throws -> Dot? {
    guard case .text(let text)? = try fields(id)?["dot"] else { return nil }
    let parts = text.split(separator: "/")
    guard parts.count == 2, let replica = ReplicaID(String(parts[0])), let sequence = UInt64(parts[1]) else {
      return nil
    }
    return Dot(replica, sequence)
  }
}

extension Proposal {
  /// The Lamport time of the change, so that proposals of one request are listed as they were written; words come last.
  fileprivate var order: UInt64 {
    if case .change(let change) = content { change.header.lamport } else { .max }
  }
}
