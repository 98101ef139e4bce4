// One version of an agreement as one side has it: the document, and what that side has said of it. A side keeps its
// papers as records of its link space, which the partner's hub reads; what it has read of the partner's papers it keeps
// beside its own records, so that whether an agreement is in force is decided in one transaction.

internal import Cryptography
package import Replication
package import SyncHub
internal import SyncProtocol

/// One side's paper of one version of an agreement.
package struct Paper: Equatable, Sendable {
  package let agreement: Agreement
  /// The side's signature; `nil` while it has only proposed or read the version.
  package var signature: [UInt8]?
  package var ending: Ending?
  package var certificate: Certificate?
  /// The position in the partner's outgoing space up to which the side has taken in everything; `nil` before the first.
  package var reached: UInt64?
  /// What the side has refused to take, in plain words; `nil` if it takes everything.
  package var breach: String?

  package init(_ agreement: Agreement) {
    self.agreement = agreement
  }

  /// Leaves out what the side's hub has not signed.
  fileprivate func proved(from party: Agreement.Party) -> Paper {
    var paper = self
    if let signature, !agreement.isSigned(with: signature, by: party.key) { paper.signature = nil }
    let digest = agreement.digest
    if let ending, ending.agreement != digest || !ending.isSigned(by: party) { paper.ending = nil }
    if let certificate, certificate.agreement != digest || !certificate.isSigned(by: party) { paper.certificate = nil }
    return paper
  }

  // MARK: As a record of a link space

  var record: RecordID { RecordID(prefixOf: agreement.digest) }

  /// The drafts that write the paper.
  var drafts: [Draft] {
    func bytes(_ item: (some CBORItem)?) -> Value? {
      item.map {
        var writer = CBORWriter()
        $0.encode(into: &writer)
        return .bytes(writer.bytes)
      }
    }
    let fields: [(String, Value?)] = [
      ("document", .bytes(agreement.encoded)), ("signature", signature.map { .bytes($0) }), ("ended", bytes(ending)),
      ("certificate", bytes(certificate)), ("reached", reached.map { .integer(Int64(clamping: $0)) }),
      ("breach", breach.map { .text($0) } ?? .null),
    ]
    return [.create(record, kind: PartnerRules.agreement)]
      + fields.compactMap { field, value in value.map { .set(record, field: field, $0) } }
  }

  /// Reads a record of a link space.
  ///
  /// - Returns: `nil` for any other record, and for a document that this program cannot read.
  init?(_ state: RecordState) {
    let fields = state.shownFields(by: PartnerRules.book)
    func bytes(_ field: String) -> [UInt8]? { if case .bytes(let bytes)? = fields[field] { bytes } else { nil } }
    func item<Item: CBORItem>(_ field: String) -> Item? {
      guard let bytes = bytes(field) else { return nil }
      var reader = CBORReader(bytes)
      do throws(CBORError) {
        let item = try Item(from: &reader)
        try reader.finish()
        return item
      } catch { return nil }
    }
    guard state.kind == PartnerRules.agreement, let document = bytes("document") else { return nil }
    do throws(CBORError) { agreement = try Agreement(decoding: document) } catch { return nil }
    signature = bytes("signature")
    ending = item("ended")
    certificate = item("certificate")
    if case .integer(let position)? = fields["reached"] { reached = UInt64(exactly: position) }
    if case .text(let words)? = fields["breach"] { breach = words }
  }
}

// MARK: The papers of both sides

