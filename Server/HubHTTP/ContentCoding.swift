// The coding of a body in transit (RFC 9110 section 8.4): a sync travels in zstd where both sides can, and everything
// else as it is. A request is decompressed only after its signature and the digest of the bytes that were sent.

internal import Compression
internal import HTTPTypes
internal import Replication

/// The coding of a body.
enum ContentCoding {
  case identity, zstd

  /// The coding of a request's body.
  ///
  /// - Throws: ``Problem`` with code `mediaType` for any other, and for more than one.
  init(of headers: HTTPFields) throws(Problem) {
    switch headers[.contentEncoding]?.lowercased() {
    case nil: self = .identity
    case "zstd": self = .zstd
    default: throw Problem(.mediaType, "A sync is sent as it is, or once in zstd.")
    }
  }

  /// The best coding for an answer. A client that does not name zstd gets the bytes as they are.
  ///
  /// - SeeAlso: RFC 9110 section 12.5.3.
  init(acceptedBy headers: HTTPFields) {
    let isAccepted = (headers[.acceptEncoding] ?? "").lowercased().split(separator: ",").contains { item in
      let parts = item.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
      let refusals: Set = ["q=0", "q=0.", "q=0.0", "q=0.00", "q=0.000"]
      return parts.first == "zstd" && !parts.dropFirst().contains(where: refusals.contains)
    }
    self = isAccepted ? .zstd : .identity
  }

  /// The bytes to reserve for a body's content, beside the body itself.
  ///
  /// - Parameter max: The most bytes of content.
  func contentBytesMost(of body: [UInt8], max: Int) -> Int {
    self == .zstd ? Zstd.contentBytesMost(of: body, limit: max) : 0
  }

  /// The content of a body whose sender and digest are proved.
  ///
  /// - Parameter max: The most bytes of content.
  /// - Throws: ``Problem`` with code `tooLarge` or `unreadable`.
  func content(of body: [UInt8], max: Int) throws(Problem) -> [UInt8] {
    guard self == .zstd else { return body }
    do throws(DecompressionError) {
      return try Zstd.decompress(body, limit: max)
    } catch {
      switch error {
      case .tooLarge:
        throw Problem(
          .tooLarge,
          "The request grows to more than \(max) bytes, or \(Limits.compressionRatioMax) times. Send less at once.")
      case .invalid: throw Problem(.unreadable, "The request cannot be read: it is not one frame of zstd.")
      }
    }
  }
}
