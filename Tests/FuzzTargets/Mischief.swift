// What an enrolled device can offer: changes that are nearly right, under its own replica ids and others', replayed, in any
// order, with any head.

internal import Cryptography
internal import Replication
internal import SyncHub
internal import SyncProtocol
internal import TestKit

/// A device that writes what its input says.
struct Mischief {
  typealias Offer = (header: [UInt8], body: [UInt8])

  private struct Chain {
    let replica: ReplicaID
    var tips: [SpaceID: Tip] = [:]
  }

  private let world: FuzzWorld
  /// The hub's own store, which an intruder may know.
  private let store: InMemoryStore
  private let signer: Signer
  private var chains: [Chain]
  private var made: [Offer] = []
  private var requests: [[UInt8]] = []
  private var records: [RecordID]
  private var dots: [Dot] = []
  var source: ByteSource

  init(_ world: FuzzWorld, _ source: ByteSource, _ store: InMemoryStore) {
    self.world = world
    self.store = store
    self.source = source
    signer = Signer(world.intruderKey)
    chains = [Chain(replica: signer.newName()), Chain(replica: signer.newName())]
    records = [world.sharedRecord, .random(), .random(), world.ownRecord]
  }

  // MARK: Requests

  /// The next request; `nil` once the input is used up.
  mutating func nextRequest() throws -> [UInt8]? {
    guard !source.isAtEnd, requests.count < 16 else { return nil }
    if source.once(in: 8), let earlier = requests.randomElement(by: &source) { return earlier }
    let offers = try (0...source.below(8)).map { _ in try offer() }
    var messages: [Message] = [try hello()]
    messages += offers.map { .offer(header: $0.header, body: $0.body) }
    messages += heads(of: offers).map { .head($0) }
    messages += others()
    if source.once(in: 16) { messages.reverse() }
    var request = Message.encode(messages)
    if source.once(in: 16) { request = source.spoiled(request) }
    requests.append(request)
    return request
  }

  private mutating func hello() throws -> Message {
    let spaces = source.choice([[], [world.sharedSpace], [world.sharedSpace, world.ownSpace, .random()]])
    let requests = try spaces.map { space in
      let digest = try store.read { try $0.place(at: 1, in: space)?.digest } ?? LogPlace.start(of: space)
      return SpaceRequest(
        space: space, position: source.once(in: 3) ? ReadPosition(source.number(), digest) : nil)
    }
    return .hello(
      Hello(
        replica: source.once(in: 4) ? .random() : chains[0].replica,
        modelVersion: source.once(in: 8) ? source.number() : 1,
        hub: source.once(in: 8) ? .random() : nil, spaces: requests,
        unsent: source.once(in: 4) ? source.number() : nil))
  }

  /// A head for each chain of the offers, most of them valid.
  mutating func heads(of offers: [Offer]) -> [SignedHead] {
    guard !source.once(in: 8) else { return [] }
    let last = Dictionary(
      offers.compactMap { offer in
        (try? Header(decoding: offer.header)).map {
          (Dot($0.replica, $0.space == world.sharedSpace ? 1 : 0), (offer, $0))
        }
      }, uniquingKeysWith: { $1 })
    return last.keys.sorted().compactMap { last[$0] }.map { offer, header in
      SignedHead(
        space: header.space, dot: header.dot, digest: Header.digest(of: offer.header),
        for: source.once(in: 16) ? .random() : world.hub, by: source.once(in: 16) ? SigningKey() : world.intruderKey,
        salt: signer.allSalts[header.replica] ?? .random())
    }
  }

  /// Messages beside changes.
  private mutating func others() -> [Message] {
    switch source.below(8) {
    case 4: [.sealedChange(source.take(source.below(64)))]
    case 5: [.cleared(source.once(in: 2) ? .everything : .spaces([world.sharedSpace]))]
    case 6: [.proposalAnswer(records[1], source.once(in: 2))]
    case 7:
      [
        .segment(
          LogSegment(
            space: world.sharedSpace, epoch: .random(), from: source.number() & (1 << 53 - 1),
            start: LogPlace.start(of: world.sharedSpace),
            rows: made.prefix(3).map {
              LogSegment.Row(
                time: Timestamp(milliseconds: 0),
                content: .entry(RawEntry(headerBytes: $0.header, content: .body($0.body))))
            }, signature: [UInt8](repeating: 0, count: 64)))
      ]
    default: []
    }
  }

