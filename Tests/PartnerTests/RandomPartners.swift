// A small world of universities that agree, edit, exchange, fail, go back to backups and end, all drawn from one seed. The
// world remembers what crossing it has allowed, and finds what is at a partner beyond that.

import BoardModel
import Cryptography
import Foundation
import HubAdministration
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

/// A kind as a random world writes it.
private struct KindShape {
  enum Shape {
    case text, date, count, number, list
    case choice([String])
    case link([String])
    case links([String])
  }

  let kind: String
  let spaces: [String]
  let fields: [(name: String, shape: Shape)]
  let freeText: Set<String>
  let words: [String]

  static let all = [
    KindShape(
      kind: "event", spaces: ["public", "staff"],
      fields: [
        ("title", .text), ("date", .date), ("status", .choice(["planned", "confirmed", "held", "ended"])),
        ("how_it_ended", .choice(["held", "called off"])), ("head_count", .count),
        ("host_refs", .links(["organisation"])),
        ("topic_ref", .link(["topic"])), ("home_ref", .link(["organisation", "event"])), ("summary", .text),
        ("audience", .text),
      ], freeText: ["summary", "audience"], words: ["seminar", "lecture"]),
    KindShape(
      kind: "organisation", spaces: ["public", "staff"],
      fields: [("name", .text), ("home_ref", .link(["organisation"])), ("place", .text)], freeText: ["place"],
      words: ["school", "charity"]),
    KindShape(kind: "topic", spaces: ["public"], fields: [("name", .text)], freeText: [], words: []),
    KindShape(
      kind: "agenda_item", spaces: ["cab"],
      fields: [
        ("title", .text), ("minutes_allowed", .number), ("lead_refs", .links(["organisation"])), ("questions", .list),
      ], freeText: ["questions"], words: []),
  ]
}

/// One side of a random world.
final class WorldSide {
  let place: Int
  fileprivate(set) var university: University
  fileprivate(set) var looks: [LookKey: WorldLook] = [:]
  fileprivate var backup: (file: String, looks: [LookKey: WorldLook])?
  fileprivate var backups = 0
  /// The words that were written here, and those that were suggested to it.
  fileprivate(set) var own: Set<String> = []
  /// The words that may have come here with others' records.
  fileprivate(set) var foreign: Set<String> = []
  /// The pieces of records that may be here, by giver.
  fileprivate(set) var allowed: [Int: Set<String>] = [:]

  var today: CivilDay { CivilDay(of: university.hub.clock.read()) }

  fileprivate init(_ place: Int, _ university: University) {
    self.place = place
    self.university = university
  }
}

/// Two or three universities.
final class RandomPartners {
  private var random: SplitMix64
  let sides: [WorldSide]
  /// The pairs that have met; the first of each dials.
  let links: [(dials: Int, answers: Int)]
  /// The versions of every agreement, by link.
  var versions: [[WorldVersion]]
  private var drawn = 0
  private(set) var problems: [String] = []

  private static let names = ["University of Birmingham", "University of Leeds", "University of Waikato"]
  private static let countries = ["United Kingdom", "United Kingdom", "New Zealand"]

  init(seed: UInt64) async throws {
    random = SplitMix64(seed: seed)
    let count = random.chance(1, in: 3) ? 3 : 2
    sides = try Self.names.prefix(count).enumerated().map { place, name in
      WorldSide(place, try University(name, clock: ManualClock()))
    }
    links = count == 2 ? [(1, 0)] : random.chance(1, in: 2) ? [(1, 0), (2, 0)] : [(1, 0), (0, 2), (2, 1)]
    versions = links.map { _ in [] }
    for side in sides where random.chance(1, in: 3) {
      side.university.hub.clock.advance(milliseconds: Int64(random.below(20)) * 3_600_000)
    }
    for link in links { try await sides[link.answers].university.meet(sides[link.dials].university) }
  }

  // MARK: Drawing

  /// A word that nobody else has, which a side writes.
  private func word(of side: WorldSide) -> String {
    drawn += 1
    let word = "Zq\(10_000 + drawn)q"
    side.own.insert(word)
    return word
  }

  private func some<Item>(_ items: [Item], _ numerator: Int = 2, in denominator: Int = 3) -> [Item] {
    items.filter { _ in random.chance(numerator, in: denominator) }
  }

