// Somebody who sees everything that is typed, and forgets nothing: what was shown as saved, what its writer had seen,
// and what each computer held. The promises are checked against this, never against what the product says of itself.

internal import ClientCore
internal import Cryptography
internal import Replication
internal import SyncHub
internal import TestKit

/// A change by its whole name.
struct SavedChange: Hashable, CustomStringConvertible {
  let space: SpaceID
  let dot: Dot

  var description: String { "\(dot) in \(space)" }
}

/// What an all-seeing witness knows of a world.
struct Oracle {
  /// Every value shown as saved and not lost with the only files that held it. Values are unique, so each names one moment
  /// of typing.
  private(set) var saved: Set<String> = []
  /// What each computer was shown as saved, change by change; nothing may go from it but by going back to an older copy.
  private(set) var receipts: [String: Set<SavedChange>] = [:]
  /// What the hub has said it took, and under which digest, since it last went back.
  private(set) var acknowledged: [SavedChange: Digest] = [:]
  /// What the hub has ever said it took.
  private(set) var everAcknowledged: Set<SavedChange> = []
  /// For every value typed into a register: what its writer had seen there, and what those had seen.
  private(set) var seen: [String: Set<String>] = [:]
  /// What each computer held when it was last looked at; nothing may go from it but by going back to an older copy.
  private(set) var held: [String: Set<String>] = [:]
  /// What those who removed a record had seen in it, then or before.
  private(set) var removals: [RecordID: Set<String>] = [:]
  /// What some computer took for another's lost branch. Whoever wrote it says it again under a name that nobody who had
  /// replaced it can know, so it stands beside what replaced it: a question asked once more, and nothing lost.
  private(set) var saidAgainElsewhere: Set<String> = []
  /// The records that each value was typed into.
  private var places: [String: Set<RecordID>] = [:]
  /// The space that each value was typed into.
  private(set) var homes: [String: SpaceID] = [:]
  /// Who typed each value on a computer of theirs.
  private(set) var writers: [String: MemberID] = [:]
  /// What was shown as saved on a computer that has put its space away since, and must be with the hub.
  private(set) var departed: Set<SavedChange> = []
  /// What somebody has erased, or tried to while the disk struck.
  private(set) var erased: Set<RecordID> = []
  /// What the hub has said it erased, since it last went back.
  private(set) var erasedForGood: Set<RecordID> = []
  /// The changes that the hub told somebody it took, with their digests, as long as some file has held them since (G13).
  private(set) var owed: [SavedChange: Digest] = [:]
  /// The changes of each computer's log when it was last looked at, where anybody asks.
  private(set) var rows: [String: Set<SavedChange>] = [:]
  /// The sealed work that the hub told each computer it keeps, and must keep whatever it goes back to.
  private(set) var entrusted: [String: Set<String>] = [:]
  /// The person who typed each value, by a name that nobody else has.
  private(set) var persons: [String: String] = [:]
  private var count = 0

  mutating func nextNumber() -> Int {
    count += 1
    return count
  }

  /// Notes that a value was shown as saved on a computer; `nil` is the hub.
  mutating func save(_ value: String, on node: String?) {
    saved.insert(value)
    if let node { held[node, default: []].insert(value) }
  }

  /// Notes a change that was shown as saved on a computer, whatever it did.
  mutating func save(_ change: SavedChange, on node: String) {
    receipts[node, default: []].insert(change)
  }

  /// Notes into which record a value was typed.
  mutating func place(_ value: String, in record: RecordID) {
    places[value, default: []].insert(record)
  }

  /// Notes into which space values were typed.
  mutating func place(_ values: some Sequence<String>, in space: SpaceID) {
    for value in values { homes[value] = space }
  }

  /// Notes who typed values.
  mutating func write(_ values: some Sequence<String>, by member: MemberID?) {
    for value in values { writers[value] = member }
  }

  /// Notes which person typed values.
  mutating func write(_ values: some Sequence<String>, by person: String) {
    for value in values { persons[value] = person }
  }

  /// Every value that was typed into one of these spaces.
  func values(of spaces: Set<SpaceID>) -> Set<String> {
    Set(homes.filter { spaces.contains($0.value) }.keys)
  }

  /// A computer has put away spaces, as it was told to: what it held there it holds no more.
  mutating func depart(from spaces: Set<SpaceID>, on node: String) {
    let values = values(of: spaces)
    held[node]?.subtract(values)
    let gone = receipts[node, default: []].filter { spaces.contains($0.space) }
    departed.formUnion(gone)
    receipts[node]?.subtract(gone)
  }

  /// Notes that a record may be erased from now on.
  mutating func erase(_ record: RecordID) {
    erased.insert(record)
  }

  /// Notes that the hub has given a receipt of it.
  mutating func noteReceipt(ofErasing record: RecordID) {
    erasedForGood.insert(record)
  }

