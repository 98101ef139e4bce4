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
  private let addresses = Mutex<[[UInt8]: Lines]>([:])

  private struct Lines {
    var count = 0
    /// True once somebody was warned, until the number is below half.
    var isWarned = false
  }

  /// - Parameter most: The most lines of one address.
  init(most: Int, logger: Logger) {
    self.most = most
    self.logger = logger
  }

  /// Counts a line that is opened.
  ///
  /// - Returns: False for one too many, which is not counted.
  func open(from address: [UInt8]) -> Bool {
    let (isCounted, isNews) = addresses.withLock { addresses in
      var lines = addresses[address] ?? Lines()
      defer { addresses[address] = lines }
      let isNews = lines.count == most && !lines.isWarned
      lines.isWarned = lines.isWarned || lines.count == most
      guard lines.count < most else { return (false, isNews) }
      lines.count += 1
      return (true, false)
    }
    if isNews { logger.warning("one address holds all the lines that it may", metadata: ["most": "\(most)"]) }
    return isCounted
  }

  func close(from address: [UInt8]) {
    addresses.withLock { addresses in
      guard var lines = addresses[address] else { return }
      lines.count -= 1
      if lines.count * 2 < most { lines.isWarned = false }
      addresses[address] = lines.count > 0 ? lines : nil
    }
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
