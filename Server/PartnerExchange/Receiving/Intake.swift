// Takes in what a partner's hub gives. This hub's copy of the partner's spaces is a file of its own, which it keeps as a
// member's computer keeps a copy. What an agreement names is shown to members in a space of this hub, under this hub's
// signatures, since members' computers know no other. Only this hub writes there.

internal import Cryptography
package import RecordModel
package import Replication
package import SyncHub

/// What the intake of one agreement has come to.
struct Held: Equatable {
  /// The records that members could read when the agreement ended; 0 before.
  var records: UInt64
  /// The running digest of the partner's log up to which they were read, which the partner's hub has signed.
  var digest: Digest
}

/// The intake of one partner's papers, records and suggestions.
package struct Intake {
  /// The most records that one transaction takes.
  package static let recordsPerCommit = 200

  private let papers: Papers
  private let home: HubID
  private let hub: PartnerHub
  private let copy: any ReplicaStore
  private let model: RecordModel
  private let clock: @Sendable () -> Timestamp

  static let held = LocalTable("partner_held", .digest, .held)
  private static let progress = LocalTable(
    "intake_progress", .id() as LocalCoding<SpaceID>, LocalCoding<IntakeProgress>.intakeProgress)

  /// - Parameters:
  ///   - copy: This hub's copy of the partner's spaces.
  ///   - model: This hub's model.
  /// - Returns: `nil` for a partner whose hub has not joined.
  package init?(
    of partner: Partner, copy: any ReplicaStore, model: RecordModel, clock: @escaping @Sendable () -> Timestamp,
    in reader: any StoreReader
  ) throws {
    guard let papers = try Papers(with: partner, in: reader), let hub = partner.hub else { return nil }
    self.papers = papers
    self.hub = hub
    home = try HubIdentity.identity(in: reader).hub
    self.copy = copy
    self.model = model
    self.clock = clock
  }

  /// Takes in everything that the copy has, in transactions of bounded size.
  package func run(on store: any ReplicaStore) throws {
    try takePapers(store)
    for state in try store.read({ try papers.inForce(at: clock(), in: $0) }) {
      while try takeRecords(state, store) {}
    }
  }

  // MARK: Papers

  private func takePapers(_ store: any ReplicaStore) throws {
    let ours = try store.read { try HubIdentity.key(in: $0).publicKey }
    let link = PartnerSpace.link(from: hub.id, to: ours)
    let (read, answers) = try copy.read { reader in
      var (read, answers): ([Paper], [(RecordID, SuggestionAnswer)]) = ([], [])
      try reader.forEachRecord(in: link, kind: PartnerRules.agreement) { _, state in
        if let paper = Paper(state), papers.isBetweenUs(paper.agreement) { read.append(paper) }
      }
      try reader.forEachRecord(in: link, kind: PartnerRules.answer) { record, state in
        if let answer = SuggestionAnswer(state) { answers.append((record, answer)) }
      }
      return (read, answers)
    }
    try store.write { transaction in
      let known = Dictionary(
        try papers.all(in: transaction).map { ($0.agreement.digest, $0) }, uniquingKeysWith: { first, _ in first })
      try papers.keep(read, besides: known.values.map(\.agreement), in: transaction)
      for (record, answer) in answers { try OwnSuggestions.note(answer, to: record, in: transaction) }
    }
  }

  // MARK: Records

  /// Takes in the next records of one agreement.
  ///
  /// - Returns: False once there are no more, or the partner has sent what the agreement does not name.
  private func takeRecords(_ state: AgreementState, _ store: any ReplicaStore) throws -> Bool {
    let agreement = state.agreement
    let outgoing = PartnerSpace.outgoing(of: agreement.id, from: hub.id, to: home)
    guard let batch = try nextBatch(of: outgoing, for: agreement, store) else {
      try noteReached(state, outgoing, store)
      return false
    }
    let signed = try store.read { reader in
      try papers.all(in: reader).filter { $0.agreement.id == agreement.id && $0.isSignedByUs && $0.isSignedByThem }
    }
    let breach = batch.records.lazy.compactMap { record, state in
      self.breach(of: signed.map(\.agreement), by: state).map { "\(record): \($0)" }
    }.first
    return try store.write { transaction in
      if let breach {
        // What is erased goes all the same.
        for case (let space, .received(papers.partner.member, agreement.id, _, false)) in try PartnerSpace.all(
          in: transaction)
        {
          for (record, state) in batch.records where state.isErased {
            try show(record, state, under: agreement, in: space, transaction)
          }
        }
        try set(breach: breach, reached: nil, in: state, transaction)
        return false
      }
      // An administrator may have ended it since the batch was read.
      guard try papers.inForce(at: clock(), in: transaction).contains(where: { $0.agreement == agreement }) else {
        return false
      }
      let space = try receivedSpace(for: state, transaction)
      for (record, state) in batch.records {
        if state.kind == PartnerRules.suggestion {
          try take(suggestion: record, state, under: agreement, transaction)
        } else {
          try show(record, state, under: agreement, in: space, transaction)
        }
      }
      try Self.progress.set(outgoing, to: batch.progress, in: transaction)
      return true
    }
  }

  /// What a record has that no version of the agreement lets cross, in plain words; `nil` if nothing. The giver may not
  /// have brought up to date yet what an earlier version gave.
  private func breach(of versions: [Agreement], by state: RecordState) -> String? {
    guard !state.isErased, state.kind != PartnerRules.suggestion else { return nil }
    let rules = versions.flatMap { $0.rules(givenBy: hub.id) }.filter { $0.kind == state.kind }
    guard !rules.isEmpty else { return "the kind '\(state.kind)' is in no rule" }
    let named = rules.reduce(into: Set<String>()) { $0.formUnion($1.named) }
    let field = fields(of: state).keys.sorted().first { !named.contains($0) }
    return field.map { "the field '\($0)' of '\(state.kind)' is in no rule" }
  }

  /// The fields of a record. Of a kind that this hub's model does not have, a group is known by being a map.
  private func fields(of state: RecordState) -> [String: Value] {
    var fields = state.shownFields(by: model.rules)
    guard model.rules.kinds[state.kind] == nil else { return fields }
    for (name, value) in fields {
      guard case .map(let parts) = value else { continue }
      fields[name] = nil
      fields.merge(parts) { _, part in part }
    }
    return fields
  }

  private struct Batch {
    var records: [(RecordID, RecordState)]
    var progress: IntakeProgress
  }

  /// The next records that the copy has; `nil` if all were taken.
  private func nextBatch(of space: SpaceID, for agreement: Agreement, _ store: any ReplicaStore) throws -> Batch? {
    let (known, epoch) = try store.read {
      (try Self.progress.value(space, in: $0), try HubIdentity.identity(in: $0).epoch)
    }
    return try copy.read { reader in
      guard let row = try reader.space(space) else { return nil }
      var progress =
        known ?? IntakeProgress(version: agreement.digest, epoch: epoch, last: row.lastPosition, position: 0)
      if progress.version != agreement.digest || progress.epoch != epoch || progress.last > row.lastPosition {
        // Another version, another life of this hub's data, or another copy: everything is read again.
        progress = IntakeProgress(version: agreement.digest, epoch: epoch, last: row.lastPosition, position: 0)
      }
      guard progress.position < row.lastPosition else { return nil }
      let rows = try reader.rows(after: progress.position, in: space, bytesMax: 256 * 1024)
      guard let end = rows.last else { return nil }
      var records: Set<RecordID> = []
      progress.position = end.position
      for row in rows {
        guard records.count < Self.recordsPerCommit || records.isSuperset(of: row.entry.edits.records) else {
          progress.position = row.position - 1
          break
        }
        records.formUnion(row.entry.edits.records)
      }
      progress.last = row.lastPosition
      return Batch(
        records: try records.sorted().compactMap { record in
          try reader.record(RecordKey(space, record)).map { (record, $0) }
        }, progress: progress)
    }
  }

  /// Makes a record of the received space show what the partner's shows.
  private func show(
    _ record: RecordID, _ state: RecordState, under agreement: Agreement, in space: SpaceID,
    _ transaction: any StoreTransaction
  ) throws {
    let shown = try transaction.record(RecordKey(space, record))
    let rules = model.rules.forPartners
    guard !state.isErased else {
      guard let shown, !shown.isErased else { return }
      try commit([.erase(record)], in: space, transaction)
      return
    }
    // Of a kind or field that this hub's model does not have, members' programs could show nothing.
    guard let kind = model.rules.kinds[state.kind], shown?.isErased != true else { return }
    let named = agreement.rules(givenBy: hub.id).filter { $0.kind == state.kind }
      .reduce(into: Set<String>()) { $0.formUnion($1.named) }
    var wanted = state.shownFields(by: model.rules).filter {
      kind.fields[$0.key] != nil && named.contains($0.key) && $0.value != .null
    }
    // A set that was emptied is no field of the partner's record any more; what may not stay, the partner erases.
    for field in (shown?.shownFields(by: model.rules) ?? [:]).keys
    where wanted[field] == nil && kind.fields[field]?.policy == .set { wanted[field] = .list([]) }
    guard let rewriting = Rewriting(record, kind: state.kind, from: shown, to: wanted, rules: rules) else { return }
    for drafts in rewriting.changes { try commit(drafts, in: space, transaction) }
  }

  private func commit(_ drafts: [Draft], in space: SpaceID, _ transaction: any StoreTransaction) throws {
    do {
      _ = try Replica(rules: model.rules.forPartners, in: transaction).commit(
        drafts, in: space, by: HubIdentity.centre(in: transaction), at: clock(), isHome: true)
    } catch CommitError.refused {
      // The partner's model allows a value that this hub's does not, for instance a word that its list has not got yet.
      // The record stays as it was, and is read again with the next version.
    }
  }

  /// The space in which members read what the agreement brings; made by the first version in force.
  private func receivedSpace(for state: AgreementState, _ transaction: any StoreTransaction) throws -> SpaceID {
    for case (let space, .received(papers.partner.member, state.agreement.id, _, false)) in try PartnerSpace.all(
      in: transaction)
    { return space }
    let id = PartnerSpace.received(by: state.agreement.digest, at: home)
    guard try PartnerSpace.part(of: id, in: transaction) == nil else {
      throw StoreError.corrupt("the version in force has ended before")
    }
    let shownWith = model.spaces.first(where: \.isPublic)?.name ?? model.spaces.first?.name ?? ""
    let part = PartnerSpace.received(
      papers.partner.member, agreement: state.agreement.id, shownWith: SpaceID.named(shownWith, at: home),
      isClosed: false)
    try PartnerSpace.begin(part, as: id, named: "From \(papers.partner.name)", in: transaction)
    return id
  }

  // MARK: What was taken

  private func noteReached(_ state: AgreementState, _ outgoing: SpaceID, _ store: any ReplicaStore) throws {
    let held = try copy.read { reader -> (Held, UInt64)? in
      guard let row = try reader.space(outgoing), let cursor = row.cursor else { return nil }
      return (Held(records: 0, digest: cursor.digest), cursor.position)
    }
    guard let (held, position) = held, state.ours?.reached != position else { return }
    try store.write { transaction in
      try Self.held.set(state.agreement.digest, to: held, in: transaction)
      try set(breach: nil, reached: position, in: state, transaction)
    }
  }

  /// Tells the partner, by this hub's paper, what was taken or refused.
  private func set(
    breach: String?, reached: UInt64?, in state: AgreementState, _ transaction: any StoreTransaction
  ) throws {
    var paper = state.paper
    paper.breach = breach
    if let reached { paper.reached = reached }
    guard paper != state.ours else { return }
    try papers.write(paper, now: clock(), in: transaction)
  }

  // MARK: Suggestions

  private func take(
    suggestion record: RecordID, _ state: RecordState, under agreement: Agreement,
    _ transaction: any StoreTransaction
  ) throws {
    guard let suggestion = Suggestion(state, of: agreement.id),
      agreement.rules(givenBy: home).contains(where: { $0.suggested.contains(suggestion.field) })
    else { return }
    try ReceivedSuggestions.keep(suggestion, record, from: papers.partner.member, in: transaction)
  }
}

/// How far the copy of an outgoing space has been taken in.
struct IntakeProgress: Equatable {
  /// The version of the agreement, and this hub's epoch, for which it was read.
  var version: Digest
  var epoch: EpochID
  /// The last position that the copy has had: a copy that ends before it is another one.
  var last: UInt64
  /// The position in the copy's own log up to which rows were read.
  var position: UInt64
}

extension LocalCoding<IntakeProgress> {
  fileprivate static var intakeProgress: LocalCoding {
    .cbor { progress, writer in
      writer.array(4)
      writer.digest(progress.version)
      writer.id(progress.epoch)
      writer.unsigned(progress.last)
      writer.unsigned(progress.position)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 4 else { throw .value }
      return IntakeProgress(
        version: try reader.digest(), epoch: try reader.id(), last: try reader.unsigned(),
        position: try reader.unsigned())
    }
  }
}

extension LocalCoding<Held> {
  fileprivate static var held: LocalCoding {
    .cbor { held, writer in
      writer.array(2)
      writer.unsigned(held.records)
      writer.digest(held.digest)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 2 else { throw .value }
      return Held(records: try reader.unsigned(), digest: try reader.digest())
    }
  }
}
