// Messages as bytes: deterministic CBOR with integer keys.
//
//   1 hello {1 protocol, 2 replica, 3 model version, 4 hub?, 5 [{1 space, 2 cursor?, 3 vector?}],
//           6 epoch?, 7 unsent?, 8 role?, 9 [held id]?}
//   2 offer {1 header, 2 body | 3 reason, 5 signature? | 4 rest}
//     rest: what is left of a body whose words were erased, as bytes
//   3 head {1 space, 2 replica, 3 sequence, 4 header digest, 5 key, 6 signature}
//   4 link {1 header}
//   5 rescue {1 sealed bytes}
//   6 cleared {1 [space]} | {}, for everything
//   7 answer {1 id, 2 yes}
//  16 welcome {1 protocol, 2 hub, 3 epoch, 4 time in ms, 5 model version, 6 sealing key?}
//  17 verdict {1 space, 2 replica, 3 sequence, 4 code, 5 reason?, 6 missing dots?, 7 forked at?, 8 signature?}
//     codes: 0 accepted  1 already had  2 missing  3 forked  4 refused  5 later
//  18 notice {1 name, 2 space?, 3 text?, 4 version?, 5 time in ms?, 6 id?, 7 rescue?}
//     names: enter, held, leave, restrict, revoke, schema, settled
//  19 page {1 space, 2 epoch, 3 from, 4 to, 5 head, 6 digest?, 7 rows, 8 [[replica, sequence, digest, key, signature]]?}
//     row: [position, header, body] | [position, header, null, reason, signature?] |
//     [position, header, null, rest]
//  20 cursorUnknown {1 space, 2 vector}
//  21 end {}
//  22 kept {1 digest}
//   cursor {1 epoch, 2 position, 3 digest?}; vector [[replica, sequence, digest]] by replica

internal import Cryptography
internal import Replication

extension Message {
  /// A request or response as bytes.
  package static func encode(_ messages: [Message]) -> [UInt8] {
    var writer = CBORWriter()
    for message in messages { message.encode(into: &writer) }
    return writer.bytes
  }

  private func encode(into writer: inout CBORWriter) {
    writer.array(2)
    switch self {
    case .hello(let hello):
      writer.unsigned(1)
      writer.hello(hello)
    case .offer(let entry):
      writer.unsigned(2)
      writer.offer(entry)
    case .head(let head):
      writer.unsigned(3)
      writer.head(head)
    case .connectingHeader(let header):
      writer.unsigned(4)
      writer.map(1)
      writer.unsigned(1)
      writer.bytes(header)
    case .sealedChange(let sealed):
      writer.unsigned(5)
      writer.map(1)
      writer.unsigned(1)
      writer.bytes(sealed)
    case .cleared(let clearing):
      writer.unsigned(6)
      writer.cleared(clearing)
    case .proposalAnswer(let id, let isYes):
      writer.unsigned(7)
      writer.map(2)
      writer.unsigned(1)
      writer.id(id)
      writer.unsigned(2)
      writer.bool(isYes)
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
    case .sealedChangeStored(let digest):
      writer.unsigned(22)
      writer.map(1)
      writer.unsigned(1)
      writer.bytes(digest.bytes)
    }
  }
}

extension CBORWriter {
  fileprivate mutating func offer(_ entry: RawEntry) {
    switch entry.content {
    case .body(let body):
      map(2)
      unsigned(1)
      bytes(entry.headerBytes)
      unsigned(2)
      bytes(body)
    case .void(let reason, let signature):
      map(signature == nil ? 2 : 3)
      unsigned(1)
      bytes(entry.headerBytes)
      unsigned(3)
      text(reason.rawValue)
      if let signature {
        unsigned(5)
        bytes(signature)
      }
    case .redactedBody(let rest):
      map(2)
      unsigned(1)
      bytes(entry.headerBytes)
      unsigned(4)
      bytes(rest)
    }
  }

  fileprivate mutating func head(_ head: SignedHead) {
    map(6)
    unsigned(1)
    id(head.space)
    unsigned(2)
    id(head.dot.replica)
    unsigned(3)
    unsigned(head.dot.sequence)
    for (key, part) in [(UInt64(4), head.digest.bytes), (5, head.key.bytes), (6, head.signature)] {
      unsigned(key)
      bytes(part)
    }
  }

  fileprivate mutating func hello(_ hello: Hello) {
    map(
      4
        + [hello.hub != nil, hello.epoch != nil, hello.unsent != nil, hello.role != nil, !hello.knownProposals.isEmpty]
        .count {
          $0
        })
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
    if let unsent = hello.unsent {
      unsigned(7)
      unsigned(unsent)
    }
    if let role = hello.role {
      unsigned(8)
      text(role)
    }
    if !hello.knownProposals.isEmpty {
      unsigned(9)
      array(hello.knownProposals.count)
      for record in hello.knownProposals { id(record) }
    }
  }

  fileprivate mutating func cleared(_ clearing: Clearing) {
    guard case .spaces(let spaces) = clearing else { return map(0) }
    map(1)
    unsigned(1)
    array(spaces.count)
    for space in spaces { id(space) }
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
    map(welcome.sealing == nil ? 5 : 6)
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
    if let key = welcome.sealing {
      unsigned(6)
      bytes(key.bytes)
    }
  }

  fileprivate mutating func verdict(_ verdict: Verdict) {
    let details =
      switch verdict.outcome {
      case .accepted, .alreadyHad, .later: 0
      case .missing, .forked, .refused(_, nil): 1
      case .refused(_, _?): 2
      }
    map(4 + details)
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
    case .refused(let reason, let signature):
      unsigned(4)
      unsigned(5)
      text(reason.rawValue)
      if let signature {
        unsigned(8)
        bytes(signature)
      }
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
    case .restrict(let role):
      map(2)
      unsigned(1)
      text("restrict")
      unsigned(3)
      text(role)
    case .proposal(let record, let rescue):
      map(3)
      unsigned(1)
      text("held")
      unsigned(6)
      id(record)
      unsigned(7)
      bytes(rescue.encoded)
    case .proposalClosed(let record):
      map(2)
      unsigned(1)
      text("settled")
      unsigned(6)
      id(record)
    case .revoke(let time):
      map(2)
      unsigned(1)
      text("revoke")
      unsigned(5)
      integer(time.milliseconds)
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
    map(6 + (page.digest == nil ? 0 : 1) + (page.heads.isEmpty ? 0 : 1))
    unsigned(1)
    id(page.space)
    unsigned(2)
    id(page.epoch)
    unsigned(3)
    unsigned(page.from)
    unsigned(4)
    unsigned(page.to)
    unsigned(5)
    unsigned(page.lastPosition)
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
      case .void(let reason, let signature):
        array(signature == nil ? 4 : 5)
        unsigned(row.position)
        bytes(row.entry.headerBytes)
        null()
        text(reason.rawValue)
        if let signature { bytes(signature) }
      case .redactedBody(let rest):
        array(4)
        unsigned(row.position)
        bytes(row.entry.headerBytes)
        null()
        bytes(rest)
      }
    }
    guard !page.heads.isEmpty else { return }
    unsigned(8)
    array(page.heads.count)
    for head in page.heads {
      array(5)
      id(head.dot.replica)
      unsigned(head.dot.sequence)
      for part in [head.digest.bytes, head.key.bytes, head.signature] { bytes(part) }
    }
  }
}
