// An agreement between two hubs, as data: exactly what crosses, which way, for what purpose and until when. It is one
// canonical document, so both sides sign the same bytes.
//
//   document: { 1: id, 2: version, 3: [party, party], 4: purpose, 5: lawful basis, 6: from, 7: to, 8: at the end,
//               9: retention, 10: [rule …] }
//   party:    { 1: hub, 2: key, 3: name, 4: country, 5: role, 6: safeguard }
//   rule:     { 1: giver, 2: kind, 3: space, 4: [[field, word] …], 5: [field …], 6: [free-text field …],
//               7: [field that may be suggested …] }
//   signed:   "board.agreement", a zero byte, and the document

package import Cryptography
package import Replication

/// One version of an agreement between two hubs.
package struct Agreement: Equatable, Sendable {
  /// The highest version of an agreement.
  package static let versionMax: UInt64 = 1_000_000
  /// The most rules of an agreement.
  package static let rulesMax = 200
  /// The most fields or conditions of a rule.
  package static let fieldsMax = 100

  /// The end of what crossed.
  package enum AtEnd: String, CaseIterable, Sendable {
    /// The receiver deletes it, and says so in a signed certificate.
    case delete
  }

  /// A party's role under data protection law.
  package enum Role: String, CaseIterable, Sendable {
    case sole, joint, processor
  }

  /// One of the two hubs.
  package struct Party: Equatable, Sendable {
    package let hub: HubID
    /// The key that signs the hub's log and this agreement.
    package let key: PublicKey
    package let name: String
    package let country: String
    package let role: Role
    /// The safeguard for sending personal data to this party's country; `nil` if none is on record.
    package let safeguard: String?

    package init(
      hub: HubID, key: PublicKey, name: String, country: String, role: Role, safeguard: String? = nil
    ) {
      self.hub = hub
      self.key = key
      self.name = name
      self.country = country
      self.role = role
      self.safeguard = safeguard
    }
  }

  /// A condition on a record: a field holds exactly this word.
  package struct Condition: Equatable, Sendable {
    package let field: String
    package let word: String

    package init(field: String, word: String) {
      self.field = field
      self.word = word
    }
  }

  /// Records of one kind that one party gives to the other.
  package struct Rule: Equatable, Sendable {
    /// The giver's place among the parties, 0 or 1.
    package let giver: Int
    package let kind: String
    /// The name of the giver's space from which records are read.
    package let space: String
    /// The conditions that a record must meet, all of them.
    package let conditions: [Condition]
    /// The fields that cross as they are.
    package let fields: [String]
    /// The fields of free text, each value of which crosses only once an administrator has looked at it.
    package let freeText: [String]
    /// The fields that the receiver may suggest values for.
    package let suggested: [String]

    package init(
      giver: Int, kind: String, space: String, conditions: [Condition] = [], fields: [String], freeText: [String] = [],
      suggested: [String] = []
    ) {
      self.giver = giver
      self.kind = kind
      self.space = space
      self.conditions = conditions
      self.fields = fields
      self.freeText = freeText
      self.suggested = suggested
    }

    /// Every field that may cross.
    package var named: Set<String> { Set(fields + freeText) }
  }

  /// The name by which both sides know the agreement, the same in all its versions.
  package let id: String
  package let version: UInt64
  /// Two parties; the first wrote the document.
  package let parties: [Party]
  package let purpose: String
  package let basis: String
  /// The first day, by each hub's own calendar.
  package let from: CivilDay
  /// The last day.
  package let to: CivilDay
  package let atEnd: AtEnd
  package let retention: String
  package let rules: [Rule]

  package init(
    id: String, version: UInt64, parties: [Party], purpose: String, basis: String, from: CivilDay, to: CivilDay,
    atEnd: AtEnd, retention: String, rules: [Rule]
  ) {
    self.id = id
    self.version = version
    self.parties = parties
    self.purpose = purpose
    self.basis = basis
    self.from = from
    self.to = to
    self.atEnd = atEnd
    self.retention = retention
    self.rules = rules
  }

  /// A party's place among the two; `nil` for a hub that is none of them.
  package func place(of hub: HubID) -> Int? { parties.firstIndex { $0.hub == hub } }

  /// The other party than this hub.
  package func partner(of hub: HubID) -> Party? { parties.first { $0.hub != hub } }

  /// The rules by which one hub gives.
  package func rules(givenBy hub: HubID) -> [Rule] {
    guard let place = place(of: hub) else { return [] }
    return rules.filter { $0.giver == place }
  }

  /// Tests whether a day is within the agreement's dates.
  package func covers(_ day: CivilDay) -> Bool { from <= day && day <= to }

  /// True if what this hub gives may be personal: both parties are in one country, or a safeguard for the receiver's is
  /// on record. Otherwise only public items cross.
  package func mayCarryPersonalData(from hub: HubID) -> Bool {
    guard let giver = parties.first(where: { $0.hub == hub }), let receiver = partner(of: hub) else { return false }
    return giver.country == receiver.country || receiver.safeguard != nil
  }

  // MARK: Signatures

  /// The digest of the document, by which a version is known.
  package var digest: Digest { Digest(tag: "board.agreement", encoded) }

  /// The signature of a party's hub, 64 bytes.
  package func signature(by key: SigningKey) -> [UInt8] { key.signature(for: statement) }

  /// Tests whether a party's hub has signed this version. Costs one Ed25519 verification.
  package func isSigned(with signature: [UInt8], by key: PublicKey) -> Bool { key.isValid(signature, for: statement) }

  private var statement: [UInt8] { Array("board.agreement".utf8) + [0] + encoded }
}

