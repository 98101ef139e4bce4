// The decoders: whatever traps, or reads back as something else than it was, is a finding.

internal import BoardModel
internal import Compression
internal import Cryptography
internal import RecordModel
internal import Replication
internal import SyncProtocol

extension FuzzTarget {
  static let cbor = FuzzTarget(name: "cbor") { bytes in
    var reader = CBORReader(bytes)
    let value: Value
    do throws(CBORError) {
      value = try Value(from: &reader)
      try reader.finish()
    } catch { return }
    try FuzzFinding.unless(value.canonicalBytes == bytes, "two encodings of one value")
  }

  static let message = FuzzTarget(name: "message") { bytes in
    let messages: [Message]
    do throws(CBORError) { messages = try Message.decode(bytes) } catch { return }
    // Keys and messages of later versions are not written again.
    let written = Message.encode(messages)
    try FuzzFinding.unless(written.count <= bytes.count, "two encodings of one message")
    let read: [Message]
    do throws(CBORError) { read = try Message.decode(written) } catch {
      throw FuzzFinding("a message that cannot be read again")
    }
    try FuzzFinding.unless(read == messages, "a message that is read as another")
    for message in messages { try check(message) }
  }

  private static func check(_ message: Message) throws {
    switch message {
    case .offer(let header, let body):
      let change: Change
      do throws(Change.DecodingError) { change = try Change(headerBytes: header, bodyBytes: body) } catch { return }
      try FuzzFinding.unless(change.headerBytes == change.header.encoded, "two encodings of one header")
    case .segment(let segment):
      // Nobody can make up a signature of the hub's.
      guard let key = PublicKey(bytes: [UInt8](repeating: 7, count: 32)),
        let hub = HubID(bytes: [UInt8](repeating: 7, count: 16))
      else { return }
      try FuzzFinding.unless(segment.proved(of: hub, by: key) == nil, "a segment that nobody signed")
    default: return
    }
  }

  static let model = FuzzTarget(name: "model") { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    do throws(ModelError) { _ = try RecordModel(parsing: text) } catch { _ = "\(error)" }
  }

  static let `import` = FuzzTarget(name: "import") { bytes in
    do throws(SeedProblem) { _ = try SeedReader(.board).record(bytes[...]) } catch { _ = "\(error)" }
  }

  /// The first byte chooses the limit; the others are a frame, and a body to compress.
  static let zstd = FuzzTarget(name: "zstd") { bytes in
    guard let first = bytes.first else { return }
    let (limit, body) = (Int(first) << 10, Array(bytes.dropFirst()))
    if let content = decompressed(body, limit: limit) {
      try FuzzFinding.unless(
        content.count <= min(limit, Limits.compressionRatioMax * body.count), "more content than the limit")
    }
    guard let frame = Zstd.compress(body) else { return }
    try FuzzFinding.unless(
      decompressed(frame, limit: body.count) == body, "a body that does not come back from its own frame")
  }

  private static func decompressed(_ frame: [UInt8], limit: Int) -> [UInt8]? {
    do throws(DecompressionError) { return try Zstd.decompress(frame, limit: limit) } catch { return nil }
  }
}