  private func one<Item>(_ items: [Item]) -> Item? { items.isEmpty ? nil : items[random.below(items.count)] }

  // MARK: Running

  func run(steps: Int) async throws {
    for side in sides { for _ in 0..<8 { try create(side) } }
    for link in links.indices { try await agree(link) }
    for _ in 0..<steps { try await step() }
  }

  private func step() async throws {
    let side = one(sides)!
    switch random.below(30) {
    case 0..<3: for _ in 0..<3 { try create(side) }
    case 3..<9: for _ in 0..<8 { try edit(side) }
    case 9: try erase(side)
    case 10..<14: try decide(side)
    case 14, 15: try suggest(side)
    case 16: try await agree(random.below(links.count))
    case 17: try propose(random.below(links.count))
    case 18, 19: try signAndConfirm(random.below(links.count))
    case 20: if random.chance(1, in: 3) { try end(random.below(links.count)) }
    case 21: passTime(side)
    case 22: try backUp(side)
    case 23: try restore(side)
    case 24, 25: await exchange(random.below(links.count), dropAfter: random.below(8))
    default: await exchange(random.below(links.count))
    }
  }

  // MARK: Records

  func own(_ side: WorldSide) throws -> [OwnRecord] {
    try side.university.hub.store.read { reader in
      var records: [OwnRecord] = []
      for space in try reader.spaces() where ["public", "staff", "cab"].contains(space.name) {
        try reader.forEachRecord(in: space.id, kind: nil) { record, state in
          if KindShape.all.contains(where: { $0.kind == state.kind }) {
            records.append(OwnRecord(id: record, space: space.name, state: state))
          }
        }
      }
      // Spaces' ids differ from run to run.
      return records.sorted { $0.id < $1.id }
    }
  }

  private func write(_ drafts: [Draft], _ space: String, _ side: WorldSide) throws {
    do {
      try side.university.write(drafts, space: space)
    } catch is CommitError {
      // The rules of a kind refuse some of what is drawn, such as a status that goes back.
    }
    side.university.hub.clock.advance(milliseconds: 1)
  }

  func create(_ side: WorldSide) throws {
    let shape = one(KindShape.all)!
    let record = RecordID(bytes: (0..<16).map { _ in UInt8(random.below(256)) })!
    var drafts: [Draft] = [.create(record, kind: shape.kind)]
    if let word = one(shape.words) { drafts.append(.set(record, field: "kind", .text(word))) }
    for field in some(shape.fields) {
      drafts += try draft(of: record, field.name, field.shape, side, isNew: true)
    }
    try write(drafts, one(shape.spaces)!, side)
  }

  private func edit(_ side: WorldSide) throws {
    guard let record = one(try own(side)), !record.state.isErased,
      let shape = KindShape.all.first(where: { $0.kind == record.state.kind })
    else { return }
    let drafts: [Draft]
    switch random.below(8) {
    case 0: drafts = [.delete(record.id)]
    case 1: drafts = [.restore(record.id)]
    case 2: drafts = [.setBeside(record.id, field: shape.fields[0].name, .text(word(of: side)))]
    case 3 where !shape.words.isEmpty: drafts = [.set(record.id, field: "kind", .text(one(shape.words)!))]
    default:
      let field = one(shape.fields)!
      drafts = try draft(of: record.id, field.name, field.shape, side, isNew: false, record.state)
    }
    try write(drafts, record.space, side)
  }

  private func draft(
    of record: RecordID, _ field: String, _ shape: KindShape.Shape, _ side: WorldSide, isNew: Bool,
    _ state: RecordState? = nil
  ) throws -> [Draft] {
    func linked(_ kinds: [String]) throws -> RecordID? {
      one(try own(side).filter { kinds.contains($0.state.kind) }.map(\.id) + [record])
    }
    switch shape {
    case .text: return [.set(record, field: field, .text(word(of: side)))]
    case .date:
      return [
        .set(record, field: "date", .text("2027-0\(1 + random.below(9))-1\(random.below(10))")),
        .set(record, field: "date_precision", .text("day")),
      ]
    case .count: return [.count(record, field: field, Int64(random.below(7)) - 3)]
    case .number: return [.set(record, field: field, .integer(Int64(random.below(3))))]
    case .list: return [.append(record, field: field, .text(word(of: side)))]
    case .choice(let words): return [.set(record, field: field, .text(one(words)!))]
    case .link(let kinds):
      if !isNew, field != "home_ref", random.chance(1, in: 3) { return [.set(record, field: field, .null)] }
      return try linked(kinds).map { [.set(record, field: field, .link($0))] } ?? []
    case .links(let kinds):
      let there = state?.shownFields(by: PartnerOracle.rules)[field].map(PartnerOracle.elements) ?? []
      if let element = one(there), random.chance(1, in: 2) { return [.remove(record, field: field, element)] }
      return try linked(kinds).map { [.add(record, field: field, .link($0))] } ?? []
    }
  }

