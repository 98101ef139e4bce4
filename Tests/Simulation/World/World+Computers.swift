// What happens to computers: crashes and starts, copies and restores, clocks and disks.

internal import ClientCore
internal import Foundation
internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import TestKit

extension World {
  // MARK: Down and up again

  /// The computer stops this instant, and comes up after a while.
  func crash(_ device: DeviceNode, _ survival: Survival, _ random: inout SplitMix64) async throws {
    guard device.isUp else { return }
    note(device.name, "crashes")
    if device.exchange != nil { reach(.deviceCrashWhileItWaits) }
    device.disk.crash(keeping: survival)
    try await bringDown(device, startIn: Int64.random(in: 1_000...600_000, using: &random))
  }

  /// Ends what was under way on a dead disk, and lets go of the files.
  func bringDown(_ device: DeviceNode, startIn wait: Int64) async throws {
    figures.restarts += 1
    try await hangUp(device)
    device.stop()
    schedule(.start(device), in: wait)
  }

  func startDevice(_ device: DeviceNode) throws {
    guard !device.isUp, !device.isLost else { return }
    do {
      try device.start()
    } catch let error as StoreError {
      // A disk may strike while the computer comes up, too. A sound one is no excuse.
      note(device.name, "does not start: \(Self.name(of: error))")
      guard device.hasSickDisk else { return broken.append("\(device.name) does not start: \(error)") }
      figures.restarts += 1
      device.disk.crash(keeping: .all)
      device.disk.heal()
      schedule(.start(device), in: 60_000)
      return
    }
    note(device.name, "starts")
    // Whoever found the disk full has made room by now.
    device.disk.mend()
    try lookAfterStart(of: device)
  }

  func crashHub(_ survival: Survival, _ random: inout SplitMix64) throws {
    guard hub.isUp else { return }
    note("hub", "crashes")
    hub.disk.crash(keeping: survival)
    bringDownHub(startIn: Int64.random(in: 1_000...600_000, using: &random))
  }

  func bringDownHub(startIn wait: Int64) {
    figures.restarts += 1
    hub.stop()
    schedule(.startHub, in: wait)
  }

  func startHub() throws {
    guard !hub.isUp else { return }
    let isCopy: Bool
    do {
      isCopy = try hub.start()
    } catch let error as StoreError {
      note("hub", "does not start: \(Self.name(of: error))")
      guard hub.hasSickDisk else { return broken.append("the hub does not start: \(error)") }
      if hub.disk.isDown { reach(.hubCrashAtStart) }
      figures.restarts += 1
      hub.disk.crash(keeping: .all)
      hub.disk.heal()
      schedule(.startHub, in: 60_000)
      return
    }
    note("hub", "starts\(isCopy ? " as a copy" : "")")
    if isCopy { reach(.hubRolledBack) }
    guard let store = hub.store else { return }
    hub.disk.mend()
    try lookAtState(of: store, "hub")
    try checkAcknowledged(store)
  }

  func pause(_ device: DeviceNode?, seconds: Int64) {
    let until = time.now + seconds * 1_000
    note(device?.name ?? "hub", "pauses")
    if let device { device.pausedUntil = until } else { hub.pausedUntil = until }
  }

  // MARK: Clocks and disks

  func setClock(_ clock: VirtualClock, _ random: inout SplitMix64) {
    let year: Int64 = 365 * 86_400_000
    let offset: Int64 =
      switch Int.random(in: 0..<6, using: &random) {
      case 0: 0
      case 1: Int64.random(in: -1_000...1_000, using: &random)
      case 2: Int64.random(in: -4_000_000...4_000_000, using: &random)
      case 3: -20 * year
      case 4: 10 * year
      default: Int64.random(in: -2 * year...2 * year, using: &random)
      }
    clock.set(offset: offset, rate: [1_000_000, 999_000, 1_000_100, 1_200_000].randomElement(using: &random)!)
    if offset == 10 * year { reach(.clockYearsAhead) }
    if offset == -20 * year { reach(.clockYearsBehind) }
  }

  func arm(_ device: DeviceNode?, _ fault: DiskFault, _ step: Step) {
    figures.diskFaults += 1
    // On a computer that is down it waits for the start, which calls the disk only a few times.
    let isUp = device?.isUp ?? hub.isUp
    (device?.disk ?? hub.disk).fail(at: Int(isUp ? max(1, step.amount) : 1 + step.amount % 6), fault)
  }

  // MARK: Copies

