// What can be asked of a hub, by somebody who knows, or guesses, the names of things that are not for them. The same ask
// with names of nothing at all must get the same answer. The hub has no search, and gives no digest of a space; what a
// device may list, look up, go through or compare, it does by its own copy, which comes in pages.

import Cryptography
import PartnerExchange
import Replication
import SyncHub
import SyncProtocol

/// The names that an ask is made with: of things in a foreign space, or of nothing.
struct Names {
  let space: SpaceID
  let replica: ReplicaID
  let author: MemberID
  let record: RecordID
  let header: Digest
  /// The running digest of the log at the row.
  let running: Digest
  /// Where the row stands, the same for things that are and for things that are not.
  let position, sequence, lamport: UInt64
  /// The change itself; of nothing, one that nobody made.
  let change: Change
  /// The salt of a new name for the asker's own copy.
  let salt = ReplicaSalt.random()

  /// Of a change of the foreign space.
  init(of row: LogRow) {
    guard case .change(let change) = row.entry, let place = row.place else {
      preconditionFailure("a void names no record")
    }
    let header = change.header
    (space, replica, author) = (header.space, header.replica, header.author)
    (record, self.header) = (change.records.first!, change.digest)
    (position, sequence, lamport) = (row.position, header.sequence, header.lamport)
    (self.change, running) = (change, place.digest)
  }

  /// Of nothing: with the numbers of something.
  init(likeNothingBut other: Names) {
    (space, replica, author, record) = (.random(), .random(), .random(), .random())
    (position, sequence, lamport) = (other.position, other.sequence, other.lamport)
    let edit = Edit(record: record, kind: "event", operation: .count(field: "tickets", amount: 1))
    let previous = Tip(sequence: sequence - 1, digest: Digest(tag: "t", randomBytes(8)), lamport: 0)
    change = Change(
      edits: [edit], space: space, replica: replica, previous: sequence > 1 ? previous : nil, lamport: lamport,
      author: author, time: Timestamp(milliseconds: 0), modelVersion: 1)
    (header, running) = (change.digest, Digest(tag: "t", randomBytes(8)))
  }

  /// A new name for the asker's own copy.
  func own(of asker: HostileCaller) -> ReplicaID { ReplicaID(of: asker.key.publicKey, salt: salt) }

  var dot: Dot { Dot(replica, sequence) }
  var tip: Tip { Tip(sequence: sequence, digest: header, lamport: lamport) }

  /// In every form, under a name that is the same for all names.
  func secrets(of asker: HostileCaller) -> [Secret] {
    [
      Secret("<space>", space), Secret("<replica>", replica), Secret("<author>", author), Secret("<record>", record),
      Secret("<header>", header), Secret("<running>", running), Secret("<own>", own(of: asker)),
    ]
  }
}

/// The header and the body of an offered change.
typealias OfferedBytes = (header: [UInt8], body: [UInt8])

/// Who asks: whose key signs, and what they may read and write themselves.
struct HostileCaller: Sendable {
  let key: SigningKey
  let member: MemberID
  let space: SpaceID
  let hub: HubID
  let epoch: EpochID
  let model: UInt64

  /// Attests whatever is offered.
  func heads(of offers: [OfferedBytes], _ names: Names) -> [Message] {
    offers.compactMap { offer in
      guard let header = try? Header(decoding: offer.header) else { return nil }
      let digest = Header.digest(of: offer.header)
      return .head(
        SignedHead(space: header.space, dot: header.dot, digest: digest, for: hub, by: key, salt: names.salt))
    }
  }
}

/// One thing to ask.
struct HostileRequest: Sendable {
  let name: String
  let method: String
  let path: @Sendable (Names) -> String
  let body: @Sendable (Names, HostileCaller) -> [UInt8]
  /// Of its body, where the hub looks at that.
  var type: String?

  /// A sync that asks about one space.
  private static func page(
    _ name: String, _ ask: @escaping @Sendable (Names, HostileCaller) -> SpaceRequest
  ) -> HostileRequest {
    sync(name) { names, asker in ([ask(names, asker)], []) }
  }

