// Compression of HTTP bodies: one frame of Zstandard (RFC 8878), which is the content coding `zstd`. A frame comes from
// outside, so nothing it says about itself is believed: output grows in steps, as it is produced, up to limits that the
// frame cannot change.

internal import CZstd
internal import Replication

/// A frame that is not decompressed.
package enum DecompressionError: Error, Equatable, Sendable {
  /// Its content, its ratio or its window is over the limit.
  case tooLarge
  /// Not one whole frame without a dictionary and without anything behind it.
  case invalid
}

/// The content coding `zstd`.
package enum Zstd {
  /// The library's default: on the messages of a sync the next levels gain little and cost several times as much.
  private static let level: Int32 = 3
  /// The magic number of a frame in its four bytes (RFC 8878 section 3.1.1). Skippable frames have another.
  private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
  /// The output of one step.
  private static let stepBytes = 128 * 1024

  /// Compresses a body into one frame, if that pays.
  ///
  /// - Returns: `nil` for bytes that travel as they are: fewer than ``Limits/compressedBytesMin``, no smaller as a frame, or
  ///   so much smaller that ``decompress(_:limit:)`` refuses the frame.
  package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count >= Limits.compressedBytesMin else { return nil }
    // Room for no more than pays; the library fails where that is too little.
    let frame = [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { frame, count in
      let written = ZSTD_compress(frame.baseAddress, frame.count, bytes, bytes.count, level)
      count = ZSTD_isError(written) == 0 ? written : 0
    }
    guard !frame.isEmpty, bytes.count <= Limits.compressionRatioMax * frame.count else { return nil }
    return frame
  }

  /// The most bytes that a frame decompresses to: what it states, if it states anything, since more of it is refused.
  package static func contentBytesMost(of frame: [UInt8], limit: Int) -> Int {
    let most = min(limit, Limits.compressionRatioMax * frame.count)
    // The two highest values say that nothing is stated, or that this is no frame.
    return Int(clamping: min(ZSTD_getFrameContentSize(frame, frame.count), UInt64(most)))
  }

  /// Decompresses one whole frame.
  ///
  /// Holds at most the output so far, one step, and a window of ``Limits/compressionWindowLogMax``.
  ///
  /// - Parameter limit: The most bytes of output. Output is limited by ``Limits/compressionRatioMax``, too.
  package static func decompress(_ frame: [UInt8], limit: Int) throws(DecompressionError) -> [UInt8] {
    guard frame.starts(with: magic) else { throw .invalid }
    let most = contentBytesMost(of: frame, limit: limit)
    guard let context = ZSTD_createDCtx() else { throw .tooLarge }
    defer { ZSTD_freeDCtx(context) }
    _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Limits.compressionWindowLogMax)
    var (bytes, position, remaining) = ([] as [UInt8], 0, 1)
    while remaining != 0 {
      let step = [UInt8](unsafeUninitializedCapacity: stepBytes) { step, count in
        frame.withUnsafeBytes { frame in
          var input = ZSTD_inBuffer(src: frame.baseAddress, size: frame.count, pos: position)
          var output = ZSTD_outBuffer(dst: step.baseAddress, size: step.count, pos: 0)
          remaining = ZSTD_decompressStream(context, &output, &input)
          (position, count) = (input.pos, output.pos)
        }
      }
      if ZSTD_isError(remaining) != 0 {
        throw ZSTD_getErrorCode(remaining) == ZSTD_error_frameParameter_windowTooLarge ? .tooLarge : .invalid
      }
      guard bytes.count + step.count <= most else { throw .tooLarge }
      bytes += step
      // With all input read and room left in the step, more output would need more input.
      guard remaining == 0 || position < frame.count || step.count == stepBytes else { throw .invalid }
    }
    guard position == frame.count else { throw .invalid }
    return bytes
  }
}