  // MARK: Changes

  /// The next change, or an earlier one once more.
  mutating func offer() throws -> Offer {
    if source.once(in: 8), let earlier = made.randomElement(by: &source) { return earlier }
    let change = try change()
    var offer: Offer = (change.headerBytes, change.bodyBytes)
    switch source.below(32) {
    case 30: offer.header = source.spoiled(offer.header)
    case 31: offer.body = source.spoiled(offer.body)
    default: break
    }
    made.append(offer)
    dots.append(change.dot)
    return offer
  }

  private mutating func change() throws -> Change {
    let chain = source.below(chains.count)
    if source.once(in: 8) { chains[chain] = Chain(replica: signer.newName()) }
    let space = source.once(in: 8) ? source.choice([world.ownSpace, .random()]) : world.sharedSpace
    let tip = chains[chain].tips[space]
    let isPlain = !source.once(in: 4)
    let lamport = max(tip?.lamport ?? 0, try store.read { try $0.space(space)?.lamport } ?? 0) + 1
    let edits = (0...source.below(4)).map { _ in edit() }
    let change = Change(
      edits: edits, space: space, replica: isPlain ? chains[chain].replica : try otherReplica(in: space),
      previous: isPlain || source.once(in: 2)
        ? tip : Tip(sequence: source.number() >> 12, digest: digest(), lamport: 0),
      lamport: isPlain ? lamport : source.choice([lamport, 0, source.number()]),
      author: isPlain ? world.intruder.member : source.choice([.random(), world.intruder.member]),
      time: Timestamp(milliseconds: isPlain ? 0 : Int64(bitPattern: source.number())),
      modelVersion: isPlain ? 1 : source.number())
    if isPlain {
      chains[chain].tips[space] = Tip(sequence: change.header.sequence, digest: change.digest, lamport: lamport)
    }
    return change
  }

  private mutating func otherReplica(in space: SpaceID) throws -> ReplicaID {
    try source.choice([chains[0].replica] + store.read({ try $0.tips(in: space).keys.sorted() }) + [.random()])
  }

  private mutating func digest() -> Digest { Digest(tag: "fuzz", [source.byte()]) }

  private mutating func edit() -> Edit {
    let record = source.choice(records)
    let kind = source.choice(["event", "event", "meeting", "member", "no_such_kind"])
    let field = source.choice(["title", "head_count", "place", "starts", "no_such_field"])
    return Edit(
      record: record, kind: kind,
      operation: source.choice([
        .makePresent(supersedes: seen()), .assign(field: field, value: value(depth: 0), supersedes: seen()),
        .add(field: field, element: value(depth: 0), supersedes: seen()),
        .remove(field: field, element: value(depth: 0), supersedes: seen()),
        .count(field: field, amount: Int64(bitPattern: source.number())),
        .append(field: field, entry: value(depth: 0)), .delete(supersedes: seen(), seen: seen()), .erase,
      ]))
  }

  /// Dots that a change claims to have seen: of its own, of others, or of nobody.
  private mutating func seen() -> DotSet {
    guard source.once(in: 4), !dots.isEmpty else { return [] }
    let dot = source.choice(dots)
    return source.once(in: 4)
      ? DotSet(runs: [DotSet.Run(dot.replica, 1, max(1, source.number() & (1 << 53 - 1)))]) : DotSet([dot])
  }

  private mutating func value(depth: Int) -> Value {
    switch source.below(depth < 6 ? 10 : 7) {
    case 0: .text("words")
    case 1: .null
    case 2: .bool(source.once(in: 2))
    case 3: .integer(Int64(bitPattern: source.number()))
    case 4: .text(String(decoding: source.take(source.below(32)), as: UTF8.self))
    case 5: .bytes(source.take(source.below(32)))
    case 6: .link(source.choice(records))
    case 7: .list((0..<source.below(4)).map { _ in value(depth: depth + 1) })
    case 8: .map(["start": value(depth: depth + 1), "": .null])
    default: .unknown([0xf9, source.byte(), source.byte()])
    }
  }
}

extension Array {
  /// An element that the source chooses; `nil` if there is none.
  fileprivate func randomElement(by source: inout ByteSource) -> Element? {
    isEmpty ? nil : source.choice(self)
  }
}
