// What members and administrators do. Every value anybody writes is unlike every other, so that the witness can tell
// them apart.

internal import ClientCore
internal import HubAdministration
internal import JSONText
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import TestKit

extension World {
  func isThere(_ device: DeviceNode) -> Bool {
    device.pausedUntil <= time.now && device.awayUntil <= time.now
  }

  func leave(_ device: DeviceNode, days: Int64) {
    guard device.exchange == nil else { return }
    note(device.name, "is away")
    device.awayUntil = time.now + days * 86_400_000
    device.daysAway = days
  }

  // MARK: Members

  /// A member writes something.
  func write(on device: DeviceNode, _ random: inout SplitMix64) async throws {
    guard device.isUp, device.joined != nil, isThere(device) else { return }
    let number = witness.nextNumber()
    let isForbidden = plan.setting.hasRefusals && Int.random(in: 0..<6, using: &random) == 0
    try await write("\(isForbidden ? "forbidden" : "words") \(number)", on: device) { copy, words in
      try Writing(copy, words: words, number: number, after: device.lastWritten, &random)
    }
  }

  /// A member writes something of a chosen sort.
  func write(on device: DeviceNode, _ choose: (MemberReplica, String) throws -> Writing) async throws {
    guard device.isUp, device.joined != nil, isThere(device) else { return }
    try await write("words \(witness.nextNumber())", on: device, choose)
  }

  private func write(
    _ words: String, on device: DeviceNode, _ choose: (MemberReplica, String) throws -> Writing
  ) async throws {
    guard let copy = device.copy else { return }
    if device.exchange != nil { reach(.writeWhileSending) }
    do {
      guard try !isOff(device) else { return }
      let writing = try choose(copy, words)
      witness.write([words] + writing.values, by: device.memberID)
      witness.write([words] + writing.values, by: device.person)
      // What was seen counts even where the disk strikes before the words are called saved: they may be there.
      for value in writing.values { witness.look(value, at: writing.current) }
      if let (record, values) = writing.removal { witness.remove(record, seeing: values) }
      guard let receipt = try writing.save(on: copy) else { return }
      if writing.mustBeRefused { broken.append("\(device.name) saved \(words), which the model refuses") }
      for value in writing.values {
        witness.save(value, on: device.name)
        witness.place(value, in: receipt.id)
      }
      if let space = try copy.spaces().first(where: { $0.name == receipt.space }) {
        witness.place([words] + writing.values, in: space.id)
      }
      try noteSaved(receipt, on: device)
      device.lastWritten = writing.register ?? device.lastWritten
      note(device.name, "writes \(writing.words)")
      device.hasWrittenSinceCloned = true
      if device.twin?.hasWrittenSinceCloned == true { reach(.clonesBothWrote) }
    } catch let error as StoreError {
      try await suffer(error, on: device, during: .deviceCrashInAWrite)
    }
  }

  /// The program has shown a receipt: from here on the change is nobody's to lose.
  private func noteSaved(_ receipt: Receipt, on device: DeviceNode) throws {
    try device.store?.read { reader in
      // Where everything asked for stood already, the receipt is that of whoever wrote it.
      guard try ReplicaIdentity(reader).owns(receipt.dot.replica) else { return }
      guard let space = try reader.spaces().first(where: { $0.name == receipt.space }) else {
        return broken.append("\(device.name) has saved something in \(receipt.space), which it does not have")
      }
      witness.save(SavedChange(space: space.id, dot: receipt.dot), on: device.name)
    }
  }

  func settleQuestion(on device: DeviceNode, _ random: inout SplitMix64) async throws {
    guard device.isUp, device.joined != nil, isThere(device), let copy = device.copy else { return }
    do {
      guard try !isOff(device) else { return }
      let questions = try copy.conflicts().sorted { $0.id.isBefore($1.id) }
        .flatMap { view in view.conflicts.map { (view, $0) } }
      guard let (view, conflict) = questions.randomElement(using: &random) else { return }
      let words = "settled \(witness.nextNumber())"
      let receipt: Receipt
      if conflict.field == Conflict.removedField {
        if let state = try copy.store.read({ try $0.record(view.key) }) {
          witness.remove(view.id, seeing: Values.current(in: state))
        }
        receipt = try copy.settle(view.key, field: conflict.field, with: .bool(Bool.random(using: &random)))
      } else if conflict.rivals.contains(where: { if case .map = $0.value { true } else { false } }) {
        receipt = try copy.settle(view.key, field: conflict.field, with: conflict.rivals[0].value)
      } else {
        witness.look(words, at: conflict.rivals.map(\.value))
        witness.write([words], by: device.memberID)
        receipt = try copy.settle(view.key, field: conflict.field, with: .text(words))
        witness.save(words, on: device.name)
        witness.place(words, in: view.id)
        witness.place([words], in: view.key.space)
      }
      try noteSaved(receipt, on: device)
      note(device.name, "settles \(conflict.field): \(words)")
    } catch ClientError.refused {
      // Written once, and meanwhile settled by others: nothing was saved.
    } catch ClientError.notAllowed {
      // A guest may not settle: nothing was saved.
    } catch let error as StoreError {
      try await suffer(error, on: device, during: .deviceCrashInAWrite)
    }
  }