  private func erase(_ side: WorldSide) throws {
    guard let record = one(try own(side)), !record.state.isErased else { return }
    _ = try side.university.hub.administration.run(.erase("\(record.id)", reason: "asked for"))
  }

  // MARK: Decisions

  /// Decides about what waits for an administrator.
  func decide(_ side: WorldSide, all: Bool = false) throws {
    let questions = try side.university.crossings().sorted {
      ($0.field.record.record, $0.field.field, $0.agreement) < ($1.field.record.record, $1.field.field, $1.agreement)
    }
    for question in questions where all || random.chance(1, in: 2) {
      let key = LookKey(
        agreement: question.agreement, record: question.field.record.record, field: question.field.field)
      let decision: CrossingDecision
      if case .suggestion = question.subject {
        decision = !all && random.chance(1, in: 2) ? .take : .leave(reason: "no")
      } else {
        let value = try #require(question.value)
        switch random.below(3) {
        case 0:
          decision = .pass
          side.looks[key] = WorldLook(value: value, decision: value)
        case 1:
          let words = word(of: side)
          decision = .edit(words)
          side.looks[key] = WorldLook(value: value, decision: .text(words))
        default:
          decision = .leave(reason: "no")
          side.looks[key] = WorldLook(value: value, decision: nil)
        }
        checkQuestion(question, side)
      }
      do { try side.university.decide(question, decision) } catch is CrossingError {
        // The record's kind refuses the value, or takes no suggestions; the question stays until it is left.
        try side.university.decide(question, .leave(reason: "it cannot be"))
      }
    }
  }

  private func checkQuestion(_ question: CrossingQuestion, _ side: WorldSide) {
    let known = versions.joined().filter { $0.id == question.agreement }
    let isNamed = known.contains { version in
      version.rules.contains {
        $0.giver == side.place && $0.kind == question.kind && $0.freeText.contains(question.field.field)
      }
    }
    if !isNamed { problems.append("a question about \(question.kind).\(question.field.field), which no rule names") }
  }

  private func suggest(_ side: WorldSide) throws {
    let texts = try received(side).map {
      ($0, PartnerOracle.pieces($0.state.kind, $0.state.shownFields(by: PartnerOracle.rules)).sorted())
    }
    guard let (key, state, other) = one(texts.sorted { $0.1.lexicographicallyPrecedes($1.1) })?.0 else { return }
    let link = link(of: side.place, other)
    let fields = versions[link].flatMap(\.rules).filter { $0.kind == state.kind && $0.giver == other }
      .flatMap(\.suggested).filter { ["title", "name", "summary", "status"].contains($0) }
    guard let field = one(fields) else { return }
    let words = word(of: side)
    let value: Value = field == "status" ? .text("held") : .text(words)
    let made = try side.university.hub.store.write { transaction in
      try CrossingQueue.suggest(
        value, for: key, field: field, words: "-", writer: "an administrator", model: side.university.hub.model,
        now: side.university.hub.clock.read(), in: transaction)
    }
    if made != nil { sides[other].own.insert(words) }
  }

  // MARK: Agreements

  private func link(of one: Int, _ other: Int) -> Int {
    links.firstIndex { Set([$0.dials, $0.answers]) == Set([one, other]) }!
  }

  /// Proposes, signs and confirms a new version, with the exchanges that it takes.
  private func agree(_ link: Int) async throws {
    try propose(link)
    for _ in 0..<2 {
      await exchange(link)
      try signAndConfirm(link)
    }
    await exchange(link)
  }

