// The bytes of a file in memory, made to grow a little at a time. An array's own way of growing costs a debug build more
// than everything else a disk does.

internal import Glibc

/// A row of bytes that reads as zero wherever nothing was written.
struct ByteImage: Sendable {
  private(set) var count: Int
  /// At least `count` bytes, zero from there on.
  private var storage: [UInt8]

  init(_ bytes: [UInt8] = []) {
    count = bytes.count
    storage = bytes
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  /// Writes the bytes there, and grows if they reach further.
  mutating func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    guard let source = bytes.baseAddress else { return }
    if offset + bytes.count > count { resize(to: offset + bytes.count) }
    storage.withUnsafeMutableBytes { _ = memcpy($0.baseAddress! + offset, source, bytes.count) }
  }

  mutating func resize(to size: Int) {
    if size > storage.count { reserve(max(size, 2 * storage.count)) }
    if size < count { storage.withUnsafeMutableBytes { _ = memset($0.baseAddress! + size, 0, count - size) } }
    count = size
  }

  private mutating func reserve(_ size: Int) {
    let old = storage
    storage = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      let start = UnsafeMutableRawPointer(buffer.baseAddress!)
      old.withUnsafeBytes { if let source = $0.baseAddress { _ = memcpy(start, source, old.count) } }
      _ = memset(start + old.count, 0, size - old.count)
      initialized = size
    }
  }
}