  /// A sync that offers changes.
  private static func offer(
    _ name: String, _ offers: @escaping @Sendable (Names, HostileCaller) -> [OfferedBytes]
  ) -> HostileRequest {
    sync(name) { names, asker in
      let offers = offers(names, asker)
      return ([], offers.map { .offer(header: $0.header, body: $0.body) } + asker.heads(of: offers, names))
    }
  }

  /// A sync that brings a run of the log, with a signature that the asker can make.
  private static func bring(
    _ name: String, _ content: @escaping @Sendable (Names, HostileCaller) -> LogSegment.Row.Content
  ) -> HostileRequest {
    sync(name) { names, asker in
      let row = LogSegment.Row(time: Timestamp(milliseconds: 0), content: content(names, asker))
      let checkpoint = Checkpoint(
        hub: asker.hub, epoch: asker.epoch, space: names.space, position: names.position, digest: names.running)
      let segment = LogSegment(
        space: names.space, epoch: asker.epoch, from: names.position - 1, start: names.running, rows: [row],
        signature: checkpoint.signature(by: asker.key))
      return ([], [.segment(segment)])
    }
  }

  private static func sync(
    _ name: String, _ content: @escaping @Sendable (Names, HostileCaller) -> ([SpaceRequest], [Message])
  ) -> HostileRequest {
    HostileRequest(
      name: name, method: "POST", path: { _ in "/v1/sync" },
      body: { names, asker in
        let (asks, messages) = content(names, asker)
        let hello = Hello(replica: names.own(of: asker), modelVersion: asker.model, hub: nil, spaces: asks)
        return Message.encode([.hello(hello)] + messages)
      }, type: "application/cbor-seq")
  }

  private static func get(_ path: @escaping @Sendable (Names) -> String, _ name: String) -> HostileRequest {
    HostileRequest(name: name, method: "GET", path: path, body: { _, _ in [] })
  }

  /// A change that the asker makes.
  private static func change(
    _ operations: [Operation], of record: RecordID, in space: SpaceID, by asker: HostileCaller, as replica: ReplicaID,
    after previous: Tip? = nil, lamport: UInt64 = 1
  ) -> OfferedBytes {
    let edits = operations.map { Edit(record: record, kind: "event", operation: $0) }
    let change = Change(
      edits: edits, space: space, replica: replica, previous: previous, lamport: lamport, author: asker.member,
      time: Timestamp(milliseconds: 0), modelVersion: asker.model)
    return (change.headerBytes, change.bodyBytes)
  }

  private static func title(_ dots: DotSet) -> Operation {
    .assign(field: "title", value: .text("Forged"), supersedes: dots)
  }

  static let inForeignSpace: [HostileRequest] = [
    page("its list") { names, _ in SpaceRequest(space: names.space, position: nil) },
    page("its list, after the beginning") { names, _ in
      SpaceRequest(space: names.space, position: ReadPosition(0, LogPlace.start(of: names.space)))
    },
    page("what came after a row") { names, _ in
      SpaceRequest(space: names.space, position: ReadPosition(names.position, names.running))
    },
    page("what came before a row") { names, _ in
      SpaceRequest(space: names.space, position: ReadPosition(names.position - 1, names.running))
    },
    page("how far it goes") { names, _ in
      SpaceRequest(space: names.space, position: ReadPosition(Limits.counterMax, names.running))
    },
    page("whether a row stands at a place") { names, _ in
      SpaceRequest(space: names.space, position: ReadPosition(names.position, Digest(tag: "t", [])))
    },
    offer("whether a change is had") { names, _ in [(names.change.headerBytes, names.change.bodyBytes)] },
    bring("a change of it, as taken") { names, _ in .entry(RawEntry(.change(names.change))) },
    bring("a change of it, as refused") { names, _ in
      .entry(RawEntry(headerBytes: names.change.headerBytes, content: .void(.notAllowed)))
    },
    bring("a change of it, as left out") { names, _ in .stub(names.header, refusedFor: nil) },
    offer("whether a dot is taken") { names, asker in
      [
        change(
          [.makePresent(supersedes: [])], of: .random(), in: names.space, by: asker, as: names.replica,
          lamport: names.lamport)
      ]
    },
    offer("to go on in its chain") { names, asker in
      [
        change(
          [title([])], of: names.record, in: names.space, by: asker, as: names.replica, after: names.tip,
          lamport: names.lamport + 1)
      ]
    },
    offer("to write a record, over its siblings") { names, asker in
      [
        change([title([names.dot])], of: names.record, in: names.space, by: asker, as: names.own(of: asker)),
        change([.makePresent(supersedes: [])], of: .random(), in: names.space, by: asker, as: names.own(of: asker)),
      ]
    },
    offer("with a change that nobody can read") { names, asker in
      let junk: [UInt8] = [0xff]
      let header = Header(
        space: names.space, replica: names.own(of: asker), sequence: 1, lamport: 1, author: asker.member,
        time: Timestamp(milliseconds: 0), modelVersion: asker.model, previous: nil,
        bodyDigest: Digest(tag: "board.body", junk))
      return [(header.encoded, junk)]
    },
  ]