/// The papers of this hub and of one partner's.
package struct Papers {
  package let partner: Partner
  private let home: HubID
  private let link: SpaceID

  /// The most versions that are read of a partner.
  package static let versionsMax = 500

  private static let read = LocalTable("partner_paper", of: .id() as LocalCoding<MemberID>, .digest, .paper)
  /// Agreement → the version that an administrator was shown last; version → that its preview was shown.
  private static let shown = LocalTable("agreement_shown", of: .id() as LocalCoding<MemberID>, .text, .digest)
  private static let previewed = LocalTable("agreement_previewed", .digest, .presence)
  private static let confirmed = LocalTable("agreement_confirmed", .digest, .timestamp)

  /// - Returns: `nil` for a partner whose hub has not joined.
  package init?(with partner: Partner, in reader: any StoreReader) throws {
    guard let hub = partner.hub else { return nil }
    self.partner = partner
    home = try HubIdentity.identity(in: reader).hub
    link = PartnerSpace.link(from: home, to: hub.keys.signing)
  }

  /// Every version that either side has, ordered by agreement and version.
  package func all(in reader: any StoreReader) throws -> [AgreementState] {
    var states: [Digest: AgreementState] = [:]
    try reader.forEachRecord(in: link, kind: PartnerRules.agreement) { _, state in
      guard let paper = Paper(state) else { return }
      states[paper.agreement.digest] = AgreementState(paper.agreement, home: home, ours: paper)
    }
    for (digest, paper) in try Self.read.rows(of: partner.member, in: reader) {
      guard isBetweenUs(paper.agreement), let party = paper.agreement.partner(of: home) else { continue }
      var state = states[digest] ?? AgreementState(paper.agreement, home: home, ours: nil)
      state.theirs = paper.proved(from: party)
      states[digest] = state
    }
    for digest in states.keys {
      states[digest]?.isConfirmed = try Self.confirmed.contains(digest, in: reader)
    }
    return states.values.sorted {
      ($0.agreement.id, $0.agreement.version, $0.agreement.digest)
        < ($1.agreement.id, $1.agreement.version, $1.agreement.digest)
    }
  }

  /// The version of each agreement that is in force at a time, by this hub's calendar.
  package func inForce(at now: Timestamp, in reader: any StoreReader) throws -> [AgreementState] {
    try all(in: reader).inForce(on: CivilDay(of: now))
  }

  /// Tests whether an agreement's parties are this hub and the partner's, each with the key that the other knows.
  package func isBetweenUs(_ agreement: Agreement) -> Bool {
    guard let theirs = agreement.partner(of: home), agreement.place(of: home) != nil else { return false }
    return theirs.hub == partner.hub?.id && theirs.key == partner.hub?.keys.signing
  }

  // MARK: Writing

  /// Writes this hub's paper, for the partner's hub to read.
  package func write(_ paper: Paper, now: Timestamp, in transaction: any StoreTransaction) throws {
    _ = try Replica(rules: PartnerRules.book, in: transaction).commit(
      paper.drafts, in: link, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
  }

  /// Keeps the papers that were read of the partner's, in place of those read before. A version counts only if it is the
  /// next of those known, so that no partner can use up the numbers.
  func keep(_ papers: [Paper], besides known: [Agreement], in transaction: any StoreTransaction) throws {
    var last: [String: UInt64] = [:]
    for agreement in known { last[agreement.id] = max(last[agreement.id] ?? 0, agreement.version) }
    var kept: Set<Digest> = []
    let inOrder = papers.sorted { $0.agreement.version < $1.agreement.version }
    for paper in inOrder where paper.agreement.version <= (last[paper.agreement.id] ?? 0) + 1 {
      guard kept.count < Self.versionsMax else { break }
      last[paper.agreement.id] = max(last[paper.agreement.id] ?? 0, paper.agreement.version)
      kept.insert(paper.agreement.digest)
      if try Self.read.value(paper.agreement.digest, of: partner.member, in: transaction) != paper {
        try Self.read.set(paper.agreement.digest, of: partner.member, to: paper, in: transaction)
      }
    }
    for (digest, _) in try Self.read.rows(of: partner.member, in: transaction) where !kept.contains(digest) {
      try Self.read.set(digest, of: partner.member, to: nil, in: transaction)
    }
  }

  /// Notes which version of an agreement an administrator is shown.
  package func noteShown(_ agreement: Agreement, in transaction: any StoreTransaction) throws {
    try Self.shown.set(agreement.id, of: partner.member, to: agreement.digest, in: transaction)
  }

  /// Tests whether a version is the one that an administrator was shown last.
  package func wasShown(_ agreement: Agreement, in reader: any StoreReader) throws -> Bool {
    try Self.shown.value(agreement.id, of: partner.member, in: reader) == agreement.digest
  }

  /// Notes that an administrator is shown what a version would give.
  package static func notePreview(of agreement: Agreement, in transaction: any StoreTransaction) throws {
    try previewed.set(agreement.digest, to: (), in: transaction)
  }

  package static func wasPreviewed(_ agreement: Agreement, in reader: any StoreReader) throws -> Bool {
    try previewed.contains(agreement.digest, in: reader)
  }

  /// Records that an administrator has seen what a version would give, and lets it go.
  package static func confirm(_ agreement: Agreement, now: Timestamp, in transaction: any StoreTransaction) throws {
    try confirmed.set(agreement.digest, to: now, in: transaction)
  }
}

/// One version of an agreement, as far as this hub knows.
package struct AgreementState: Equatable, Sendable {
  package let agreement: Agreement
  /// This hub.
  package let home: HubID
  package var ours: Paper?
  /// The partner's paper, without what the partner's hub has not signed.
  package var theirs: Paper?
  /// True once an administrator of this hub has confirmed what the version gives.
  package var isConfirmed = false

  package init(_ agreement: Agreement, home: HubID, ours: Paper? = nil) {
    self.agreement = agreement
    self.home = home
    self.ours = ours
  }

  package var isSignedByUs: Bool { ours?.signature != nil }
  package var isSignedByThem: Bool { theirs?.signature != nil }
  /// The first word of either side that it has ended the agreement.
  package var ending: Ending? { ours?.ending ?? theirs?.ending }

  /// This hub's paper, to write to; a new one if it has none.
  package var paper: Paper { ours ?? Paper(agreement) }
}

extension [AgreementState] {
  /// The version of each agreement that is in force on a day: the highest that both sides have signed and that has begun,
  /// unless its last day has passed or a side has ended it or a later one.
  package func inForce(on day: CivilDay) -> [AgreementState] {
    var versions: [String: AgreementState] = [:]
    var ended: [String: UInt64] = [:]
    for state in self where state.ending != nil {
      ended[state.agreement.id] = Swift.max(ended[state.agreement.id] ?? 0, state.agreement.version)
    }
    for state in self where state.isSignedByUs && state.isSignedByThem && state.agreement.from <= day {
      let agreement = state.agreement
      if versions[agreement.id].map({ $0.agreement.version < agreement.version }) ?? true {
        versions[agreement.id] = state
      }
    }
    // A version that has begun takes the place of those before it for good.
    return versions.values.filter { $0.agreement.covers(day) && $0.agreement.version > ended[$0.agreement.id] ?? 0 }
      .sorted { $0.agreement.id < $1.agreement.id }
  }
}

extension [AgreementState] {
  /// The last version that both sides have signed of each agreement of which no version is in force.
  func over(besides inForce: [AgreementState]) -> [AgreementState] {
    let alive = Set(inForce.map(\.agreement.id))
    let signed = filter { $0.isSignedByUs && $0.isSignedByThem && !alive.contains($0.agreement.id) }
    return Dictionary(signed.map { ($0.agreement.id, $0) }) { $0.agreement.version < $1.agreement.version ? $1 : $0 }
      .values.sorted { $0.agreement.id < $1.agreement.id }
  }
}

extension LocalCoding<Paper> {
  fileprivate static var paper: LocalCoding {
    .cbor { paper, writer in
      writer.map { map in
        map.write(1, paper.agreement)
        map.write(2, paper.signature)
        map.write(3, paper.ending)
        map.write(4, paper.certificate)
        map.write(5, paper.reached)
        map.write(6, paper.breach)
      }
    } _: { (reader) throws(CBORError) in
      try reader.map { (map) throws(CBORError) in
        var paper = Paper(try map.read(1))
        paper.signature = try map.readIfPresent(2)
        paper.ending = try map.readIfPresent(3)
        paper.certificate = try map.readIfPresent(4)
        paper.reached = try map.readIfPresent(5)
        paper.breach = try map.readIfPresent(6)
        return paper
      }
    }
  }
}