  private func propose(_ link: Int) throws {
    let (one, two) =
      random.chance(1, in: 2) ? (links[link].dials, links[link].answers) : (links[link].answers, links[link].dials)
    let id = "a\(link)-\(random.below(2))"
    let earlier = versions[link].filter { $0.id == id }
    let first = max(sides[one].today, sides[two].today).number
    let last = max(first + 20 + Int64(random.below(400)), earlier.map(\.to.number).max() ?? 0)
    var rules = self.rules(givenBy: one) + self.rules(givenBy: two)
    if rules.isEmpty {
      rules = [
        WorldRule(giver: one, kind: "topic", space: "public", fields: ["name"], freeText: [], suggested: ["name"])
      ]
    }
    let version = WorldVersion(
      id: id, number: earlier.count + 1, from: CivilDay(number: first - 400),
      to: CivilDay(number: last), rules: rules, safeguarded: Set(some([one, two], 1, in: 2)))
    versions[link].append(version)
    _ = try sides[one].university.propose(text(of: version, one, two), to: sides[two].university)
  }

  private func rules(givenBy giver: Int) -> [WorldRule] {
    KindShape.all.flatMap { shape in
      some(shape.spaces, 1, in: 2).compactMap { space in
        var fields = some(shape.fields.map(\.name).filter { !shape.freeText.contains($0) }, 3, in: 4)
        if fields.contains("date") { fields += ["date_precision", "time"] }
        let freeText = some(shape.freeText.sorted(), 1, in: 2)
        guard !fields.isEmpty || !freeText.isEmpty else { return nil }
        return WorldRule(
          giver: giver, kind: shape.kind, space: space, condition: random.chance(1, in: 2) ? one(shape.words) : nil,
          fields: fields, freeText: freeText, suggested: some(fields + freeText, 1, in: 3))
      }
    }
  }

  private func text(of version: WorldVersion, _ one: Int, _ two: Int) -> String {
    func party(_ place: Int) -> String {
      let safeguard = version.safeguarded.contains(place) ? ", safeguard: clauses" : ""
      return "{name: \(Self.names[place]), country: \(Self.countries[place]), role: sole\(safeguard)}"
    }
    func list(_ word: String, _ names: [String]) -> String {
      names.isEmpty ? "" : "    \(word): [\(names.joined(separator: ", "))]\n"
    }
    func rules(_ word: String, _ giver: Int) -> String {
      let rules = version.rules.filter { $0.giver == giver }
      return rules.isEmpty
        ? ""
        : "\(word):\n"
          + rules.map { rule in
            "  - kind: \(rule.kind)\n    space: \(rule.space)\n"
              + (rule.condition.map { "    where: {kind: \($0)}\n" } ?? "") + list("fields", rule.fields)
              + list("free_text", rule.freeText) + list("suggest", rule.suggested)
          }.joined()
    }
    return """
      agreement: \(version.id)
      version: \(version.number)
      purpose: Show events
      lawful_basis: Public task
      from: \(version.from.date)
      to: \(version.to.date)
      at_end: delete
      retention: As long as it is in force
      us: \(party(one))
      them: \(party(two))

      """ + rules("we_share", one) + rules("they_share", two)
  }

  /// Lets each side sign and confirm the versions that it knows.
  private func signAndConfirm(_ link: Int, all: Bool = false) throws {
    for (place, other) in [(links[link].dials, links[link].answers), (links[link].answers, links[link].dials)] {
      let (side, partner) = (sides[place].university, sides[other].university)
      for state in try side.states(with: partner) {
        guard let index = index(of: state.agreement, link) else { continue }
        if !all, !state.isSignedByUs, state.ending == nil {
          try side.sign(state.agreement, with: partner)
          versions[link][index].signers.insert(place)
        }
        if !state.isConfirmed, all || random.chance(4, in: 5) {
          try side.confirm(state.agreement)
          versions[link][index].confirmers.insert(place)
        }
      }
    }
  }

  private func index(of agreement: Agreement, _ link: Int) -> Int? {
    versions[link].firstIndex { $0.id == agreement.id && UInt64($0.number) == agreement.version }
  }

  private func end(_ link: Int) throws {
    let (place, other) =
      random.chance(1, in: 2) ? (links[link].dials, links[link].answers) : (links[link].answers, links[link].dials)
    try end(link, at: place, with: other)
  }

