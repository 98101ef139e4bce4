// What a member reads when they type `repair`.

import BoardTerminal
import ClientCore
import Replication
import SQLiteStorage
import SafeText
import Synchronization
import TestKit
import Testing

@Suite("The screen of repair")
struct RepairScreenTests {
  private let hub: TestHub

  init() throws { hub = try TestHub() }

  private func repair(_ device: TestDevice) async throws -> [String] {
    let (store, key) = (device.store, try device.key)
    let screen = Mutex<[UInt8]>([])
    let environment = TerminalEnvironment(
      open: { _, _ in
        OpenedReplica(store: store, key: key, forgetKey: {}, replace: { try store.makeWay(filling: $0) })
      }, transport: device.transport, text: { _ in nil }, clock: { Timestamp(milliseconds: 0) }, offset: { _ in 0 })
    let console = Console(
      isInteractive: false, read: { nil }, discard: {},
      write: { bytes in
        screen.withLock { $0 += bytes }
        return true
      }, complain: { bytes in screen.withLock { $0 += bytes } })
    #expect(await Terminal.run(["repair"], environment, console: console) == .done)
    return String(decoding: screen.withLock { $0 }, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test("says that a copy is in order, that records are put right, or what was kept and where the old file is")
  func words() async throws {
    let carer = try await hub.joined("carer")
    let tea = try carer.add("Tea")
    try await carer.send()
    try carer.add("Cake")
    let sound = try await repair(carer)
    #expect(sound.first == "Checking your copy. This can take a minute.")
    #expect(sound.dropFirst().first == "Your copy is in order. Nothing was changed.")

    let space = try carer.space("public")
    try carer.store.write { transaction in
      let empty = RecordState(kind: "event")
      try transaction.put(
        empty, at: RecordKey(space, tea), projection: RecordProjection(of: empty, by: .none))
    }
    let rebuilt = try await repair(carer)
    #expect(
      rebuilt.last
        == "Some records were wrong. They are put right from what is saved on this computer. Nothing is lost.")
    #expect(try carer.titles == ["Tea", "Cake"])

    try carer.store.write { for number in 0..<300 { try $0.put(Space(id: .random(), name: "space \(number)")) } }
    let replaced = try await repair(carer)
    #expect(replaced.contains("Your 1 change that was waiting to be sent is kept."))
    #expect(replaced.contains("The old file is not deleted. It is now \(carer.store.path).damaged-1."))
    #expect(replaced.last == "Type 'send' to get everything else from the Centre again.")
  }
}
