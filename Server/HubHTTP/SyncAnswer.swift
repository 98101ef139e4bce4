// An answer on its way: compressed for who can, in pieces whose memory is free as soon as they have left, and with the
// room that was reserved for it.

internal import Compression
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// The answer to a sync as it is sent.
struct SyncAnswer: Sendable {
  /// The most bytes written at once. The next are written when most of these have left.
  private static let pieceBytes = 64 * 1024

  let count: Int
  private let isFrame: Bool
  /// The last piece first. Each is memory of its own, which is free once it has left.
  private let pieces: [ByteBuffer]
  private let reservation: Reservation

  /// - Parameter reservation: What the work was given; it shrinks to the answer, and with every piece that leaves.
  init(_ messages: [UInt8], as coding: ContentCoding, reserved reservation: Reservation) {
    let frame = coding == .zstd ? Zstd.compress(messages) : nil
    isFrame = frame != nil
    let bytes = frame ?? messages
    count = bytes.count
    pieces = stride(from: 0, to: bytes.count, by: Self.pieceBytes).reversed().map {
      ByteBuffer(bytes: bytes[$0..<min($0 + Self.pieceBytes, bytes.count)])
    }
    self.reservation = reservation
    reservation.shrink(to: count)
  }

  func response(in context: HubContext) -> Response {
    var headers: HTTPFields = [
      .contentType: HubRoutes.cborSequence, .cacheControl: "no-store", .vary: HTTPField.Name.acceptEncoding.rawName,
    ]
    if isFrame { headers[.contentEncoding] = "zstd" }
    let (count, reservation) = (count, reservation)
    let remaining = Mutex(pieces)
    return Response(
      status: .ok, headers: headers,
      body: .init(contentLength: count) { writer in
        reservation.leave(cut: context.close)
        var bytesLeft = count
        while let piece = remaining.withLock({ $0.popLast() }) {
          try await writer.write(piece)
          try await context.writesTaken()
          bytesLeft -= piece.readableBytes
          reservation.shrink(to: bytesLeft)
        }
        try await writer.finish(nil)
      })
  }
}
