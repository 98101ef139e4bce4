// A member's copy as a state machine: what answers has the hub's very key, and says what the input says.

internal import ClientCore
internal import Cryptography
internal import Replication
internal import SyncHub
internal import SyncProtocol
internal import Synchronization
internal import TestKit

extension FuzzTarget {
  /// Nothing unsent is lost, whatever answers say.
  static let answer = FuzzTarget(name: "answer") { bytes in
    let world = try await FuzzWorld.shared
    let (store, hubStore) = (world.copyStore(), world.hubStore())
    let copy = FuzzWorld.copy(on: store, world.honestKey)
    let liar = LyingHub(world, FuzzWorld.hub(on: hubStore), ByteSource(bytes))
    var isAcknowledged = false
    do {
      for _ in 0..<3 {
        let report = try await copy.sync(over: liar)
        note(report)
        isAcknowledged = isAcknowledged || report.outcome.counts.acknowledged > 0
      }
    } catch is ClientError { FuzzReach.note("answer", "cleared") }
    if !isAcknowledged { try store.read { try checkKept($0) } }
  }

  private static func note(_ report: SyncReport) {
    if report.outcome.progress.revoked != nil { FuzzReach.note("answer", "revoked") }
    if !report.outcome.progress.left.isEmpty { FuzzReach.note("answer", "left") }
    if report.outcome.counts.refused > 0 { FuzzReach.note("answer", "refused") }
    switch report.problem {
    case nil: FuzzReach.note("answer", "done")
    case .transport: FuzzReach.note("answer", "transport")
    case .session(.nonsense(let reason)): FuzzReach.note("answer", reason)
    case .session: FuzzReach.note("answer", "session")
    case .massRemoval: FuzzReach.note("answer", "question")
    case .forgotten: FuzzReach.note("answer", "forgotten")
    case .restoring: FuzzReach.note("answer", "restoring")
    }
  }

  /// Work that the hub has not acknowledged is in the log, in the rescue box, or sealed.
  private static func checkKept(_ reader: any StoreReader) throws {
    let words = Value.text(FuzzWorld.unsentWords)
    func holds(_ edits: [Edit]) -> Bool {
      edits.contains { if case .assign(_, words, _) = $0.operation { true } else { false } }
    }
    for space in try reader.spaces() {
      if try reader.rows(after: 0, in: space.id, bytesMax: .max).contains(where: { holds($0.entry.edits) }) { return }
    }
    if try reader.rescued().contains(where: { holds($0.change.edits) }) { return }
    let isSealed = try !ControlOutbox(from: reader).sealedChanges.isEmpty || ControlOutbox.hasSetAside(in: reader)
    try FuzzFinding.unless(isSealed, "unsent words are gone")
  }
}

/// The hub's answers, altered, and signed with its own key.
private final class LyingHub: HubTransport {
  private let world: FuzzWorld
  private let hub: LoopbackTransport
  private let source: Mutex<ByteSource>

  init(_ world: FuzzWorld, _ hub: SyncHub, _ source: ByteSource) {
    self.world = world
    self.hub = LoopbackTransport(to: hub)
    self.source = Mutex(source)
  }

