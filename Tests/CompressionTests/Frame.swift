// Frames of Zstandard written by hand (RFC 8878 section 3.1.1), as no compressor writes them.

/// The parts of a frame, in their order.
struct Frame {
  /// Exponent of the window's size; `nil` for a single segment, whose window is its content.
  var windowLog: Int? = 20
  /// The content size that the header states; `nil` for none, which a single segment cannot have.
  var contentSize: UInt64?
  var dictionary: UInt8?
  var blocks: [[UInt8]] = []

  /// A block of one byte repeated (`Block_Type` 1): four bytes for up to 128 KiB.
  static func repeated(_ byte: UInt8, count: Int, isLast: Bool = false) -> [UInt8] {
    header(type: 1, size: count, isLast: isLast) + [byte]
  }

  /// A block of the bytes as they are (`Block_Type` 0).
  static func raw(_ bytes: [UInt8], isLast: Bool = false) -> [UInt8] {
    header(type: 0, size: bytes.count, isLast: isLast) + bytes
  }

  private static func header(type: Int, size: Int, isLast: Bool) -> [UInt8] {
    let bits = size << 3 | type << 1 | (isLast ? 1 : 0)
    return [0, 8, 16].map { UInt8(truncatingIfNeeded: bits >> $0) }
  }

  var bytes: [UInt8] {
    let descriptor = (contentSize == nil ? 0 : 3 << 6) | (windowLog == nil ? 1 << 5 : 0) | (dictionary == nil ? 0 : 1)
    let window = windowLog.map { [UInt8(($0 - 10) << 3)] } ?? []
    let size = contentSize.map { size in (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * UInt64($0))) } } ?? []
    return [0x28, 0xb5, 0x2f, 0xfd, UInt8(descriptor)] + window + (dictionary.map { [$0] } ?? []) + size
      + blocks.flatMap { $0 }
  }
}
