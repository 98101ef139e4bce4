// A whole world in one process: a hub, its members' computers, the network between them, clocks, disks, and what befalls
// them. Everything is the product's own code but what the product gets from outside. One plan decides everything, and
// only one thing happens at a time, so a run can be run again.

internal import ClientCore
internal import Cryptography
internal import Foundation
internal import RecordModel
internal import Replication
internal import SyncHub
internal import SyncProtocol
internal import TestKit

/// What is to happen, and when.
enum Event {
  case step(Step)
  /// A request arrives at the hub.
  case request(Exchange, Fate)
  /// An answer arrives, or the device gives up waiting.
  case answer(Exchange, Result<[UInt8], TransportError>)
  /// A computer that went down comes up.
  case start(DeviceNode)
  case startHub
  /// Somebody makes room on the hub's disk, or plugs in another.
  case mendHub
}

/// One run of a plan.
final class World {
  let plan: Plan
  let time = WorldTime()
  let baton = Baton()
  let hub: HubNode
  var devices: [DeviceNode] = []
  var witness = Oracle()
  var trace: Trace
  var reached: Set<Reach> = []
  var figures = Figures()
  /// What turned out not to hold, in words; a run ends at the first.
  var broken: [String] = []
  /// How many rounds of `send` a healed world took until everybody had everything.
  var rounds = 0
  /// What the hub's records are in the end, without what clocks have written into them.
  var final: Digest?
  /// How often the hub went back to something older.
  var restores = 0
  /// Whether work that had not been sent was in two copies.
  var wasUnsentCopied = false
  /// Whether a device went back to an older copy, or there are two of one.
  var hasBranches = false
  /// How many changes went over the line, up or down, since somebody began to count.
  var carried = 0
  /// How many calls of every disk the plan made before the world was healed, the hub's first.
  private(set) var callsOfPlan: [Int] = []
  /// When each device's newest request so far had been asked.
  var newestRequests: [String: Int64] = [:]
  /// Every request that the hub was asked, where somebody listens.
  var overheard: [(key: PublicKey, request: [UInt8])] = []
  /// Of somebody who joined, and whose program is not ours.
  let neighbourKey: SigningKey
  /// A fault of a disk that strikes at a chosen call of the plan.
  var planned: CrashPoint?
  /// What every disk had been called when the plan began, the hub's first.
  private var callsBefore: [Int] = []
  /// Whether clocks are what the plan says, or all right.
  let hasPlannedClocks: Bool
  /// The line is good, whatever the plan says: the world is being healed.
  var isHealed = false

  /// The Centre's list of its members, by person.
  var enrolments: [String: Enrolment] = [:]
  /// Whether the Centre has a newer model.
  var wasUpgraded = false
  /// How many computers there ever were.
  private(set) var devicesMade = 0

  private var queue = EventQueue()
  private let root: String

  /// - Parameter root: A folder for the world's files; it is made, and removed at the end.
  init(_ plan: Plan, root: String, isTraceKept: Bool = false, hasPlannedClocks: Bool = true) throws {
    self.plan = plan
    self.root = root
    self.hasPlannedClocks = hasPlannedClocks
    trace = Trace(isKept: isTraceKept)
    SeededRandomness.begin(seed: plan.setting.seed)
    // Not the bytes that computers make their keys of.
    var neighbour = SplitMix64(seed: ~plan.setting.seed)
    neighbourKey = SigningKey(seed: (0..<32).map { _ in UInt8.random(in: 0...255, using: &neighbour) })!
    let disk = try Self.disk(root + "/hub", seed: plan.setting.seed)
    let setting = plan.setting
    hub = HubNode(
      disk: disk, clock: VirtualClock(time), pageBytes: setting.pageBytes,
      models: setting.isAdministered ? RecordModel.smallWithRights : RecordModel.small
    ) { model -> any HubPolicy in
      if setting.isAdministered { return RightsPolicy(rules: model.rules) }
      return setting.hasRefusals ? WordPolicy() : SpaceMembersPolicy()
    }
  }

  /// Lets go of every file.
  func end() throws {
    for device in devices {
      device.stop()
      device.disk.release()
    }
    hub.stop()
    hub.disk.release()
    try FileManager.default.removeItem(atPath: root)
  }

  // MARK: The run

