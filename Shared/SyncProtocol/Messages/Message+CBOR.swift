// Messages as bytes. The reader takes what the writer makes and nothing else (deterministic CBOR, known keys only).
//
//   1 hello {1 protocol, 2 replica, 3 model version, 4 hub?, 5 [{1 space, 2 cursor?, 3 vector?}],
//           6 epoch?}
//   2 offer {1 header, 2 body | 3 reason}
//  16 welcome {1 protocol, 2 hub, 3 epoch, 4 time in ms, 5 model version}
//  17 verdict {1 space, 2 replica, 3 sequence, 4 code, 5 reason?, 6 missing dots?, 7 forked at?}
//     codes: 0 accepted  1 already had  2 missing  3 forked  4 refused  5 later
//  18 notice {1 name, 2 space?, 3 text?, 4 version?}   names: enter, leave, schema
//  19 page {1 space, 2 epoch, 3 from, 4 to, 5 head, 6 digest?, 7 [[position, header, body] | [position, header, null, reason]]}
//  20 cursorUnknown {1 space, 2 vector}
//  21 end {}
//   cursor {1 epoch, 2 position, 3 digest?}; vector [[replica, sequence, digest]] by replica

internal import Cryptography
package import Replication

extension Message {
  /// A request or response as bytes.
  package static func encode(_ messages: [Message]) -> [UInt8] {
    var writer = CBORWriter()
    for message in messages { message.encode(into: &writer) }
    return writer.bytes
  }

  /// Reads a whole request or response.
  ///
  /// - Throws: ``CBORError`` for anything that is not a sequence of messages; then none of it counts.
  package static func decode(_ bytes: [UInt8]) throws(CBORError) -> [Message] {
    var reader = CBORReader(bytes)
    var messages: [Message] = []
    while !reader.isAtEnd { messages.append(try Message(from: &reader)) }
    return messages
  }

  private func encode(into writer: inout CBORWriter) {
    writer.array(2)
    switch self {
    case .hello(let hello):
      writer.unsigned(1)
      writer.hello(hello)
    case .offer(let entry):
      writer.unsigned(2)
      writer.map(2)
      writer.unsigned(1)
      writer.bytes(entry.headerBytes)
      switch entry.content {
      case .body(let body):
        writer.unsigned(2)
        writer.bytes(body)
      case .void(let reason):
        writer.unsigned(3)
        writer.text(reason.rawValue)
      }
    case .welcome(let welcome):
      writer.unsigned(16)
      writer.welcome(welcome)
    case .verdict(let verdict):
      writer.unsigned(17)
      writer.verdict(verdict)
    case .notice(let notice):
      writer.unsigned(18)
      writer.notice(notice)
    case .page(let page):
      writer.unsigned(19)
      writer.page(page)
    case .cursorUnknown(let space, let heights):
      writer.unsigned(20)
      writer.map(2)
      writer.unsigned(1)
      writer.id(space)
      writer.unsigned(2)
      writer.vector(heights)
    case .end:
      writer.unsigned(21)
      writer.map(0)
    }
  }

  private init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    switch try reader.unsigned() {
    case 1: self = .hello(try reader.hello())
    case 2: self = .offer(try reader.offer())
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
    default: throw .value
    }
  }
}

extension CBORWriter {
  fileprivate mutating func hello(_ hello: Hello) {
    map(4 + (hello.hub == nil ? 0 : 1) + (hello.epoch == nil ? 0 : 1))
    unsigned(1)
    unsigned(hello.protocolVersion)
    unsigned(2)
    id(hello.replica)
    unsigned(3)
    unsigned(hello.modelVersion)
    if let hub = hello.hub {
      unsigned(4)
      id(hub)
    }
    unsigned(5)
    array(hello.spaces.count)
    for ask in hello.spaces {
      map(1 + (ask.cursor == nil ? 0 : 1) + (ask.vector == nil ? 0 : 1))
      unsigned(1)
      id(ask.space)
      if let cursor = ask.cursor {
        unsigned(2)
        self.cursor(cursor)
      }
      if let heights = ask.vector {
        unsigned(3)
        vector(heights)
      }
    }
    if let epoch = hello.epoch {
      unsigned(6)
      id(epoch)
    }
  }