  /// Ends every agreement of a link, or one that is drawn.
  func end(_ link: Int, at place: Int, with other: Int, all: Bool = false) throws {
    let (side, partner) = (sides[place].university, sides[other].university)
    let signed = try side.states(with: partner).filter { $0.isSignedByUs && $0.isSignedByThem && $0.ending == nil }
    for state in all ? signed : one(signed).map({ [$0] }) ?? [] {
      try side.end(state.agreement, with: partner)
      for index in versions[link].indices
      where versions[link][index].id == state.agreement.id
        && versions[link][index].number <= Int(state.agreement.version)
      {
        versions[link][index].endedAt.insert(place)
      }
    }
  }

  // MARK: Time, backups, exchanges

  private func passTime(_ side: WorldSide) {
    let day: Int64 = 86_400_000
    switch random.below(6) {
    case 0: for side in sides { side.university.hub.clock.advance(milliseconds: Int64(random.below(60)) * day) }
    case 1: side.university.hub.clock.advance(milliseconds: Int64(random.below(12)) * 3_600_000)
    case 2: if random.chance(1, in: 4) { side.university.hub.clock.advance(milliseconds: 365 * day) }
    default: for side in sides { side.university.hub.clock.advance(milliseconds: day) }
    }
  }

  private func backUp(_ side: WorldSide) throws {
    side.backups += 1
    let file = "backup-\(side.backups).db"
    try side.university.hub.backUp(to: file)
    side.backup = (file, side.looks)
  }

  private func restore(_ side: WorldSide) throws {
    guard let backup = side.backup else { return }
    side.backup = nil
    side.looks = backup.looks
    side.university = try side.university.restored(from: backup.file)
    try side.university.applyLedger()
    for other in sides where other !== side { other.university.transport.connect(to: side.university) }
  }

  /// - Parameter drop: The round trips until the connection drops.
  /// - Returns: True if it was carried through.
  @discardableResult
  func exchange(_ link: Int, dropAfter drop: Int? = nil) async -> Bool {
    let (dials, answers) = (sides[links[link].dials], sides[links[link].answers])
    var isComplete = false
    do {
      try allow()
      dials.university.transport.drop(after: drop)
      defer { dials.university.transport.drop(after: nil) }
      do {
        try await dials.university.exchange(with: answers.university)
        isComplete = drop == nil
      } catch is PartnerError {}
      for index in versions[link].indices where isComplete && !versions[link][index].endedAt.isEmpty {
        versions[link][index].endedAt = [dials.place, answers.place]
      }
      problems += try excess()
    } catch { problems.append("an exchange failed: \(error)") }
    return isComplete
  }

  // MARK: Checks

  func oracle(_ giver: WorldSide, to receiver: WorldSide) throws -> PartnerOracle {
    PartnerOracle(
      records: try own(giver), looks: giver.looks,
      isOneCountry: Self.countries[giver.place] == Self.countries[receiver.place])
  }

  /// Notes what may cross now.
  private func allow() throws {
    for (index, link) in links.enumerated() {
      for (giver, receiver) in [(sides[link.dials], sides[link.answers]), (sides[link.answers], sides[link.dials])] {
        let oracle = try oracle(giver, to: receiver)
        for version in versions[index]
        where version.signers.count == 2 && version.confirmers.contains(giver.place)
          && !version.endedAt.contains(giver.place) && version.from <= giver.today && giver.today <= version.to
        {
          for (record, fields) in oracle.crossing(by: version, from: giver.place, to: receiver.place) {
            let pieces = PartnerOracle.pieces(record.state.kind, fields)
            receiver.allowed[giver.place, default: []].formUnion(pieces)
            receiver.foreign.formUnion(pieces.flatMap(Self.words(in:)))
          }
        }
      }
    }
  }

  private static func words(in text: String) -> [String] {
    Array(words(inBytes: Array(text.utf8)))
  }

  /// The records that a side has of others.
  func received(_ side: WorldSide) throws -> [(key: RecordKey, state: RecordState, giver: Int)] {
    try side.university.hub.store.read { reader in
      var records: [(RecordKey, RecordState, Int)] = []
      for space in try reader.spaces() where space.name.hasPrefix("From ") {
        let giver = try #require(Self.names.firstIndex { space.name == "From \($0)" })
        try reader.forEachRecord(in: space.id, kind: nil) { record, state in
          if !state.isErased { records.append((RecordKey(space.id, record), state, giver)) }
        }
      }
      return records
    }
  }

