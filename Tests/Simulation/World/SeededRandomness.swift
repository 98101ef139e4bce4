// Where the engine asks the system for random bytes (names of replicas, records, epochs, codes) a simulated world must
// answer from its seed, or no run could be run again. OpenSSL lets a program put its own source in the place of the
// system's; nothing in the product has to know.

internal import COpenSSL
internal import Glibc
internal import Synchronization
internal import TestKit

/// The one source of random bytes of a process that simulates.
enum SeededRandomness {
  private static let source = Mutex(SplitMix64(seed: 0))

  /// From now on every random byte of this process follows from the seed.
  static func begin(seed: UInt64) {
    source.withLock { $0 = SplitMix64(seed: seed) }
    precondition(isInstalled, "this OpenSSL lets nobody choose where random bytes come from")
  }

  fileprivate static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    source.withLock { source in
      for place in bytes.indices { bytes[place] = UInt8(truncatingIfNeeded: source.next()) }
    }
  }

  /// `RAND_METHOD` of OpenSSL: seed, bytes, cleanup, add, pseudorand, status. It must live as long as the process. The
  /// call is looked up by name because the header marks it as old, which the strict build takes for an error.
  private static let isInstalled: Bool = {
    typealias Fill = @convention(c) (UnsafeMutablePointer<UInt8>?, CInt) -> CInt
    typealias Status = @convention(c) () -> CInt
    let fill: Fill = { bytes, count in
      SeededRandomness.fill(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
      return 1
    }
    let status: Status = { 1 }
    let table = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: 6)
    table.initialize(repeating: nil, count: 6)
    table[1] = unsafeBitCast(fill, to: UnsafeRawPointer.self)
    table[4] = unsafeBitCast(fill, to: UnsafeRawPointer.self)
    table[5] = unsafeBitCast(status, to: UnsafeRawPointer.self)
    typealias SetMethod = @convention(c) (UnsafeRawPointer) -> CInt
    guard let symbol = dlsym(nil, "RAND_set_rand_method") else {
      preconditionFailure("this OpenSSL lets nobody choose where random bytes come from")
    }
    return unsafeBitCast(symbol, to: SetMethod.self)(UnsafeRawPointer(table)) == 1
  }()
}
