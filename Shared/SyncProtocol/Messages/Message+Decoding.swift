// Messages read from bytes. The reader takes what the writer makes (see `Message+Encoding`) and nothing else: known keys
// only, in their order, each once.

internal import Cryptography
package import Replication

extension Message {
  /// Reads a whole request or response.
  ///
  /// - Throws: ``CBORError`` for anything that is not a sequence of messages; then none of it counts.
  package static func decode(_ bytes: [UInt8]) throws(CBORError) -> [Message] {
    var reader = CBORReader(bytes)
    var messages: [Message] = []
    while !reader.isAtEnd { messages.append(try Message(from: &reader)) }
    return messages
  }

  private init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    switch try reader.unsigned() {
    case 1: self = .hello(try reader.hello())
    case 2: self = .offer(try reader.offer())
    case 3: self = .head(try reader.head())
    case 4:
      var header: [UInt8]?
      try reader.fields { (key, reader) throws(CBORError) in
        guard key == 1 else { throw .mapKeys }
        header = try reader.bytes()
      }
      guard let header else { throw .mapKeys }
      self = .connectingHeader(header)
    case 5:
      var sealed: [UInt8]?
      try reader.fields { (key, reader) throws(CBORError) in
        guard key == 1 else { throw .mapKeys }
        sealed = try reader.bytes()
      }
      guard let sealed else { throw .mapKeys }
      self = .sealedChange(sealed)
    case 6: self = .cleared(try reader.clearing())
    case 7:
      var id: RecordID?
      var isYes: Bool?
      try reader.fields { (key, reader) throws(CBORError) in
        switch key {
        case 1: id = try reader.id()
        case 2: isYes = try reader.bool()
        default: throw .mapKeys
        }
      }
      guard let id, let isYes else { throw .mapKeys }
      self = .proposalAnswer(id, isYes)
    case 16: self = .welcome(try reader.welcome())
    case 17: self = .verdict(try reader.verdict())
    case 18: self = .notice(try reader.notice())
    case 19: self = .page(try reader.page())
    case 20:
      var space: SpaceID?
      var heights: [ChainHeight]?
      try reader.fields { (key, reader) throws(CBORError) in
        switch key {
        case 1: space = try reader.id()
        case 2: heights = try reader.vector()
        default: throw .mapKeys
        }
      }
      guard let space, let heights else { throw .mapKeys }
      self = .cursorUnknown(space, heights)
    case 21:
      guard try reader.map() == 0 else { throw .mapKeys }
      self = .end
    case 22:
      var digest: Digest?
      try reader.fields { (key, reader) throws(CBORError) in
        guard key == 1 else { throw .mapKeys }
        digest = try reader.digest()
      }
      guard let digest else { throw .mapKeys }
      self = .sealedChangeStored(digest)
    default: throw .value
    }
  }
}

extension CBORReader {
  fileprivate mutating func clearing() throws(CBORError) -> Clearing {
    var spaces: [SpaceID]?
    try fields { (key, reader) throws(CBORError) in
      guard key == 1 else { throw .mapKeys }
      var found: [SpaceID] = []
      for _ in 0..<(try reader.array()) { found.append(try reader.id()) }
      guard (1...Limits.spacesPerRequestMax).contains(found.count) else { throw .value }
      spaces = found
    }
    return spaces.map { .spaces($0) } ?? .everything
  }