  /// The records of agreements in a side's copies of others' spaces.
  func copied(_ side: WorldSide) throws -> [(state: RecordState, giver: Int)] {
    var records: [(RecordState, Int)] = []
    for giver in sides where giver !== side {
      guard links.contains(where: { Set([$0.dials, $0.answers]) == Set([side.place, giver.place]) }) else { continue }
      let copy = try side.university.copies.open(of: giver.university.side.hub)
      try copy.read { reader in
        for space in try reader.spaces() {
          try reader.forEachRecord(in: space.id, kind: nil) { _, state in
            if !state.isErased, !state.kind.hasPrefix("_") { records.append((state, giver.place)) }
          }
        }
      }
    }
    return records
  }

  /// What is at a side beyond what was ever allowed, by records: in what members read, and in the copies.
  ///
  /// - Parameter allowed: What may be there, in place of what the world has noted.
  func excess(allowed: ((WorldSide, Int) -> Set<String>)? = nil) throws -> [String] {
    try sides.flatMap { side in
      try (received(side).map { ($0.state, $0.giver) } + copied(side)).flatMap { state, giver in
        let allowed = allowed?(side, giver) ?? side.allowed[giver] ?? []
        return PartnerOracle.pieces(state.kind, state.shownFields(by: PartnerOracle.rules))
          .filter { !allowed.contains($0) && !$0.hasSuffix(" integer(0)") }
          .map { "university \(side.place) has of \(giver): \($0)" }
      }
    }
  }

  /// The planted words in a side's files that were never allowed there, of whomever they are.
  func strayWords() throws -> [String] {
    try sides.flatMap { side in
      try wordsInFiles(of: side).subtracting(side.own).subtracting(side.foreign).sorted().map {
        "university \(side.place) has \($0)"
      }
    }
  }

  /// A word of one side that may be at no other.
  func secret(of side: WorldSide) -> String? {
    side.own.sorted().first { word in sides.allSatisfy { $0 === side || !$0.own.union($0.foreign).contains(word) } }
  }

  private func wordsInFiles(of side: WorldSide) throws -> Set<String> {
    // A scrub that a reader blocked is made good by the next request (`PartnerService`); this is in its place.
    let isScrubbed = try side.university.hub.store.scrub() && side.university.copies.scrub()
    guard isScrubbed else { throw StoreError.failed("a scrub is blocked, and nobody reads") }
    return try side.university.files().reduce(into: []) { $0.formUnion(Self.words(inBytes: $1)) }
  }

  private static func words(inBytes bytes: [UInt8]) -> Set<String> {
    var words: Set<String> = []
    bytes.withUnsafeBytes { bytes in
      guard var place = bytes.baseAddress else { return }
      let end = place + bytes.count
      while let found = memchr(place, Int32(UInt8(ascii: "Z")), end - place), end - UnsafeRawPointer(found) >= 8 {
        let word = UnsafeRawBufferPointer(start: found, count: 8)
        if word[1] == UInt8(ascii: "q"), word[7] == word[1], word[2..<7].allSatisfy({ (48...57).contains($0) }) {
          words.insert(String(decoding: word, as: UTF8.self))
        }
        place = UnsafeRawPointer(found) + 1
      }
    }
    return words
  }

  // MARK: Healing

  /// Settles everything that waits for a person, and exchanges everything.
  func heal() async throws {
    for _ in 0..<3 {
      for link in links.indices {
        try signAndConfirm(link, all: true)
        await exchange(link)
      }
      for side in sides {
        try settle(side)
        try decide(side, all: true)
      }
    }
    for _ in 0..<2 {
      for link in links.indices where await !exchange(link) { problems.append("link \(link) does not heal") }
    }
  }

  private func settle(_ side: WorldSide) throws {
    for record in try own(side) {
      let contested = record.state.conflicts(by: PartnerOracle.rules).map(\.field)
      guard !contested.isEmpty else { continue }
      let shape = KindShape.all.first { $0.kind == record.state.kind }!
      var drafts = try shape.fields.filter { contested.contains($0.name) }.flatMap {
        try draft(of: record.id, $0.name, $0.shape, side, isNew: true, record.state)
      }
      if contested.contains("kind") { drafts.append(.set(record.id, field: "kind", .text(one(shape.words)!))) }
      if contested.contains(Conflict.removedField) { drafts.append(.restore(record.id)) }
      try write(drafts, record.space, side)
    }
  }