  /// Runs the plan, heals the world, and asks whether every promise was kept.
  func run() async throws {
    try await begin()
    let disks = [hub.disk] + devices.map(\.disk)
    callsBefore = disks.map(\.callCount)
    if let planned { disks[planned.machine].fail(at: planned.call, planned.fault) }
    for step in plan.steps { queue.add(.step(step), at: max(step.time, 1)) }
    while broken.isEmpty, let (moment, event) = queue.next() {
      time.advance(to: moment)
      try await take(event)
    }
    guard broken.isEmpty else { return }
    callsOfPlan = zip([hub.disk] + devices.map(\.disk), callsBefore).map { $0.callCount - $1 }
    if let planned, disks[planned.machine].hasWaitingFaults { broken.append("\(planned) never struck") }
    try await heal()
    guard broken.isEmpty else { return }
    try await checkEnd()
  }

  private func begin() async throws {
    try hub.create()
    if plan.setting.hasWrongClocks, hasPlannedClocks {
      var random = SplitMix64(seed: plan.setting.seed)
      setClock(hub.clock, &random)
    }
    if plan.setting.isForgetful { try keepBackup() }
    for number in 0..<plan.setting.devices {
      // Where there are very many computers, some belong to one member.
      let device = try addDevice(of: "member \(number % 9)")
      if plan.setting.hasWrongClocks, hasPlannedClocks {
        var random = SplitMix64(seed: plan.setting.seed &+ UInt64(number) &+ 1)
        setClock(device.clock, &random)
      }
      try device.start()
      try await join(device)
    }
    // But for forgetful worlds, a restored hub always knows the first members.
    try keepBackup()
  }

  /// - Parameter person: Its owner, where another person has the same name.
  func addDevice(of member: String, person: String? = nil, key: SigningKey = SigningKey()) throws -> DeviceNode {
    let name = "d\(devicesMade)"
    devicesMade += 1
    let device = DeviceNode(
      name: name, member: member, person: person ?? member,
      disk: try Self.disk("\(root)/\(name)", seed: plan.setting.seed), key: key, clock: VirtualClock(time),
      line: SimulatedLine(baton))
    device.hasPoorLine = plan.setting.lineBytes > 0 && devicesMade.isMultiple(of: 2)
    devices.append(device)
    return device
  }

  private static func disk(_ folder: String, seed: UInt64) throws -> SimulatedDisk {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return SimulatedDisk(folder: folder, seed: seed)
  }

  func schedule(_ event: Event, in milliseconds: Int64) {
    queue.add(event, at: time.now + milliseconds)
  }

  /// A path for a file of this world beside its computers.
  func file(_ name: String) -> String { "\(root)/\(name)" }

  func note(_ node: String, _ words: String) {
    trace.note(time.now, node, words)
  }

  func reach(_ states: Reach...) {
    reached.formUnion(states)
  }

  private func take(_ event: Event) async throws {
    switch event {
    case .step(let step): try await perform(step)
    case .request(let exchange, let fate): try await deliver(exchange, fate)
    case .answer(let exchange, let result): try await answer(exchange, result)
    case .start(let device): try startDevice(device)
    case .startHub: try startHub()
    case .mendHub: hub.disk.mend()
    }
  }

  /// Runs what is under way to its end; where a device is named, only until it waits for nothing.
  func settle(_ device: DeviceNode? = nil) async throws {
    while broken.isEmpty, device.map({ $0.exchange != nil }) ?? true, let (moment, event) = queue.next() {
      time.advance(to: moment)
      try await take(event)
    }
  }
}

/// Events by time, and for one time by the order in which they were added.
private struct EventQueue {
  private var events: [(time: Int64, event: Event)] = []

  mutating func add(_ event: Event, at time: Int64) {
    // Descending: the next one is taken from the end, and of one time the one that was added first.
    let place = events.firstIndex { $0.time <= time } ?? events.endIndex
    events.insert((time, event), at: place)
  }

  mutating func next() -> (time: Int64, event: Event)? {
    events.popLast()
  }
}

/// What a run did, in numbers.
package struct Figures: Codable, Sendable {
  package var deviceMilliseconds: Int64 = 0
  package var steps = 0
  package var exchanges = 0
  package var runs = 0
  package var networkFaults = 0
  /// Exchanges of a member who tries again and again over a line that is down.
  package var exchangesInOutages = 0
  /// Crashes, kills, power cuts and other restarts of a computer.
  package var restarts = 0
  package var diskFaults = 0
  package var changes = 0

  package init() {}

  package mutating func add(_ other: Figures) {
    deviceMilliseconds += other.deviceMilliseconds
    steps += other.steps
    exchanges += other.exchanges
    runs += other.runs
    networkFaults += other.networkFaults
    exchangesInOutages += other.exchangesInOutages
    restarts += other.restarts
    diskFaults += other.diskFaults
    changes += other.changes
  }
}
