// What only administered worlds have: rights that change, spaces made while the hub runs, people of one name, computers
// that are lost, and the whole folder of the hub put back.

internal import ClientCore
internal import Foundation
internal import HubAdministration
internal import JSONText
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import TestKit

extension World {
  /// What the kinds of steps of administered worlds do.
  func administer(_ step: Step, _ device: DeviceNode, _ random: inout SplitMix64) async throws {
    switch step.kind {
    case .namesake: try await enrolNamesake(of: device)
    case .changeRole: changeRole(of: device)
    case .giveSpace: giveSpace(to: device, &random)
    case .takeName: try await takeName(&random)
    case .lose: try await lose(device)
    case .rollBackFolder: try rollBackFolder(&random)
    case .writeNew: try await write(on: device) { try .record(on: $0, words: $1, &random) }
    case .writePart: try await write(on: device) { try .part(of: $0, words: $1, &random) }
    case .writeList: try await write(on: device) { try .list(on: $0, words: $1, &random) }
    case .writePapers:
      for _ in 0..<step.amount {
        // All in the same space.
        var choice = random
        try await write(on: device) { try .paper(on: $0, words: $1, &choice) }
      }
    case .importList: try importList()
    case .importPapers: try importEnrolment(Int(step.amount))
    default: preconditionFailure("\(step.kind.rawValue) is a step of every world")
    }
  }

  // MARK: Members

  /// Somebody else of a member's name joins, and is given a space of their own.
  private func enrolNamesake(of first: DeviceNode) async throws {
    guard devices.count < 5, hub.isUp, first.joined != nil else { return }
    let person = first.person + ", another"
    guard !devices.contains(where: { $0.person == person }) else { return }
    let device = try addDevice(of: first.member, person: person)
    enrolments[person] = Enrolment(name: first.member, spaces: ["public", "staff", "private"])
    note("hub", "is asked to invite another \(first.member)")
    reach(.namesakeInvited)
    try device.start()
    try await join(device)
  }

  /// A member becomes a guest, who may write only records of their own, or a guest becomes a member.
  private func changeRole(of device: DeviceNode) {
    guard device.joined != nil else { return }
    invite(device, "gives \(device.member) another role") { entry in
      entry.role = entry.role == "guest" ? "member" : "guest"
      entry.wasGuest = true
    }
  }

  /// A member is given a space of their own, or the one that a newer model brings.
  private func giveSpace(to device: DeviceNode, _ random: inout SplitMix64) {
    guard device.joined != nil else { return }
    let space = hub.model.version > 1 && Bool.random(using: &random) ? "annexe" : "private"
    invite(device, "gives \(device.member) the space \(space)") { $0.spaces.insert(space) }
  }

  /// A computer is lost, and nobody brings what was on it.
  private func lose(_ device: DeviceNode) async throws {
    guard devices.count > 2, device.isUp, device.exchange == nil else { return }
    note(device.name, "is lost")
    reach(.computerLost)
    try checkValues(of: device)
    device.isLost = true
    device.stop()
    device.disk.release()
    devices.removeAll { $0 === device }
    try forgetWhatIsNowhere()
  }

  // MARK: Administrators

  /// An import names one element twice.
  private func importList() throws {
    let words = "centre \(witness.nextNumber())"
    let other = "\(words) too"
    let key = "thing/list-\(witness.nextNumber())"
    let fields = #""name": "\#(words)", "words": ["\#(other)", "\#(other)"], "scope": "public", "set": "core""#
    try importLines([#"{"type": "thing", "key": "\#(key)", "fields": {\#(fields)}}"#], values: [words, other])
    reach(.elementNamedTwice)
  }

  /// An import of long papers: more than a poor line carries in one go.
  private func importEnrolment(_ count: Int) throws {
    var values: [String] = []
    let lines = (0..<count).map { _ in
      let number = witness.nextNumber()
      values.append("centre \(number)")
      let fields = #""name": "centre \#(number)", "essay": "\#(Writing.longText)", "scope": "public", "set": "core""#
      return #"{"type": "thing", "key": "thing/paper-\#(number)", "fields": {\#(fields)}}"#
    }
    try importLines(lines, values: values)
  }

  private func importLines(_ lines: [String], values: [String]) throws {
    let path = file("import.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
    guard run(.importFile(path), "imports \(values[0])") else { return }
    for value in values { witness.save(value, on: nil) }
  }

  // MARK: The hub's folder

  /// Somebody puts the hub's whole folder back, database, epoch and model, as a virtual machine's snapshot does; before
  /// there is a copy, and now and then later, they make one.
  private func rollBackFolder(_ random: inout SplitMix64) throws {
    guard hub.isUp else { return }
    hub.disk.heal()
    hub.stop()
    let files = [hub.folder.database, hub.folder.epochFile, hub.folder.modelFile]
    if let copy = hub.snapshots.randomElement(using: &random), Int.random(in: 0..<3, using: &random) > 0 {
      note("hub", "is rolled back with its folder")
      reach(.folderRolledBack)
      restores += 1
      figures.restarts += 1
      witness.forgetWhatWasAcknowledged()
      for (place, path) in files.enumerated() { try replace(path, with: "\(copy)-\(place)") }
      try startHub()
      try forgetWhatIsNowhere()
    } else {
      note("hub", "is copied with its folder")
      let copy = file("hub-folder-\(hub.snapshots.count)")
      for (place, path) in files.enumerated() {
        try FileManager.default.copyItem(atPath: path, toPath: "\(copy)-\(place)")
      }
      hub.snapshots.append(copy)
      try startHub()
    }
  }
}
