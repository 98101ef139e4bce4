// A compressed body comes out as it was, and no frame that somebody made up costs more than its limits say.

import CZstd
import Compression
import Glibc
import Replication
import TestKit
import Testing

@Suite("Compression")
struct ZstdTests {
  private static let block = 128 * 1024

  /// Text as records have it: words of a small vocabulary.
  private func words(_ count: Int, seed: UInt64 = 7) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    let vocabulary = (0..<2_000).map { _ in (0..<6).map { _ in UInt8(97 + random.below(26)) } + [0x20] }
    return Array((0..<count / 7 + 1).flatMap { _ in vocabulary[random.below(vocabulary.count)] }.prefix(count))
  }

  private func failure(_ frame: [UInt8], limit: Int = .max >> 1) -> DecompressionError? {
    do throws(DecompressionError) {
      _ = try Zstd.decompress(frame, limit: limit)
      return nil
    } catch { return error }
  }

  @Test("what was compressed is decompressed as it was", arguments: [512, 513, 100_000, 128 * 1024, 9 << 20])
  func roundTrip(count: Int) throws {
    let bytes = words(count)
    let frame = try #require(Zstd.compress(bytes))
    #expect(frame.count < bytes.count)
    #expect(try Zstd.decompress(frame, limit: count) == bytes)
    #expect(failure(frame, limit: count - 1) == .tooLarge)
  }

  @Test("what is small, noise, or uniform beyond the ratio is not compressed")
  func asItIs() {
    var random = SplitMix64(seed: 1)
    #expect(Zstd.compress([]) == nil && Zstd.compress(words(Limits.compressedBytesMin - 1)) == nil)
    #expect(Zstd.compress((0..<100_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }) == nil)
    #expect(Zstd.compress([UInt8](repeating: 120, count: 4 << 20)) == nil)
  }

  @Test("64 KiB that stand for 2 GiB are refused at once and take no memory", .timeLimit(.minutes(1)))
  func bomb() {
    let frame = Frame(blocks: (0..<16_384).map { _ in Frame.repeated(0, count: Self.block) }).bytes
    let before = peakBytes()
    let time = ContinuousClock().measure {
      #expect(failure(frame) == .tooLarge && failure(frame, limit: Limits.requestBytesMax) == .tooLarge)
    }
    #expect(time < .seconds(1) && peakBytes() - before < 256 << 20, "\(time)")
  }

  @Test("a frame whose output is within its limit, and over the ratio, is refused")
  func ratio() {
    let long = Frame(blocks: [Frame.repeated(0, count: Self.block, isLast: true)]).bytes
    #expect(failure(long, limit: Self.block) == .tooLarge)
    let short = Frame(blocks: [Frame.repeated(0, count: 1_000, isLast: true)]).bytes
    #expect(failure(short) == nil)
  }

  @Test("a frame that lies about its size is refused, whatever it says", arguments: [0, 999, 1_001, 1 << 40, .max - 2])
  func lies(size: UInt64) throws {
    let blocks = [Frame.raw(words(1_000), isLast: true)]
    #expect(try Zstd.decompress(Frame(contentSize: 1_000, blocks: blocks).bytes, limit: 1_000) == words(1_000))
    for windowLog in [nil, 20] {
      #expect(failure(Frame(windowLog: windowLog, contentSize: size, blocks: blocks).bytes) != nil)
    }
  }

  @Test("a window over 8 MiB is refused, and one of 8 MiB is not")
  func window() {
    let blocks = [Frame.raw(words(1_000), isLast: true)]
    #expect(failure(Frame(windowLog: 23, blocks: blocks).bytes) == nil)
    for log in [24, 27, 31, 41] { #expect(failure(Frame(windowLog: log, blocks: blocks).bytes) == .tooLarge) }
  }

  @Test("half a frame, two frames, a frame with a dictionary or with anything behind it, and no frame are refused")
  func malformed() throws {
    let frame = try #require(Zstd.compress(words(3_000)))
    for count in frame.indices { #expect(failure(Array(frame.prefix(count))) == .invalid, "\(count)") }
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9]
    for bytes in [frame + [0], frame + frame, frame + skippable, skippable + frame, skippable, [], words(1_000)] {
      #expect(failure(bytes) == .invalid)
    }
    #expect(failure(Frame(dictionary: 7, blocks: [Frame.raw([1], isLast: true)]).bytes) == .invalid)
    #expect(failure(Frame(blocks: [Frame.raw([1])]).bytes) == .invalid)
  }

  @Test("a frame with any byte changed gives an error or other bytes, and never more than the limit")
  func noise() throws {
    let bytes = words(3_000)
    let frame = try #require(Zstd.compress(bytes))
    for index in frame.indices {
      var changed = frame
      changed[index] ^= 0x55
      do throws(DecompressionError) {
        #expect(try Zstd.decompress(changed, limit: 4_000).count <= 4_000)
      } catch { continue }
    }
  }

  @Test("a frame that says no size, of another level, and with a checksum is read: other programs write these")
  func others() throws {
    let bytes = words(600_000)
    let context = try #require(ZSTD_createCCtx())
    defer { ZSTD_freeCCtx(context) }
    for (parameter, value) in [
      (ZSTD_c_compressionLevel, 19), (ZSTD_c_contentSizeFlag, 0), (ZSTD_c_checksumFlag, 1), (ZSTD_c_windowLog, 23),
    ] as [(ZSTD_cParameter, Int32)] {
      _ = ZSTD_CCtx_setParameter(context, parameter, value)
    }
    let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { frame, count in
      count = ZSTD_compress2(context, frame.baseAddress, frame.count, bytes, bytes.count)
    }
    #expect(try Zstd.decompress(frame, limit: bytes.count) == bytes)
    var spoilt = frame
    spoilt[spoilt.count - 1] ^= 1
    #expect(failure(spoilt) == .invalid)
  }

  /// The most memory that this process has had, in bytes.
  private func peakBytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1_024
  }
}
