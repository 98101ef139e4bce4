// One file as a power cut sees it: the bytes on the disk, and what was done to it since, in order. It exists so that
// any moment's outcomes can be worked out from values alone: the same operations and the same chance, the same bytes.

internal import TestKit

/// The part that a power cut leaves of the operations that were not synced.
enum Cut: Sendable {
  case nothing
  case everything
  /// The operations before this call; of the call's own write, half the sectors.
  case until(call: Int)
  /// Any sector of any write, this many in eight.
  case sectors(eighths: Int)
}

/// A file's bytes on the disk, and the operations that are not there yet.
struct UnsyncedFile: Sendable {
  /// The unit that a disk writes whole or not at all.
  static let sectorBytes = 512

  /// The content that a power cut at this moment cannot take.
  private(set) var durable: ByteImage
  private var operations: [Operation] = []

  private struct Operation {
    /// The disk's call it was done by.
    let call: Int
    let kind: Kind
  }

  private enum Kind {
    case write(offset: Int, bytes: [UInt8])
    case cut(size: Int)
  }

  init(durable: ByteImage = ByteImage()) {
    self.durable = durable
  }

  /// The call of the oldest operation a power cut could take, if there is any.
  var oldestUnsyncedCall: Int? { operations.first?.call }

  /// The bytes that no power cut takes, and of each write since those that it may leave.
  var everything: [[UInt8]] {
    let written = operations.compactMap { operation -> [UInt8]? in
      if case .write(_, let bytes) = operation.kind { bytes } else { nil }
    }
    return [durable.withBytes { Array($0) }] + written
  }

  // MARK: Operations

  mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, call: Int) {
    operations.append(Operation(call: call, kind: .write(offset: offset, bytes: Self.copy(bytes))))
  }

  mutating func truncate(to size: Int, call: Int) {
    operations.append(Operation(call: call, kind: .cut(size: size)))
  }

  /// Brings to the disk what the cut leaves, and forgets the rest. A sync that works leaves everything.
  mutating func settle(_ cut: Cut, random: inout SplitMix64) {
    for operation in operations {
      switch (cut, operation.kind) {
      case (.nothing, _): break
      case (.everything, let kind): apply(kind)
      case (.until(let call), let kind) where operation.call < call: apply(kind)
      case (.until(let call), _) where operation.call > call: break
      case (.until, .write): applySome(of: operation.kind, eighths: 4, random: &random)
      case (.until, .cut): break
      case (.sectors(let eighths), let kind): applySome(of: kind, eighths: eighths, random: &random)
      }
    }
    operations.removeAll(keepingCapacity: true)
  }

  // MARK: The disk

  private mutating func apply(_ kind: Kind) {
    switch kind {
    case .write(let offset, let bytes):
      bytes.withUnsafeBytes { durable.put($0, at: offset) }
    case .cut(let size):
      durable.resize(to: size)
    }
  }

  /// Each sector of a write by its own chance; a cut as a whole.
  private mutating func applySome(of kind: Kind, eighths: Int, random: inout SplitMix64) {
    guard case .write(let offset, let bytes) = kind else {
      if random.chance(eighths, in: 8) { apply(kind) }
      return
    }
    bytes.withUnsafeBytes { bytes in
      for sector in Self.sectors(of: bytes.count, at: offset) where random.chance(eighths, in: 8) {
        durable.put(UnsafeRawBufferPointer(rebasing: bytes[sector]), at: offset + sector.lowerBound)
      }
    }
  }

  private static func copy(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
      count = bytes.count
    }
  }

  /// A write's bytes, parted where the disk's sectors meet.
  ///
  /// - Returns: Ranges within the write, in order.
  static func sectors(of count: Int, at offset: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    while start < count {
      let end = min(count, start + sectorBytes - (offset + start) % sectorBytes)
      parts.append(start..<end)
      start = end
    }
    return parts
  }
}