  /// The differences of what is shown at partners from what the agreements in force give.
  ///
  /// - Parameter altered: A change of the versions by which the giver's records are read.
  func differences(altered: (inout WorldVersion) -> Void = { _ in }) throws -> [String] {
    var found: [String] = []
    for (index, link) in links.enumerated() {
      for (giver, receiver) in [(sides[link.dials], sides[link.answers]), (sides[link.answers], sides[link.dials])] {
        let (gives, takes) = (try inForce(giver, with: receiver), try inForce(receiver, with: giver))
        if gives != takes, giver.today == receiver.today { found.append("\(gives) and \(takes) are in force") }
        let oracle = try oracle(giver, to: receiver)
        for id in Set(versions[index].map(\.id)) {
          let shown = try texts(of: id, receiver)
          let (given, taken) = (gives.first { $0.id == id }, takes.first { $0.id == id })
          guard given == taken || taken == nil else { continue }
          var version = given.flatMap { agreement in self.index(of: agreement, index).map { versions[index][$0] } }
          if version != nil { altered(&version!) }
          let crossing =
            taken == nil ? [] : version.map { oracle.crossing(by: $0, from: giver.place, to: receiver.place) }
          let wanted = PartnerOracle.texts((crossing ?? []).map { ($0.0.id, $0.0.state.kind, $0.1) })
          guard shown != wanted else { continue }
          let (lacking, more) = (wanted.filter { !shown.contains($0) }, shown.filter { !wanted.contains($0) })
          found.append("\(receiver.place) has of \(id) of \(giver.place) not \(lacking), but \(more)")
        }
      }
    }
    return found
  }

  private func inForce(_ side: WorldSide, with partner: WorldSide) throws -> [Agreement] {
    try side.university.states(with: partner.university).inForce(on: side.today).map(\.agreement)
  }

  private func texts(of agreement: String, _ side: WorldSide) throws -> [String] {
    let spaces = try side.university.hub.store.read { try PartnerSpace.all(in: $0) }.compactMap { space, part in
      if case .received(_, agreement, _, _) = part { space } else { nil }
    }
    return PartnerOracle.texts(
      try received(side).filter { spaces.contains($0.key.space) }.map {
        ($0.key.record, $0.state.kind, $0.state.shownFields(by: PartnerOracle.rules))
      })
  }

  // MARK: The end

  /// Ends every agreement, from one side of each link.
  func endAll() throws {
    for (index, link) in links.enumerated() {
      let (place, other) = random.chance(1, in: 2) ? (link.dials, link.answers) : (link.answers, link.dials)
      try end(index, at: place, with: other, all: true)
    }
  }

  /// What is left of ended agreements in the files of those who made no backup.
  func remainingWords() throws -> [String] {
    try sides.filter { $0.backups == 0 }.compactMap { side in
      let left = try wordsInFiles(of: side).subtracting(side.own)
      return left.isEmpty ? nil : "university \(side.place) keeps \(left.sorted()) in its files"
    }
  }

  /// What is left of ended agreements.
  func remains() throws -> [String] {
    var found = try sides.flatMap { side in
      try (received(side).map(\.state) + copied(side).map(\.state)).map { "university \(side.place) keeps \($0.kind)" }
    }
    for side in sides {
      let given = try side.university.given()
      if !given.isEmpty { found.append("university \(side.place) still gives \(given)") }
    }
    for (index, link) in links.enumerated() {
      for (side, other) in [(sides[link.dials], sides[link.answers]), (sides[link.answers], sides[link.dials])] {
        let (ours, theirs) = (
          try side.university.states(with: other.university), try other.university.states(with: side.university)
        )
        for id in Set(versions[index].map(\.id))
        where ours.contains(where: { $0.agreement.id == id && $0.ours?.reached != nil }) {
          let isCertified = [ours.map(\.ours), theirs.map(\.theirs)].allSatisfy { papers in
            papers.contains { paper in
              guard let paper, paper.agreement.id == id, let certificate = paper.certificate else { return false }
              return paper.agreement.parties.contains { certificate.isSigned(by: $0) }
            }
          }
          if !isCertified { found.append("university \(side.place) has not certified the end of \(id)") }
        }
      }
    }
    return found
  }
}