  static let inOwnSpace: [HostileRequest] = [
    page("from a foreign row on") { names, asker in
      SpaceRequest(space: asker.space, position: ReadPosition(1, names.running))
    },
    offer("to write a foreign record") { names, asker in
      [change([title([])], of: names.record, in: asker.space, by: asker, as: names.own(of: asker))]
    },
    offer("to supersede a foreign change") { names, asker in
      [
        change(
          [.makePresent(supersedes: [names.dot]), title([names.dot])], of: .random(), in: asker.space, by: asker,
          as: names.own(of: asker))
      ]
    },
    offer("to remove a foreign record") { names, asker in
      [
        change(
          [.delete(supersedes: [names.dot], seen: [names.dot])], of: names.record, in: asker.space, by: asker,
          as: names.own(of: asker))
      ]
    },
  ]

  /// A copy that writes in the foreign space may write in the asker's own, too, and the asker may know of that.
  static let ofNames: [HostileRequest] = [
    offer("to write under a foreign copy's name") { names, asker in
      [change([title([])], of: names.record, in: asker.space, by: asker, as: names.replica)]
    }
  ]

  /// A turn of a partner's hub.
  static let ofPartners: [HostileRequest] = [
    HostileRequest(
      name: "a turn", method: "POST", path: { _ in "/v1/partner" },
      body: { names, _ in
        Turn.begin(
          Introduction(hub: HubID(bytes: names.space.bytes)!, sealing: SealingKey().publicKey, model: ""),
          to: .random(), nonce: []
        ).encoded
      }, type: "application/cbor"),
    HostileRequest(
      name: "an answer of a turn", method: "POST", path: { _ in "/v1/partner" },
      body: { names, _ in Turn.answer(names.change.headerBytes).encoded }, type: "application/cbor"),
  ]

  static let withoutProof: [HostileRequest] = [
    get({ _ in "/v1/health" }, "health"), get({ _ in "/v1/status" }, "status"),
    get({ _ in "/v1/openapi.json" }, "the description"), get({ "/v1/status?space=\($0.space)" }, "a space's status"),
    get({ "/v1/spaces/\($0.space)" }, "a space"), get({ "/v1/records/\($0.record)" }, "a record"),
    get({ "/v1/sync?space=\($0.space)" }, "a page"), get({ "/v1/search?q=\($0.record)" }, "a search"),
    get({ "/v1/digest/\($0.space)" }, "a digest"), get({ "/v1/events?space=\($0.space)" }, "events"),
  ]

  static func joins(_ hub: GuardedHub) -> [HostileRequest] {
    func join(_ name: String, _ code: String) -> HostileRequest {
      HostileRequest(
        name: name, method: "POST", path: { _ in "/v1/join" }, body: { _, _ in Array(#"{"code":"\#(code)"}"#.utf8) })
    }
    let wrong = String(hub.openCode.prefix(5)) + "AAAA-AAAA-AAAA-AAAA"
    return [
      join("with a spent code", hub.spentCode), join("with half a code", wrong),
      join("with no code", "AAAA-AAAA-AAAA-AAAA-AAAA"),
    ]
  }
}
