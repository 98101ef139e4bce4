// A member's computer: a folder on a disk of its own, a clock of its own, and the real client on them.

internal import ClientCore
internal import Cryptography
internal import Replication
internal import SQLiteStorage
internal import SyncProtocol
internal import TestKit

/// One device of a world.
final class DeviceNode {
  let name: String
  let member: String
  /// Its owner, by a name that nobody else has.
  let person: String
  let disk: SimulatedDisk
  /// Kept beside the board, and copied with it.
  let key: SigningKey
  let clock: VirtualClock
  let line: SimulatedLine
  /// When it joined, in world time; `nil` before.
  var joined: Int64?
  /// Its member's id, once it has joined.
  var memberID: MemberID?

  /// The open copy; `nil` while the computer is down.
  private(set) var store: SQLiteStore?
  private(set) var copy: MemberReplica?
  /// Counts the times it was switched on: an answer on its way to an earlier life reaches nobody.
  private(set) var life = 0

  /// What it waits for from the network.
  var exchange: Exchange?
  /// Decides what the network does to the `send` at work.
  var fates = SplitMix64(seed: 0)
  /// How many exchanges of the `send` at work are certain to fail.
  var outage: Int64 = 0
  /// Whether what it asks in an outage arrives, and only the answers do not.
  var isOneWay = false
  /// What its member wrote last.
  var lastWritten: Writing.Register?
  /// Whether its last request was rejected while it carried changes.
  var isTurnedAway = false
  var pausedUntil: Int64 = 0
  var awayUntil: Int64 = 0
  /// How long its member was away last.
  var daysAway: Int64 = 0
  /// How many errors its disk had made when it was started.
  private(set) var errorsBefore = 0
  /// What it was cloned from, or what was cloned from it last.
  weak var twin: DeviceNode?
  var hasWrittenSinceCloned = false
  /// Whether the last answer on its way says that a name of this computer is another's.
  var isToldOfAFork = false
  /// Whether the last answer on its way tells it to put something away.
  var isToldToPutAway = false
  /// Whether it crashed while it took in an answer that tells of a fork.
  var hasCrashedInARepair = false
  /// The spaces that the hub has told it to leave and not to enter since, and whether it has told it that it is taken off.
  /// The answer may not have arrived.
  var told: Set<SpaceID> = []
  var isToldOff = false
  /// Every name it has asked under.
  var names: Set<ReplicaID> = []
  /// Its name and its voids when it was last looked at.
  var lastName: ReplicaID?
  var lastVoids = 0
  /// Whether it is gone for good.
  var isLost = false
  /// Whether its line is slow and soon breaks.
  var hasPoorLine = false
  /// What was too much for its line in the `send` at work, or in the last one.
  var tooMuch: String?
  /// The chains of which the `send` at work has offered something.
  var offered: Set<Chain> = []
  /// How often the hub had been restored when it gave the last answer that arrived.
  var restoresHeard: Int?
  /// Decides what another machine answers, in the hub's place, to what it asks next; `nil` if the hub answers.
  var misdirection: UInt64?
  /// What it had when another machine answered the `send` at work; `nil` if none did.
  var beforeLie: BeforeLie?
  /// The last answer of its hub that arrived.
  var lastAnswer: [UInt8]?
  /// What was unsent when it asked last.
  var waiting: Set<SavedChange> = []
  /// Closed databases that somebody kept.
  var copies: [(path: String, hadJoined: Bool)] = []

  init(
    name: String, member: String, person: String, disk: SimulatedDisk, key: SigningKey, clock: VirtualClock,
    line: SimulatedLine
  ) {
    self.name = name
    self.member = member
    self.person = person
    self.disk = disk
    self.key = key
    self.clock = clock
    self.line = line
  }

  var file: String { disk.folder + "/replica.db" }
  var isUp: Bool { store != nil }
  /// Whether its disk has given it cause to fail since it was started.
  var hasSickDisk: Bool { disk.isDown || disk.counters.errors > errorsBefore }

  /// Switches it on.
  ///
  /// - Throws: ``StoreError``, where its disk strikes; it is down then.
  func start() throws {
    if disk.isDown { disk.restart() }
    errorsBefore = disk.counters.errors
    let store = try SQLiteStore(path: file, readers: 1)
    self.store = store
    let key = key
    copy = MemberReplica(store: store, key: key, clock: clock.read)
    life += 1
  }

  /// Lets go of the files, as they are.
  func stop() {
    // On a disk that is dead closing fails, and the file is closed all the same.
    do { try store?.close() } catch is StoreError {} catch { preconditionFailure("closing: \(error)") }
    store = nil
    copy = nil
  }
}
