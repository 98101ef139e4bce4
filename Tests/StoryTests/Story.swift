// Scenarios as drawings: a line for everybody, a column for every moment, time running to the right. What a reader sees
// is what happens; the real client, hub and store do it.
//
//   .      nothing            s      sends; all news is fetched         x      sends, and the answer is lost
//   w1     writes "1" where versions wait for a person (name)           l1     where one is shown (colour)
//   +1 -1  adds, takes away an element (words)                          #3     adds 3 to a count (total)
//   f2     moves the status to its 2nd step (stage)                     o1     writes what is written once (sealed)
//   d r    removes, restores the record                                 k1     settles every open question with "1"
//   c p    the folder is copied, is put back (a hub: backed up, restored)      b      sends, and the hub is busy
//   t y    the clock goes on by 20 years, by one

import ClientCore
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import Simulation
import SyncHub
import SyncProtocol
import TestKit
import Testing

/// The lines of a drawing.
@resultBuilder
enum Drawing {
  static func buildBlock(_ lines: String...) -> [String] { lines }
}

/// Plays a drawing and then looks at what came of it.
///
/// There is one record, everybody has it, and its name is "0". A line that begins with "hub" is the hub's.
func story(@Drawing _ lines: () -> [String], ends: (Ending) throws -> Void) async throws {
  let stage = try await Stage(lines().map { $0.split(separator: " ").map(String.init) })
  try await stage.play()
  try ends(Ending(stage: stage))
}

/// What stands when a story is over.
struct Ending {
  fileprivate let stage: Stage

  /// Whether every copy is the hub's, and nothing waits to be sent.
  var agree: Bool {
    get throws {
      try stage.people.allSatisfy { person in
        try person.device.copy.status().unsent == 0
          && person.device.digest(of: "public") == stage.hub.digest(of: "public")
      }
    }
  }

  /// What a person sees in a field.
  func sees(_ name: String, _ field: String) throws -> Value? {
    try view(name).fields[field]
  }

  /// The versions a person is asked about, in words.
  func asked(_ name: String, _ field: String) throws -> Set<String> {
    let rivals = try view(name).conflicts.first { $0.field == field }?.rivals ?? []
    return Set(rivals.map { if case .text(let words) = $0.value { words } else { "\($0.value)" } })
  }

  func isRemoved(_ name: String) throws -> Bool { try view(name).presence == .deleted }
  func isHeld(_ name: String) throws -> Bool { try view(name).presence == .disputed }

  /// Every text of a record's history.
  func history(_ name: String) throws -> Set<String> {
    Set(
      try stage.person(name).device.copy.history(stage.record.description).flatMap(\.edits).compactMap {
        if case .assign(_, .text(let words), _) = $0.operation { words } else { nil }
      })
  }

  /// Words kept for a person that nobody is asked about.
  func overridden(_ name: String) throws -> [Value] {
    try stage.person(name).device.copy.overriddenWords().map(\.words.written.value)
  }

  private func view(_ name: String) throws -> RecordView {
    try stage.person(name).device.copy.show(stage.record.description)
  }
}

/// Where a drawing is played.
private final class Stage {
  final class Person {
    let name: String
    var device: TestDevice
    let clock: ManualClock

    init(_ name: String, _ device: TestDevice, _ clock: ManualClock) {
      (self.name, self.device, self.clock) = (name, device, clock)
    }
  }

  private let lines: [[String]]
  private var hubs = 1
  private(set) var hub: TestHub
  private(set) var people: [Person] = []
  private(set) var record = RecordID.make(at: Timestamp(milliseconds: 0))

  init(_ lines: [[String]]) async throws {
    self.lines = lines
    hub = try TestHub(model: .small[0])
    for line in lines where line[0] != "hub" {
      let clock = ManualClock()
      let device = try await hub.joined(line[0], spaces: ["public"], clock: clock)
      people.append(Person(line[0], device, clock))
    }
    record = try people[0].device.copy.add(kind: "thing", [.text(field: "name", "0")], space: "public").id
    for person in people { try await person.device.send() }
  }

  func person(_ name: String) throws -> Person {
    try #require(people.first { $0.name == name }, "nobody is called \(name)")
  }

  func play() async throws {
    let moments = lines.map(\.count).max() ?? 1
    for moment in 1..<moments {
      for line in lines where moment < line.count {
        if line[0] == "hub" { try act(line[moment]) } else { try await act(line[moment], by: person(line[0])) }
      }
    }
  }

  private func act(_ token: String) throws {
    switch token {
    case ".": return
    case "c": try hub.backUp()
    case "p":
      hubs += 1
      try hub.folder.copy("backup.db", to: "hub\(hubs).db")
      hub = try hub.restored(from: "hub\(hubs).db")
      for person in people { person.device.connect(to: hub) }
    default: Issue.record("a hub cannot do '\(token)'")
    }
  }

  private func act(_ token: String, by person: Person) async throws {
    let (copy, id) = (person.device.copy, record.description)
    let words = String(token.dropFirst())
    switch token.first {
    case ".": return
    case "s": try await person.device.send()
    case "x":
      person.device.transport.next(.answerLost)
      try await person.device.send()
    case "w": _ = try copy.set(id, [.text(field: "name", words)])
    case "l": _ = try copy.set(id, [.text(field: "colour", words)])
    case "o": _ = try copy.set(id, [.text(field: "sealed", words)])
    case "+": _ = try copy.set(id, [.text(field: "words", words)])
    case "-": _ = try copy.set(id, [.json(field: "words", .object(["remove": .array([.string(words)])]))])
    case "#": _ = try copy.set(id, [.json(field: "total", .integer(Int64(words) ?? 0))])
    case "f":
      let steps = ["begun", "halfway", "nearly", "done"]
      _ = try copy.set(id, [.text(field: "stage", steps[(Int(words) ?? 1) - 1])])
    case "d": _ = try copy.remove(id)
    case "r": _ = try copy.restore(id)
    case "k":
      for conflict in try copy.show(id).conflicts { _ = try copy.settle(id, field: conflict.field, words) }
    case "c", "p": try move(person, isKeeping: token == "c")
    case "b":
      person.device.transport.next(.status(.busy(wait: nil)))
      try await person.device.send()
    case "t": person.clock.advance(milliseconds: 20 * 365 * 86_400_000)
    case "y": person.clock.advance(milliseconds: 365 * 86_400_000)
    default: Issue.record("nobody can do '\(token)'")
    }
  }

  private func move(_ person: Person, isKeeping: Bool) throws {
    try person.device.store.close()
    let (file, copy) = ("\(person.name).db", "\(person.name)-copy.db")
    if isKeeping { try hub.folder.copy(file, to: copy) } else { try hub.folder.copy(copy, to: file) }
    person.device = try TestDevice(hub.folder.file(file), over: person.device.transport, clock: person.clock)
  }
}