  func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply {
    try await hub.join(at: place, code: code, key: key)
  }

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    let isRefused = source.withLock { $0.once(in: 32) }
    if isRefused { throw .cut("cut") }
    let answer = try await hub.sync(at: place, key: key, showing: ticket, request: request)
    return source.withLock { altered(answer, to: request, from: key.publicKey, &$0) }
  }

  func wait(_ duration: Duration) async {}

  private func altered(
    _ answer: [UInt8], to request: [UInt8], from device: PublicKey, _ source: inout ByteSource
  ) -> [UInt8] {
    guard !source.isAtEnd, var messages = try? SignedAnswer(answer).messages else { return answer }
    if source.once(in: 16) { return source.spoiled(answer) }
    for _ in 0..<source.below(4) { alter(&messages, request, &source) }
    if source.once(in: 16) {
      let content = source.spoiled(Message.encode(messages))
      messages = (try? Message.decode(content)) ?? messages
    }
    return SignedAnswer.encode(messages, by: world.hubKey, of: world.hub, to: request, from: device)
  }

  private func alter(_ messages: inout [Message], _ request: [UInt8], _ source: inout ByteSource) {
    let place = source.below(messages.count)
    switch source.below(6) {
    case 0: messages.append(lie(about: request, &source))
    case 1: messages.remove(at: place)
    case 2: messages.append(messages[place])
    case 3: messages.swapAt(place, source.below(messages.count))
    case 4: if case .page(let page) = messages[place] { messages[place] = .page(altered(page, &source)) }
    default: messages += (try? Message.decode(source.take(64))) ?? []
    }
    if messages.isEmpty { messages = [lie(about: request, &source)] }
  }

  /// A message that the hub did not mean.
  private func lie(about request: [UInt8], _ source: inout ByteSource) -> Message {
    let sent = (try? Message.decode(request)) ?? []
    let space = source.choice([world.ownSpace, world.sharedSpace, .random()])
    let dots = sent.compactMap { message -> Dot? in
      if case .offer(let header, _) = message { (try? Header(decoding: header))?.dot } else { nil }
    }
    let dot = source.choice(dots + [Dot(.random(), 1)])
    let sealed = sent.compactMap { if case .sealedChange(let bytes) = $0 { bytes } else { nil } }
    return source.choice([
      .notice(.enter(space, name: "space")), .notice(.leave(space)), .notice(.revoke(Timestamp(milliseconds: 1))),
      .notice(.restrict(role: "chair")), .notice(.forgotten), .notice(.restoring),
      .notice(.schema(version: source.number(), text: "version: 1")),
      .verdict(Verdict(space: space, dot: dot, outcome: .recorded)),
      .verdict(Verdict(space: space, dot: dot, outcome: .forked(at: max(1, source.number())))),
      .verdict(Verdict(space: space, dot: dot, outcome: .missing([Dot(.random(), 1)]))),
      .verdict(Verdict(space: space, dot: dot, outcome: .later)),
      .cursorUnknown(space, [ReadPosition(source.number(), LogPlace.start(of: space))]),
      .sealedChangeStored(SealedChange.digest(of: sealed.first ?? [])),
      .bodies(BodyNews(space: space, number: source.number(), wanted: [dot], arrived: [])),
    ])
  }

  /// The page with other rows, proved all the same.
  private func altered(_ page: Page, _ source: inout ByteSource) -> Page {
    var rows = page.rows.map(\.entry)
    var held = page.held
    switch source.below(5) {
    case 0: if !rows.isEmpty { rows.remove(at: source.below(rows.count)) }
    case 1: rows += rows.prefix(1)
    case 2:
      rows = rows.map { RawEntry(headerBytes: $0.headerBytes, content: .void(.notAllowed)) }
    case 3: held = []
    default:
      rows = rows.map { entry in
        RawEntry(headerBytes: entry.headerBytes, content: .redactedBody([0x80]))
      }
    }
    return proved(page, rows, held)
  }

  private func proved(_ page: Page, _ entries: [RawEntry], _ held: [Page.HeldRun]) -> Page {
    let time = Timestamp(milliseconds: 0)
    var (position, digest) = (page.from, page.from == 0 ? LogPlace.start(of: page.space) : page.digest)
    var rows: [Page.Row] = []
    for raw in entries {
      guard let entry = try? raw.decoded() else { continue }
      let place = LogPlace(after: position, digest, of: entry.digest, refusedFor: entry.refusal, at: time)
      (position, digest) = (place.position, place.digest)
      rows.append(Page.Row(position: position, time: time, entry: raw))
    }
    let checkpoint = Checkpoint(
      hub: world.hub, epoch: page.epoch, space: page.space, position: position, digest: digest)
    let signed = Page.SignedPosition(position: position, signature: checkpoint.signature(by: world.hubKey))
    return Page(
      space: page.space, epoch: page.epoch, from: page.from, to: position, lastPosition: position, digest: digest,
      rows: rows, held: held, checkpoints: rows.isEmpty ? [] : [signed])
  }
}