  fileprivate mutating func hello() throws(CBORError) -> Hello {
    var numbers: [UInt64: UInt64] = [:]
    var replica: ReplicaID?
    var hub: HubID?
    var epoch: EpochID?
    var spaces: [SpaceRequest]?
    var role: String?
    var held: [RecordID] = []
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1, 3, 7: numbers[key] = try reader.unsigned()
      case 2: replica = try reader.id()
      case 4: hub = try reader.id()
      case 5: spaces = try reader.asks()
      case 6: epoch = try reader.id()
      case 8: role = try reader.role()
      case 9: held = try reader.held()
      default: throw .mapKeys
      }
    }
    guard let version = numbers[1], let model = numbers[3], let replica, let spaces else { throw .mapKeys }
    return Hello(
      protocolVersion: version, replica: replica, modelVersion: model, hub: hub, epoch: epoch, spaces: spaces,
      unsent: numbers[7], role: role, knownProposals: held)
  }

  private mutating func held() throws(CBORError) -> [RecordID] {
    let count = try array()
    guard (1...Limits.proposalsPerRequestMax).contains(count) else { throw .value }
    var ids: [RecordID] = []
    for _ in 0..<count { ids.append(try id()) }
    return ids
  }

  private mutating func role() throws(CBORError) -> String {
    let role = try text()
    guard (1...Limits.nameBytesMax).contains(role.utf8.count) else { throw .value }
    return role
  }

  private mutating func asks() throws(CBORError) -> [SpaceRequest] {
    let count = try array()
    guard count <= Limits.spacesPerRequestMax else { throw .value }
    var asks: [SpaceRequest] = []
    for _ in 0..<count {
      var space: SpaceID?
      var cursor: Cursor?
      var vector: [ChainHeight]?
      try fields { (key, reader) throws(CBORError) in
        switch key {
        case 1: space = try reader.id()
        case 2: cursor = try reader.cursor()
        case 3: vector = try reader.vector()
        default: throw .mapKeys
        }
      }
      guard let space, cursor != nil || vector != nil else { throw .mapKeys }
      guard !asks.contains(where: { $0.space == space }) else { throw .value }
      asks.append(SpaceRequest(space: space, cursor: cursor, vector: vector))
    }
    return asks
  }

  private mutating func cursor() throws(CBORError) -> Cursor {
    var epoch: EpochID?
    var position: UInt64?
    var digest: Digest?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: epoch = try reader.id()
      case 2: position = try reader.unsigned()
      case 3: digest = try reader.digest()
      default: throw .mapKeys
      }
    }
    guard let epoch, let position else { throw .mapKeys }
    guard position <= Limits.counterMax, (position == 0) == (digest == nil) else { throw .value }
    return Cursor(epoch: epoch, position: position, digest: digest)
  }

  fileprivate mutating func digest() throws(CBORError) -> Digest {
    guard let digest = Digest(bytes: try bytes(max: 32)) else { throw .value }
    return digest
  }

  fileprivate mutating func vector() throws(CBORError) -> [ChainHeight] {
    var heights: [ChainHeight] = []
    for _ in 0..<(try array()) {
      guard try array() == 3 else { throw .type }
      let height = ChainHeight(replica: try id(), sequence: try unsigned(), digest: try digest())
      guard (1...Limits.counterMax).contains(height.sequence),
        heights.last.map({ $0.replica < height.replica }) ?? true
      else { throw .value }
      heights.append(height)
    }
    return heights
  }

  fileprivate mutating func offer() throws(CBORError) -> RawEntry {
    var header: [UInt8]?
    var body: [UInt8]?
    var reason: RefusalReason?
    var rest: [UInt8]?
    var signature: [UInt8]?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: header = try reader.bytes()
      case 2: body = try reader.bytes()
      case 3: reason = try reader.reason()
      case 4: rest = try reader.bytes()
      case 5: signature = try reader.signature()
      default: throw .mapKeys
      }
    }
    switch (header, body, reason, rest, signature) {
    case (let header?, let body?, nil, nil, nil): return RawEntry(headerBytes: header, content: .body(body))
    case (let header?, nil, nil, let rest?, nil): return RawEntry(headerBytes: header, content: .redactedBody(rest))
    case (let header?, nil, let reason?, nil, _):
      return RawEntry(headerBytes: header, content: .void(reason, signature: signature))
    default: throw .mapKeys
    }
  }

  fileprivate mutating func head() throws(CBORError) -> SignedHead {
    var space: SpaceID?
    var replica: ReplicaID?
    var sequence: UInt64?
    var digest: Digest?
    var key: PublicKey?
    var signature: [UInt8]?
    try fields { (number, reader) throws(CBORError) in
      switch number {
      case 1: space = try reader.id()
      case 2: replica = try reader.id()
      case 3: sequence = try reader.unsigned()
      case 4: digest = try reader.digest()
      case 5: key = try reader.key()
      case 6: signature = try reader.signature()
      default: throw .mapKeys
      }
    }
    guard let space, let replica, let sequence, let digest, let key, let signature else { throw .mapKeys }
    return try head(space, Dot(replica, sequence), digest, key, signature)
  }

  /// A head as a page carries it, whose space the page names.
  private mutating func head(of space: SpaceID) throws(CBORError) -> SignedHead {
    guard try array() == 5 else { throw .type }
    return try head(space, Dot(try id(), try unsigned()), try digest(), try key(), try signature())
  }

  private func head(
    _ space: SpaceID, _ dot: Dot, _ digest: Digest, _ key: PublicKey, _ signature: [UInt8]
  ) throws(CBORError) -> SignedHead {
    guard (1...Limits.counterMax).contains(dot.sequence) else { throw .value }
    return SignedHead(space: space, dot: dot, digest: digest, key: key, signature: signature)
  }

  private mutating func key() throws(CBORError) -> PublicKey {
    guard let key = PublicKey(bytes: try bytes(max: 32)) else { throw .value }
    return key
  }

  private mutating func signature() throws(CBORError) -> [UInt8] {
    let bytes = try bytes(max: 64)
    guard bytes.count == 64 else { throw .value }
    return bytes
  }

  private mutating func reason() throws(CBORError) -> RefusalReason {
    let reason = try text()
    guard (1...Limits.nameBytesMax).contains(reason.utf8.count) else { throw .value }
    return RefusalReason(rawValue: reason)
  }

  fileprivate mutating func welcome() throws(CBORError) -> Welcome {
    var numbers: [UInt64: UInt64] = [:]
    var hub: HubID?
    var epoch: EpochID?
    var time: Int64?
    var sealing: SealingPublicKey?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1, 5: numbers[key] = try reader.unsigned()
      case 2: hub = try reader.id()
      case 3: epoch = try reader.id()
      case 4: time = try reader.integer()
      case 6:
        guard let key = SealingPublicKey(bytes: try reader.bytes(max: 32)) else { throw .value }
        sealing = key
      default: throw .mapKeys
      }
    }
    guard let version = numbers[1], let model = numbers[5], let hub, let epoch, let time else { throw .mapKeys }
    return Welcome(
      protocolVersion: version, hub: hub, epoch: epoch, time: Timestamp(milliseconds: time), modelVersion: model,
      sealing: sealing)
  }

  fileprivate mutating func verdict() throws(CBORError) -> Verdict {
    var space: SpaceID?
    var replica: ReplicaID?
    var numbers: [UInt64: UInt64] = [:]
    var reason: RefusalReason?
    var missing: [Dot]?
    var signature: [UInt8]?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: space = try reader.id()
      case 2: replica = try reader.id()
      case 3, 4, 7: numbers[key] = try reader.unsigned()
      case 5: reason = try reader.reason()
      case 6: missing = try reader.dots()
      case 8: signature = try reader.signature()
      default: throw .mapKeys
      }
    }
    guard let space, let replica, let sequence = numbers[3], let code = numbers[4] else { throw .mapKeys }
    guard signature == nil || code == 4 else { throw .value }
    let outcome: Verdict.Outcome
    switch (code, reason, missing, numbers[7]) {
    case (0, nil, nil, nil): outcome = .accepted
    case (1, nil, nil, nil): outcome = .alreadyHad
    case (2, nil, let dots?, nil): outcome = .missing(dots)
    case (3, nil, nil, let at?): outcome = .forked(at: at)
    case (4, let reason?, nil, nil): outcome = .refused(reason, signature: signature)
    case (5, nil, nil, nil): outcome = .later
    default: throw .value
    }
    return Verdict(space: space, dot: Dot(replica, sequence), outcome: outcome)
  }

  fileprivate mutating func notice() throws(CBORError) -> Notice {
    var name: String?
    var space: SpaceID?
    var text: String?
    var version: UInt64?
    var time: Int64?
    var id: RecordID?
    var rescue: SealedChange?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: name = try reader.text()
      case 2: space = try reader.id()
      case 3: text = try reader.text()
      case 4: version = try reader.unsigned()
      case 5: time = try reader.integer()
      case 6: id = try reader.id()
      case 7: rescue = try SealedChange(decoding: try reader.bytes())
      default: throw .mapKeys
      }
    }
    switch (name, id, rescue) {
    case ("held", let id?, let rescue?) where space == nil && text == nil && version == nil && time == nil:
      return .proposal(id, rescue)
    case ("settled", let id?, nil) where space == nil && text == nil && version == nil && time == nil:
      return .proposalClosed(id)
    case (_, nil, nil): break
    default: throw .value
    }
    switch (name, space, text, version, time) {
    case ("enter", let space?, let label?, nil, nil): return .enter(space, name: label)
    case ("leave", let space?, nil, nil, nil): return .leave(space)
    case ("restrict", nil, let role?, nil, nil): return .restrict(role: role)
    case ("revoke", nil, nil, nil, let time?): return .revoke(Timestamp(milliseconds: time))
    case ("schema", nil, let text?, let version?, nil): return .schema(version: version, text: text)
    default: throw .value
    }
  }

  fileprivate mutating func page() throws(CBORError) -> Page {
    var space: SpaceID?
    var epoch: EpochID?
    var numbers: [UInt64: UInt64] = [:]
    var digest: Digest?
    var rows: [Page.Row]?
    var heads: [SignedHead] = []
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: space = try reader.id()
      case 2: epoch = try reader.id()
      case 3, 4, 5: numbers[key] = try reader.unsigned()
      case 6: digest = try reader.digest()
      case 7: rows = try reader.pageRows()
      case 8:
        guard let space else { throw .mapKeys }
        for _ in 0..<(try reader.array()) { heads.append(try reader.head(of: space)) }
        guard !heads.isEmpty else { throw .value }
      default: throw .mapKeys
      }
    }
    guard let space, let epoch, let from = numbers[3], let to = numbers[4], let head = numbers[5], let rows else {
      throw .mapKeys
    }
    guard from <= to, to <= head, (to == 0) == (digest == nil),
      rows.allSatisfy({ from < $0.position && $0.position <= to })
    else { throw .value }
    return Page(
      space: space, epoch: epoch, from: from, to: to, lastPosition: head, digest: digest, rows: rows, heads: heads)
  }

  private mutating func pageRows() throws(CBORError) -> [Page.Row] {
    var rows: [Page.Row] = []
    for _ in 0..<(try array()) {
      let width = try array()
      guard (3...5).contains(width) else { throw .type }
      let position = try unsigned()
      guard rows.last.map({ $0.position < position }) ?? true else { throw .value }
      let header = try bytes()
      if width == 3 {
        rows.append(Page.Row(position: position, entry: RawEntry(headerBytes: header, content: .body(try bytes()))))
      } else {
        guard skipNull() else { throw .type }
        let isRest = try nextMajor() == 2
        if isRest {
          guard width == 4 else { throw .type }
          rows.append(
            Page.Row(position: position, entry: RawEntry(headerBytes: header, content: .redactedBody(try bytes()))))
          continue
        }
        let reason = try reason()
        let signature = width == 5 ? try signature() : nil
        rows.append(
          Page.Row(
            position: position,
            entry: RawEntry(headerBytes: header, content: .void(reason, signature: signature))))
      }
    }
    return rows
  }
}