  /// Whether a value was typed into erased records alone, so that nobody has to have it any more.
  func isErased(_ value: String, from records: Set<RecordID>) -> Bool {
    places[value].map { $0.isSubset(of: records) } ?? false
  }

  /// Every value that was typed into erased records alone.
  func values(of records: Set<RecordID>) -> Set<String> {
    Set(places.filter { $0.value.isSubset(of: records) }.keys)
  }

  /// Notes that the hub has said it took a change.
  ///
  /// - Returns: Whether it had taken another one under this name.
  mutating func acknowledge(_ change: SavedChange, _ digest: Digest) -> Bool {
    everAcknowledged.insert(change)
    let before = acknowledged.updateValue(digest, forKey: change)
    return before.map { $0 != digest } ?? false
  }

  /// The hub went back to an older copy.
  mutating func forgetWhatWasAcknowledged() {
    acknowledged = [:]
    erasedForGood = []
  }

  /// Notes what the writer of a value had seen, whether or not it could be saved.
  mutating func look(_ value: String, at current: [Value]) {
    for case .text(let earlier) in current {
      seen[value, default: []].formUnion((seen[earlier] ?? []).union([earlier]))
    }
  }

  /// Notes what somebody who removes a record has seen in it.
  mutating func remove(_ record: RecordID, seeing values: Set<String>) {
    removals[record, default: []].formUnion(values.reduce(into: values) { $0.formUnion(seen[$1] ?? []) })
  }

  /// Only these values are still in any file: what only lost files held is lost.
  mutating func forget(allBut values: Set<String>) {
    saved.formIntersection(values)
  }

  /// Notes what a computer holds now.
  ///
  /// - Returns: What it held before, and should still.
  mutating func note(_ values: Set<String>, on node: String) -> Set<String> {
    let gone = (held[node] ?? []).subtracting(values)
    held[node] = values
    return gone
  }

  /// Notes what a member was told that the hub took.
  mutating func owe(_ told: [SavedChange: Digest]) {
    owed.merge(told) { first, _ in first }
  }

  /// Files were lost: what no file holds any more nobody can bring back.
  mutating func owe(only held: Set<SavedChange>) {
    owed = owed.filter { held.contains($0.key) }
  }

  /// Notes the changes in a computer's log.
  mutating func note(_ changes: Set<SavedChange>, on node: String) {
    rows[node] = changes
  }

  /// Notes what a computer has been told that the hub keeps sealed.
  mutating func entrust(_ values: Set<String>, from node: String) {
    entrusted[node, default: []].formUnion(values)
  }

  /// Notes what a computer has put by as another's lost branch.
  mutating func notePutBy(_ values: Set<String>) {
    saidAgainElsewhere.formUnion(values)
  }

  /// A computer went back to an older copy.
  mutating func forgetWhatWasHeld(on node: String) {
    held[node] = nil
    receipts[node] = nil
  }
}

/// The values in a store: every text and number that somebody typed.
enum Values {
  static func all(in store: any ReplicaStore) throws -> Set<String> {
    Set(try bySpace(in: store).values.joined())
  }

  /// The same, by the space each stands in.
  static func bySpace(in store: any ReplicaStore) throws -> [SpaceID: Set<String>] {
    try store.read { reader in
      var values: [SpaceID: Set<String>] = [:]
      for space in try reader.sharedSpaces() {
        values[space.id] = Set(try logged(in: space.id, reader))
      }
      for change in try reader.rescued().map(\.change) {
        values[change.header.space, default: []].formUnion(typed(in: change))
      }
      return values
    }
  }

  /// What no hub has acknowledged.
  static func unsent(in store: any ReplicaStore) throws -> Set<String> {
    try store.read { reader in
      let waiting = try reader.spaces().flatMap { try reader.outbox(after: 0, in: $0.id, bytesMax: .max) }
      let changes = try waiting.compactMap(\.entry.remainder) + reader.rescued().map(\.change)
      return Set(changes.flatMap { typed(in: $0) })
    }
  }

  /// Of the log, in its order; a value stands twice where two changes wrote it.
  static func logged(in reader: any StoreReader) throws -> [String] {
    try reader.sharedSpaces().flatMap { try logged(in: $0.id, reader) }
  }

  private static func logged(in space: SpaceID, _ reader: any StoreReader) throws -> [String] {
    try reader.rows(after: 0, in: space, bytesMax: .max).flatMap { row in row.entry.remainder.map(typed) ?? [] }
  }

  /// What one change wrote, but for what a group's edit copied along.
  static func typed(in change: Change) -> [String] { change.edits.compactMap(typed) }

  static func typed(in edit: Edit) -> String? {
    guard edit.kind != "member", let written = edit.operation.written else { return nil }
    if case .count = edit.operation { return written }
    return isTyped(written) ? written : nil
  }
}

extension Values {
  /// Whether a text is one of those that are unlike all others, and not a word of the model or of an import.
  static func isTyped(_ text: String) -> Bool {
    ["words", "forbidden", "settled", "centre"].contains { text.hasPrefix($0) }
  }
}