  private mutating func cursor(_ cursor: Cursor) {
    map(cursor.digest == nil ? 2 : 3)
    unsigned(1)
    id(cursor.epoch)
    unsigned(2)
    unsigned(cursor.position)
    if let digest = cursor.digest {
      unsigned(3)
      bytes(digest.bytes)
    }
  }

  fileprivate mutating func vector(_ heights: [ChainHeight]) {
    array(heights.count)
    for height in heights {
      array(3)
      id(height.replica)
      unsigned(height.sequence)
      bytes(height.digest.bytes)
    }
  }

  fileprivate mutating func welcome(_ welcome: Welcome) {
    map(5)
    unsigned(1)
    unsigned(welcome.protocolVersion)
    unsigned(2)
    id(welcome.hub)
    unsigned(3)
    id(welcome.epoch)
    unsigned(4)
    integer(welcome.time.milliseconds)
    unsigned(5)
    unsigned(welcome.modelVersion)
  }

  fileprivate mutating func verdict(_ verdict: Verdict) {
    let hasDetail =
      switch verdict.outcome {
      case .accepted, .alreadyHad, .later: false
      case .missing, .forked, .refused: true
      }
    map(hasDetail ? 5 : 4)
    unsigned(1)
    id(verdict.space)
    unsigned(2)
    id(verdict.dot.replica)
    unsigned(3)
    unsigned(verdict.dot.sequence)
    unsigned(4)
    switch verdict.outcome {
    case .accepted: unsigned(0)
    case .alreadyHad: unsigned(1)
    case .missing(let dots):
      unsigned(2)
      unsigned(6)
      self.dots(dots)
    case .forked(let sequence):
      unsigned(3)
      unsigned(7)
      unsigned(sequence)
    case .refused(let reason):
      unsigned(4)
      unsigned(5)
      text(reason.rawValue)
    case .later: unsigned(5)
    }
  }

  fileprivate mutating func notice(_ notice: Notice) {
    switch notice {
    case .enter(let space, let name):
      map(3)
      unsigned(1)
      text("enter")
      unsigned(2)
      id(space)
      unsigned(3)
      text(name)
    case .leave(let space):
      map(2)
      unsigned(1)
      text("leave")
      unsigned(2)
      id(space)
    case .schema(let version, let text):
      map(3)
      unsigned(1)
      self.text("schema")
      unsigned(3)
      self.text(text)
      unsigned(4)
      unsigned(version)
    }
  }

  fileprivate mutating func page(_ page: Page) {
    map(page.digest == nil ? 6 : 7)
    unsigned(1)
    id(page.space)
    unsigned(2)
    id(page.epoch)
    unsigned(3)
    unsigned(page.from)
    unsigned(4)
    unsigned(page.to)
    unsigned(5)
    unsigned(page.head)
    if let digest = page.digest {
      unsigned(6)
      bytes(digest.bytes)
    }
    unsigned(7)
    array(page.rows.count)
    for row in page.rows {
      switch row.entry.content {
      case .body(let body):
        array(3)
        unsigned(row.position)
        bytes(row.entry.headerBytes)
        bytes(body)
      case .void(let reason):
        array(4)
        unsigned(row.position)
        bytes(row.entry.headerBytes)
        null()
        text(reason.rawValue)
      }
    }
  }
}