  func enrol(_ random: inout SplitMix64) async throws {
    guard devices.count < 5, hub.isUp else { return }
    let isSecond =
      plan.setting.isAdministered ? Int.random(in: 0..<4, using: &random) == 0 : Bool.random(using: &random)
    if isSecond { reach(.twoComputersOfOneMember) }
    let device = try addDevice(
      of: isSecond ? devices[0].member : "member \(devicesMade)")
    try device.start()
    try await join(device)
  }

  // MARK: Administrators

  /// Whoever was invited to one space only is invited to all.
  func widen() throws {
    guard plan.setting.isNarrow, let administration = hub.administration, let store = hub.store else { return }
    do {
      let both = ["public", "staff"]
      _ = try administration.run(.invite(whoeverIs: devices[1].member, in: store, role: "member", spaces: both))
      note("hub", "widens")
    } catch let error as AdminError {
      sufferCommand(error)
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  func administrate(_ random: inout SplitMix64) throws {
    guard let administration = hub.administration, let store = hub.store else { return }
    let words = "centre \(witness.nextNumber())"
    let isImport = Bool.random(using: &random)
    do {
      guard isImport else { return try settleReview(administration, words) }
      let key = "thing/\(Int.random(in: 1...3, using: &random))"
      let record = RecordID.fixed(kind: "thing", key: key)
      let current = try store.read { reader in
        try reader.spaces(holding: record).compactMap { try reader.record(RecordKey($0, record)) }
          .flatMap { $0.fields["name"]?.siblings.map(\.value) ?? [] }
      }
      witness.look(words, at: current)
      let line =
        #"{"type": "thing", "key": "\#(key)", "fields": {"name": "\#(words)", "scope": "public", "set": "core"}}"#
      let answer = try administration.load(line)
      if answer.added == 1 || answer.changed == 1 {
        witness.save(words, on: nil)
        witness.place(words, in: record)
      }
      note("hub", "imports \(words)")
    } catch let error as AdminError {
      sufferCommand(error)
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  /// An administrator erases one of the oldest records, which others are writing into.
  func eraseRecord(_ random: inout SplitMix64) throws {
    guard let administration = hub.administration, let store = hub.store else { return }
    do {
      let records = try store.read { reader in
        var found: [RecordID] = []
        for space in try reader.sharedSpaces() {
          try reader.forEachRecord(in: space.id, kind: nil) { record, state in
            if state.kind != "member", !state.isErased { found.append(record) }
          }
        }
        return found.sorted { $0.isBefore($1) }
      }
      guard let record = records.prefix(4).randomElement(using: &random) else { return }
      // Whatever the disk does meanwhile: it may have happened.
      witness.erase(record)
      try location()
      _ = try administration.run(.erase(record.description, reason: "asked"))
      witness.noteReceipt(ofErasing: record)
      note("hub", "erases \(record)")
    } catch let error as AdminError {
      sufferCommand(error)
    } catch let error as StoreError {
      _ = sufferHub(error)
    }
  }

  private func settleReview(_ administration: AdminService, _ words: String) throws {
    guard let question = try administration.run(.reviewList).questions.min(by: Self.isAskedBefore) else { return }
    let isRemoval = question.field == Conflict.removedField
    let values = question.versions.compactMap { version -> Value? in
      if case .string(let text) = version.value { .text(text) } else { nil }
    }
    guard isRemoval || values.count == question.versions.count else { return }
    if !isRemoval { witness.look(words, at: values) }
    _ = try administration.run(.reviewSettle(question.id, value: isRemoval ? "false" : words))
    if !isRemoval { witness.save(words, on: nil) }
    note("hub", "settles \(question.field): \(words)")
  }

  /// The hub lists questions in the order of their records' names, which begin with a time: clocks would choose.
  private static func isAskedBefore(_ left: QuestionSummary, _ right: QuestionSummary) -> Bool {
    let parts = [left, right].map { question -> (record: RecordID, field: Substring)? in
      let parts = question.id.split(separator: "/", maxSplits: 1)
      return RecordID(String(parts[0])).map { ($0, parts.last ?? "") }
    }
    guard let left = parts[0], let right = parts[1] else { return false }
    return left.record == right.record ? left.field < right.field : left.record.isBefore(right.record)
  }

  func sufferCommand(_ error: AdminError) {
    note("hub", "act: \(error.code.rawValue)")
    guard hub.disk.isDown || error.kind == .disk else { return }
    _ = sufferHub(error.code == .diskFull ? .full : .failed(error.message))
  }

  func upgrade() throws {
    guard hub.isUp, hub.model.version == 1 else { return }
    note("hub", "gets a newer model")
    hub.stop()
    wasUpgraded = true
    try hub.writeModel(hub.models[1])
    try startHub()
  }
}