  /// Closes a computer, does something to its files, and opens it again. Skipped while it is at work.
  private func whileOff(_ device: DeviceNode, _ body: () throws -> Void) async throws {
    guard device.isUp, device.exchange == nil else { return }
    device.disk.heal()
    try checkValues(of: device)
    device.stop()
    try body()
    try startDevice(device)
  }

  func keepCopy(of device: DeviceNode) async throws {
    let hasUnsent = try hasUnsent(device)
    try await whileOff(device) {
      note(device.name, "is copied")
      wasUnsentCopied = wasUnsentCopied || hasUnsent
      let path = file("\(device.name)-copy-\(device.copies.count)")
      try FileManager.default.copyItem(atPath: device.file, toPath: path)
      device.copies.append((path, device.joined != nil))
    }
  }

  private func hasUnsent(_ device: DeviceNode) throws -> Bool {
    guard device.joined != nil, let copy = device.copy, try !isOff(device) else { return false }
    return try copy.status().unsent > 0
  }

  func putBack(_ device: DeviceNode, _ random: inout SplitMix64) async throws {
    guard let copy = device.copies.randomElement(using: &random) else { return }
    try await whileOff(device) {
      note(device.name, "is put back")
      reach(.deviceRestored)
      hasBranches = true
      try replace(device.file, with: copy.path)
      // The copy may be from before it joined.
      device.joined = copy.hadJoined ? device.joined : nil
      witness.forgetWhatWasHeld(on: device.name)
      (device.lastName, device.lastVoids) = (nil, 0)
    }
    try forgetWhatIsNowhere()
  }

  func clone(_ device: DeviceNode) async throws {
    guard devices.count < 5, device.joined != nil else { return }
    let hasUnsent = try hasUnsent(device)
    try await whileOff(device) {
      note(device.name, "is cloned as d\(devices.count)")
      wasUnsentCopied = wasUnsentCopied || hasUnsent
      hasBranches = true
      let clone = try addDevice(of: device.member, key: device.key)
      try FileManager.default.copyItem(atPath: device.file, toPath: clone.file)
      clone.joined = time.now
      (clone.memberID, clone.told, clone.isToldOff) = (device.memberID, device.told, device.isToldOff)
      (clone.twin, device.twin) = (device, clone)
      device.hasWrittenSinceCloned = false
      schedule(.start(clone), in: 1_000)
    }
  }

  func replace(_ file: String, with copy: String) throws {
    for companion in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: file + companion) {
      try FileManager.default.removeItem(atPath: file + companion)
    }
    try FileManager.default.copyItem(atPath: copy, toPath: file)
  }

  func keepBackup() throws {
    guard let administration = hub.administration else { return }
    let path = file("backup-\(hub.backups.count)")
    do {
      _ = try administration.run(.backup(path: path))
      note("hub", "is backed up")
      hub.backups.append(path)
    } catch {
      note("hub", "is not backed up: \(error.code.rawValue)")
      if hub.disk.isDown { bringDownHub(startIn: 5_000) }
    }
  }

  func restoreHub(_ random: inout SplitMix64) throws {
    guard hub.isUp, let backup = hub.backups.randomElement(using: &random) else { return }
    note("hub", "is restored")
    reach(reached.contains(.hubRestored) ? .hubRestoredTwice : .hubRestored)
    restores += 1
    figures.restarts += 1
    witness.forgetWhatWasAcknowledged()
    hub.stop()
    do {
      try hub.restore(backup)
    } catch let error as StoreError {
      // It went halfway: the administrator starts the hub as it is, and may try again.
      note("hub", "is not restored: \(Self.name(of: error))")
      guard hub.hasSickDisk else { return broken.append("the hub cannot be restored: \(error)") }
      hub.disk.crash(keeping: .all)
      bringDownHub(startIn: 5_000)
      return try forgetWhatIsNowhere()
    }
    try startHub()
    try forgetWhatIsNowhere()
  }

  func rollBackHub(_ random: inout SplitMix64) throws {
    guard hub.isUp else { return }
    hub.disk.heal()
    hub.stop()
    if let copy = hub.copies.randomElement(using: &random) {
      note("hub", "is rolled back")
      restores += 1
      figures.restarts += 1
      witness.forgetWhatWasAcknowledged()
      try replace(hub.folder.database, with: copy)
      try startHub()
      try forgetWhatIsNowhere()
    } else {
      note("hub", "is copied")
      let path = file("hub-copy-\(hub.copies.count)")
      try FileManager.default.copyItem(atPath: hub.folder.database, toPath: path)
      hub.copies.append(path)
      try startHub()
    }
  }
}