extension CBORReader {
  fileprivate mutating func hello() throws(CBORError) -> Hello {
    var numbers: [UInt64: UInt64] = [:]
    var replica: ReplicaID?
    var hub: HubID?
    var epoch: EpochID?
    var spaces: [SpaceAsk]?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1, 3: numbers[key] = try reader.unsigned()
      case 2: replica = try reader.id()
      case 4: hub = try reader.id()
      case 5: spaces = try reader.asks()
      case 6: epoch = try reader.id()
      default: throw .mapKeys
      }
    }
    guard let version = numbers[1], let model = numbers[3], let replica, let spaces else { throw .mapKeys }
    return Hello(
      protocolVersion: version, replica: replica, modelVersion: model, hub: hub, epoch: epoch, spaces: spaces)
  }

  private mutating func asks() throws(CBORError) -> [SpaceAsk] {
    let count = try array()
    guard count <= Limits.spacesPerRequestMax else { throw .value }
    var asks: [SpaceAsk] = []
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
      asks.append(SpaceAsk(space: space, cursor: cursor, vector: vector))
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

  private mutating func digest() throws(CBORError) -> Digest {
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
    var content: RawEntry.Content?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: header = try reader.bytes()
      case 2 where content == nil: content = .body(try reader.bytes())
      case 3 where content == nil: content = .void(try reader.reason())
      default: throw .mapKeys
      }
    }
    guard let header, let content else { throw .mapKeys }
    return RawEntry(headerBytes: header, content: content)
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
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1, 5: numbers[key] = try reader.unsigned()
      case 2: hub = try reader.id()
      case 3: epoch = try reader.id()
      case 4: time = try reader.integer()
      default: throw .mapKeys
      }
    }
    guard let version = numbers[1], let model = numbers[5], let hub, let epoch, let time else { throw .mapKeys }
    return Welcome(
      protocolVersion: version, hub: hub, epoch: epoch, time: Timestamp(milliseconds: time), modelVersion: model)
  }

  fileprivate mutating func verdict() throws(CBORError) -> Verdict {
    var space: SpaceID?
    var replica: ReplicaID?
    var numbers: [UInt64: UInt64] = [:]
    var reason: RefusalReason?
    var missing: [Dot]?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: space = try reader.id()
      case 2: replica = try reader.id()
      case 3, 4, 7: numbers[key] = try reader.unsigned()
      case 5: reason = try reader.reason()
      case 6: missing = try reader.dots()
      default: throw .mapKeys
      }
    }
    guard let space, let replica, let sequence = numbers[3], let code = numbers[4] else { throw .mapKeys }
    let outcome: Verdict.Outcome
    switch (code, reason, missing, numbers[7]) {
    case (0, nil, nil, nil): outcome = .accepted
    case (1, nil, nil, nil): outcome = .alreadyHad
    case (2, nil, let dots?, nil): outcome = .missing(dots)
    case (3, nil, nil, let at?): outcome = .forked(at: at)
    case (4, let reason?, nil, nil): outcome = .refused(reason)
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
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: name = try reader.text()
      case 2: space = try reader.id()
      case 3: text = try reader.text()
      case 4: version = try reader.unsigned()
      default: throw .mapKeys
      }
    }
    switch (name, space, text, version) {
    case ("enter", let space?, let label?, nil): return .enter(space, name: label)
    case ("leave", let space?, nil, nil): return .leave(space)
    case ("schema", nil, let text?, let version?): return .schema(version: version, text: text)
    default: throw .value
    }
  }

  fileprivate mutating func page() throws(CBORError) -> Page {
    var space: SpaceID?
    var epoch: EpochID?
    var numbers: [UInt64: UInt64] = [:]
    var digest: Digest?
    var rows: [Page.Row]?
    try fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: space = try reader.id()
      case 2: epoch = try reader.id()
      case 3, 4, 5: numbers[key] = try reader.unsigned()
      case 6: digest = try reader.digest()
      case 7: rows = try reader.pageRows()
      default: throw .mapKeys
      }
    }
    guard let space, let epoch, let from = numbers[3], let to = numbers[4], let head = numbers[5], let rows else {
      throw .mapKeys
    }
    guard from <= to, to <= head, (to == 0) == (digest == nil),
      rows.allSatisfy({ from < $0.position && $0.position <= to })
    else { throw .value }
    return Page(space: space, epoch: epoch, from: from, to: to, head: head, digest: digest, rows: rows)
  }

  private mutating func pageRows() throws(CBORError) -> [Page.Row] {
    var rows: [Page.Row] = []
    for _ in 0..<(try array()) {
      let width = try array()
      guard width == 3 || width == 4 else { throw .type }
      let position = try unsigned()
      guard rows.last.map({ $0.position < position }) ?? true else { throw .value }
      let header = try bytes()
      if width == 3 {
        rows.append(Page.Row(position: position, entry: RawEntry(headerBytes: header, content: .body(try bytes()))))
      } else {
        guard skipNull() else { throw .type }
        rows.append(Page.Row(position: position, entry: RawEntry(headerBytes: header, content: .void(try reason()))))
      }
    }
    return rows
  }
}
