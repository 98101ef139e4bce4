// The spaces between this hub and a partner university's. They are ordinary spaces with ids of their own, and one
// writer each. What they are for is kept beside them, by id: a name is a label.
//
//   link       our papers for one partner: agreements, and answers to their suggestions; the partner's hub reads it
//   outgoing   the records that one agreement gives; the partner's hub reads it while the agreement is in force
//   received   the records that one agreement brought; members read it, and nobody but this hub writes there

package import Cryptography
package import Replication

/// The part that a space plays between this hub and a partner's.
package enum PartnerSpace: Equatable, Sendable {
  case link(MemberID)
  /// The partner may read it up to the end of a day.
  case outgoing(MemberID, agreement: String, until: CivilDay)
  /// Whoever reads the space `shownWith` reads it, too, until it is closed.
  case received(MemberID, agreement: String, shownWith: SpaceID, isClosed: Bool)

  /// The partner, as a member of this hub's directory.
  package var partner: MemberID {
    switch self {
    case .link(let partner), .outgoing(let partner, _, _), .received(let partner, _, _, _): partner
    }
  }

  private static let all = LocalTable("partner_space", .id() as LocalCoding<SpaceID>, .partnerSpace)

  /// Every such space, in the byte order of ids.
  package static func all(in reader: any LocalStateReader) throws -> [(space: SpaceID, part: PartnerSpace)] {
    try all.rows(in: reader).map { ($0.key, $0.value) }
  }

  /// The part of one space; `nil` for a space of members or of the hub alone.
  package static func part(of space: SpaceID, in reader: any LocalStateReader) throws -> PartnerSpace? {
    try all.value(space, in: reader)
  }

  /// Makes a space for a part, or gives one that exists another part.
  package static func begin(
    _ part: PartnerSpace, as id: SpaceID, named name: String, in transaction: any StoreTransaction
  ) throws {
    if try transaction.space(id) == nil { try transaction.put(Space(id: id, name: name)) }
    try all.set(id, to: part, in: transaction)
  }

  /// The open spaces that are shown with some spaces.
  static func received(with spaces: [SpaceID], in reader: any LocalStateReader) throws -> [SpaceID] {
    try all(in: reader).compactMap { space, part in
      if case .received(_, _, let shownWith, false) = part, spaces.contains(shownWith) { space } else { nil }
    }
  }

  /// Notes that a space is closed, once it is removed.
  static func close(_ part: PartnerSpace, _ id: SpaceID, in transaction: any LocalStateWriter) throws {
    try all.set(id, to: part, in: transaction)
  }

  /// Tests whether a partner may read a space at a time by this hub's calendar.
  package static func isOpen(_ space: SpaceID, at now: Timestamp, _ reader: any LocalStateReader) throws -> Bool {
    switch try part(of: space, in: reader) {
    case .link: true
    case .outgoing(_, _, let until): CivilDay(of: now) <= until
    case .received, nil: false
    }
  }

  // MARK: Ids

  /// The id of a hub's link space for a partner. Like those below, it follows from what both hubs know, so that a space
  /// made again after a restore is the one that the partner has.
  package static func link(from home: HubID, to key: PublicKey) -> SpaceID {
    SpaceID(prefixOf: Digest(tag: "board.partner-link", home.bytes + key.bytes))
  }

  /// The id of the space in which a hub gives what an agreement names.
  package static func outgoing(of agreement: String, from home: HubID, to hub: HubID) -> SpaceID {
    SpaceID(prefixOf: Digest(tag: "board.partner-outgoing", home.bytes + hub.bytes + Array(agreement.utf8)))
  }

  /// The id of the space in which a hub shows its members what an agreement brought.
  ///
  /// - Parameter version: The digest of the version that opened it: once closed, the space is never opened again, because
  ///   somebody's copy may still have its log.
  package static func received(by version: Digest, at home: HubID) -> SpaceID {
    SpaceID(prefixOf: Digest(tag: "board.partner-received", home.bytes + version.bytes))
  }
}

extension StoreReader {
  /// Tests whether members of this hub may come to read a space: it is neither the hub's own nor for a partner.
  func isForMembers(_ space: SpaceID) throws -> Bool {
    switch try PartnerSpace.part(of: space, in: self) {
    case .link, .outgoing: false
    case .received, nil: try !HubSpaces.isOwn(space, in: self)
    }
  }
}

extension LocalCoding<PartnerSpace> {
  fileprivate static var partnerSpace: LocalCoding {
    .cbor { part, writer in
      switch part {
      case .link(let partner):
        writer.array(2)
        writer.unsigned(0)
        writer.id(partner)
      case .outgoing(let partner, let agreement, let until):
        writer.array(4)
        writer.unsigned(1)
        writer.id(partner)
        writer.text(agreement)
        writer.integer(until.number)
      case .received(let partner, let agreement, let shownWith, let isClosed):
        writer.array(5)
        writer.unsigned(2)
        writer.id(partner)
        writer.text(agreement)
        writer.id(shownWith)
        writer.bool(isClosed)
      }
    } _: { (reader) throws(CBORError) in
      let count = try reader.array()
      let (form, partner): (UInt64, MemberID) = (try reader.unsigned(), try reader.id())
      switch (form, count) {
      case (0, 2): return .link(partner)
      case (1, 4):
        return .outgoing(partner, agreement: try reader.text(), until: CivilDay(number: try reader.integer()))
      case (2, 5):
        return .received(
          partner, agreement: try reader.text(), shownWith: try reader.id(), isClosed: try reader.bool())
      default: throw .value
      }
    }
  }
}