// MARK: Encoding

extension Agreement: CBORMapItem {
  /// The document's bytes.
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    encode(into: &writer)
    return writer.bytes
  }

  /// Reads a document from its one encoding.
  ///
  /// - Throws: ``CBORError`` for anything else, and for a document that breaks a rule of this type.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
    guard encoded == bytes else { throw .value }
  }

  package func encode(into map: inout CBORMapWriter) {
    map.write(1, id)
    map.write(2, version)
    map.write(3, parties)
    map.write(4, purpose)
    map.write(5, basis)
    map.write(6, from.date)
    map.write(7, to.date)
    map.write(8, atEnd.rawValue)
    map.write(9, retention)
    map.write(10, rules)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    let (id, version): (String, UInt64) = (try map.read(1), try map.read(2))
    try map.require(3)
    let parties: [Party] = try map.reader.list(2...2)
    let (purpose, basis): (String, String) = (try map.read(4), try map.read(5))
    let (from, to): (String, String) = (try map.read(6), try map.read(7))
    let (end, retention): (String, String) = (try map.read(8), try map.read(9))
    try map.require(10)
    let rules: [Rule] = try map.reader.list(1...Self.rulesMax)
    guard let from = CivilDay(from), let to = CivilDay(to), from <= to, let end = AtEnd(rawValue: end),
      parties[0].hub != parties[1].hub, parties[0].key != parties[1].key,
      (1...Self.versionMax).contains(version), ![id, purpose, basis, retention].contains("")
    else { throw .value }
    self.init(
      id: id, version: version, parties: parties, purpose: purpose, basis: basis, from: from, to: to, atEnd: end,
      retention: retention, rules: rules)
  }
}

extension Agreement.Party: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, hub)
    map.write(2, key)
    map.write(3, name)
    map.write(4, country)
    map.write(5, role.rawValue)
    map.write(6, safeguard)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    let (hub, key): (HubID, PublicKey) = (try map.read(1), try map.read(2))
    let (name, country): (String, String) = (try map.read(3), try map.read(4))
    let role: String = try map.read(5)
    let safeguard: String? = try map.readIfPresent(6)
    guard let role = Agreement.Role(rawValue: role), !name.isEmpty, !country.isEmpty, safeguard != "" else {
      throw .value
    }
    self.init(hub: hub, key: key, name: name, country: country, role: role, safeguard: safeguard)
  }
}

extension Agreement.Rule: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, UInt64(giver))
    map.write(2, kind)
    map.write(3, space)
    map.write(4, conditions)
    map.write(5, fields)
    map.write(6, freeText)
    map.write(7, suggested)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    let giver: UInt64 = try map.read(1)
    guard giver < 2 else { throw .value }
    let (kind, space): (String, String) = (try map.read(2), try map.read(3))
    func list<Item: CBORItem>(_ key: UInt64, _ map: inout CBORMapReader) throws(CBORError) -> [Item] {
      try map.require(key)
      return try map.reader.list(0...Agreement.fieldsMax)
    }
    self.init(
      giver: Int(giver), kind: kind, space: space, conditions: try list(4, &map), fields: try list(5, &map),
      freeText: try list(6, &map), suggested: try list(7, &map))
  }
}

extension Agreement.Condition: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    writer.text(field)
    writer.text(word)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .value }
    self.init(field: try reader.text(), word: try reader.text())
  }
}
