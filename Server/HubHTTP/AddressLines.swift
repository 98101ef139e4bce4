// The lines of one address. All lines together are limited too (`ConnectionLimit`), so whoever held them all would make
// everybody else wait. A line too many is closed at once: its owner learns that something is wrong, where waiting would look
// like a hub that is down.

internal import Logging
internal import NIOCore
internal import Synchronization

/// The open lines of each network address.
final class AddressLines: Sendable {
  private let most: Int
  private let logger: Logger
  private let counts = Mutex<[[UInt8]: Int]>([:])

  /// - Parameter most: The most lines of one address.
  init(most: Int, logger: Logger) {
    self.most = most
    self.logger = logger
  }

  /// Counts a line that is opened.
  ///
  /// - Returns: False for one too many, which is not counted.
  func open(from address: [UInt8]) -> Bool {
    let count = counts.withLock { counts in
      let count = counts[address, default: 0] + 1
      if count <= most { counts[address] = count }
      return count
    }
    if count == most { logger.warning("one address holds all the lines that it may", metadata: ["most": "\(most)"]) }
    return count <= most
  }

  func close(from address: [UInt8]) {
    counts.withLock { $0[address] = $0[address].flatMap { $0 > 1 ? $0 - 1 : nil } }
  }
}

/// Closes a line of an address that has too many. Lines without an address, as of a Unix socket, are not counted.
final class AddressLineHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  typealias InboundOut = NIOAny

  private let lines: AddressLines
  private var counted: [UInt8]?

  init(_ lines: AddressLines) {
    self.lines = lines
  }

  func channelActive(context: ChannelHandlerContext) {
    if let address = context.channel.remoteAddress?.network, !address.isEmpty {
      guard lines.open(from: address) else { return context.close(promise: nil) }
      counted = address
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let counted { lines.close(from: counted) }
    counted = nil
    context.fireChannelInactive()
  }
}
