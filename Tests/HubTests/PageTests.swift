// The hub's pages as a program meets them: signed often enough that every row can be brought back, from whatever
// position the two logs agree on.

import Cryptography
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Pages of the log")
struct PageTests {
  private let hub: TestHub
  private let carer: TestDevice
  private let signer: Signer
  private let space: SpaceID

  init() async throws {
    hub = try TestHub(policy: WordPolicy())
    carer = try await hub.joined("carer")
    space = try hub.space("public")
    signer = try carer.signer
  }

  /// Changes of one new replica of the carer's, each adding a word to a record.
  private func changes(_ words: [String]) throws -> [Change] {
    let (replica, record) = (signer.newName(), RecordID.random())
    let author = try hub.member("carer")
    var lamport = try hub.store.read { try $0.space(space)!.lamport }
    var tip: Tip?
    return words.map { word in
      lamport += 1
      let edits = [
        Edit(record: record, kind: "event", operation: .makePresent(supersedes: [])),
        Edit(record: record, kind: "event", operation: .assign(field: "title", value: .text(word), supersedes: [])),
      ]
      let change = Change(
        edits: edits, space: space, replica: replica, previous: tip, lamport: lamport, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: lamport)
      return change
    }
  }

  private func answer(_ messages: [Message], asking position: ReadPosition?) async throws -> [Message] {
    let hello = Hello(
      replica: .random(), modelVersion: hub.model.version, hub: nil,
      spaces: [SpaceRequest(space: space, position: position)])
    let request = Message.encode([.hello(hello)] + messages)
    return try SignedAnswer(await hub.hub.answer(request, signedBy: try carer.key.publicKey)).messages
  }

  private func page(_ messages: [Message] = [], after position: ReadPosition? = nil) async throws -> Page {
    let pages = try await answer(messages, asking: position).compactMap { message in
      if case .page(let page) = message { page } else { nil }
    }
    return try #require(pages.first)
  }

  private func place(_ position: UInt64) throws -> ReadPosition {
    let place = try #require(try hub.store.read { try $0.place(at: position, in: space) })
    return ReadPosition(position, place.digest)
  }

  /// The positions of a page's checkpoints, each of which must be the hub's.
  private func signed(_ page: Page) throws -> [UInt64] {
    let (id, key) = try hub.store.read { (try HubIdentity.identity(in: $0).hub, try HubIdentity.key(in: $0)) }
    for signed in page.checkpoints {
      let checkpoint = Checkpoint(
        hub: id, epoch: page.epoch, space: space, position: signed.position, digest: try place(signed.position).digest)
      #expect(checkpoint.isSigned(with: signed.signature, by: key.publicKey), "\(signed.position)")
    }
    return page.checkpoints.map(\.position)
  }

  @Test("no run of rows between checkpoints is longer than one segment takes")
  func manyRows() async throws {
    let words = changes(of: 600)
    try await hub.offer(try changes(words), signedBy: signer.key, attestedBy: signer)
    let start = try await page()
    #expect(try signed(start) == [256, 512, start.to] && start.to == start.lastPosition)
    let middle = try await page(after: place(300))
    #expect(try signed(middle) == [556, middle.to])
  }

  private func changes(of count: Int) -> [String] { (0..<count).map { "\($0)" } }

  @Test("no run of rows between checkpoints is longer than a slow line carries")
  func longRows() async throws {
    let long = String(repeating: "a", count: 24 * 1024)
    try await hub.offer(
      try changes([String](repeating: long, count: 8)), signedBy: signer.key, attestedBy: signer)
    let page = try await page()
    var last = page.from
    for position in try signed(page) {
      let rows = page.rows.filter { $0.position > last && $0.position <= position }
      #expect(rows.dropLast().reduce(0) { $0 + $1.entry.byteCount } < LogSegment.bytesMax)
      last = position
    }
    #expect(page.checkpoints.count > 2 && last == page.to)
  }

  @Test("a position is valid where the logs agree, in whatever epoch it was read")
  func positions() async throws {
    try await hub.offer(try changes(["a", "b", "c"]), signedBy: signer.key, attestedBy: signer)
    let (second, last) = (try place(2), try #require(try hub.store.read { try $0.lastPlace(in: space) }))
    #expect(try await page(after: second).from == 2)
    try hub.store.write { _ = try HubIdentity.drawNewEpoch(in: $0) }
    let epoch = try hub.store.read { try HubIdentity.identity(in: $0).epoch }
    let page = try await page(after: second)
    #expect(page.from == 2 && page.epoch == epoch && page.digest == last.digest)
    let empty = try await self.page(after: ReadPosition(last.position, last.digest))
    #expect(empty.from == empty.to && empty.checkpoints.isEmpty && empty.digest == last.digest)
    #expect(try await self.page(after: ReadPosition(0, LogPlace.start(of: space))).from == 0)
  }

  @Test("an unknown position is answered with positions of the log, ever wider apart, and nothing offered is judged")
  func unknown() async throws {
    try await hub.offer(try changes(changes(of: 20)), signedBy: signer.key, attestedBy: signer)
    let last = try hub.store.read { try $0.space(space)!.lastPosition }
    let change = try #require(try changes(["x"]).first)
    let offer = Message.offer(header: change.headerBytes, body: change.bodyBytes)
    let elsewhere = Digest(tag: "test", [])
    for position in [ReadPosition(last, elsewhere), ReadPosition(last + 1, elsewhere), ReadPosition(0, elsewhere)] {
      let answer = try await answer([offer], asking: position)
      #expect(answer.count { if case .verdict = $0 { true } else { false } } == 0)
      let told = answer.compactMap { if case .cursorUnknown(_, let positions) = $0 { positions } else { nil } }
      let expected = try [1, 3, 7, 15].map { last - $0 }.filter { $0 > 0 }.map { try place($0) }
      #expect(
        try told == [[ReadPosition(0, LogPlace.start(of: space))] + expected.reversed() + [place(last)]], "\(position)")
    }
    #expect(try hub.store.read { try $0.row(of: change.dot, in: space) } == nil)
  }

  @Test("what the request itself offered is named in the page, not sent back; what was refused is sent")
  func held() async throws {
    try await hub.offer(try changes(["before"]), signedBy: signer.key, attestedBy: signer)
    let offered = try changes(["a", "b", "forbidden", "c"])
    let id = try hub.store.read { try HubIdentity.identity(in: $0).hub }
    let head = signer.head(of: offered[3], for: id)
    let offers = offered.map { Message.offer(header: $0.headerBytes, body: $0.bodyBytes) } + [.head(head)]
    let from = try hub.store.read { try $0.space(space)!.lastPosition }
    let page = try await page(offers, after: try place(from - 1))
    #expect(page.held.map(\.first) == [offered[0].dot, offered[3].dot] && page.held.map(\.count) == [2, 1])
    #expect(page.held.map(\.position) == [from + 1, from + 4])
    #expect(page.rows.map(\.position) == [from, from + 3])
    #expect(
      page.rows.last?.entry == RawEntry(headerBytes: offered[2].headerBytes, content: .void(.notAllowed)))
    // Asked again, with nothing offered, everything is sent.
    #expect(try await self.page(after: try place(from)).held.isEmpty)
  }
}
