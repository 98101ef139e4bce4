// The size of an exchange, found by trying. A program cannot know how long a connection will hold, and an exchange that
// is larger than that never completes, however often it is repeated. So a copy begins small, doubles while exchanges
// complete, halves when one breaks, and remembers the size for its next sync. Like the window of TCP (RFC 5681), which
// does the same for packets.

package import Replication

/// The bytes that a copy offers and asks for in one exchange, in either direction.
package struct TransferSize: Equatable, Sendable {
  /// The size before anything is known: 13 s at 20 kB/s.
  package static let first = 256 * 1024
  /// The least size. A change may be larger; it then travels alone.
  package static let least = 16 * 1024
  /// The most bytes that a hub answers with.
  package static let most = Limits.responseBytesMax
  /// The full exchanges that must complete at one size before it grows, once any exchange has broken. A connection that
  /// breaks every so often would otherwise be tested with twice what it carries after each success.
  package static let exchangesAfterBreak = 8

  package private(set) var bytes: Int
  /// The full exchanges that have completed at this size.
  private var fullExchanges = 0
  private var hasBroken = false

  package init() {
    bytes = Self.first
  }

  /// Notes an exchange that completed. One that was less than half full shows nothing.
  ///
  /// - Parameter carried: The bytes of its request or of its answer, whichever are more.
  package mutating func complete(carried: Int) {
    guard carried >= bytes / 2, bytes < Self.most else { return }
    fullExchanges += 1
    guard fullExchanges >= (hasBroken ? Self.exchangesAfterBreak : 1) else { return }
    (bytes, fullExchanges) = (min(2 * bytes, Self.most), 0)
  }

  /// Notes an exchange that broke before its answer was whole.
  package mutating func halve() {
    (bytes, fullExchanges, hasBroken) = (max(bytes / 2, Self.least), 0, true)
  }
}

// MARK: Storage

extension TransferSize {
  private static let stored = LocalKey("transfer_size", .transferSize)

  /// The size that this copy has found; the first size before it has synced.
  package init(from reader: any StoreReader) throws {
    self = try reader.value(of: Self.stored) ?? TransferSize()
  }

  /// Stores the size, if it differs from what is stored.
  package func save(in transaction: any StoreTransaction) throws {
    guard try TransferSize(from: transaction) != self else { return }
    try transaction.set(Self.stored, to: self)
  }

  fileprivate func encode(into writer: inout CBORWriter) {
    writer.array(3)
    writer.unsigned(UInt64(bytes))
    writer.unsigned(UInt64(fullExchanges))
    writer.unsigned(hasBroken ? 1 : 0)
  }

  fileprivate init(decoding reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 3 else { throw .type }
    let (bytes, fullExchanges, hasBroken) = (try reader.unsigned(), try reader.unsigned(), try reader.unsigned())
    guard (UInt64(Self.least)...UInt64(Self.most)).contains(bytes), fullExchanges < Self.exchangesAfterBreak,
      hasBroken <= 1
    else { throw .value }
    (self.bytes, self.fullExchanges, self.hasBroken) = (Int(bytes), Int(fullExchanges), hasBroken == 1)
  }
}

extension LocalCoding<TransferSize> {
  fileprivate static var transferSize: LocalCoding {
    .cbor {
      $0.encode(into: &$1)
    } _: { (reader) throws(CBORError) in
      try TransferSize(decoding: &reader)
    }
  }
}
