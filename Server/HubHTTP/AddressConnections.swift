// The open connections of each network address. All connections together are limited too (`ConnectionLimit`), so whoever
// held them all would make everybody else wait. One too many of an address is closed at once: its owner learns that
// something is wrong, where waiting would look like a hub that is down. When nearly all of everybody's are open, each new
// one closes the one that has been idle for longest, of the address that holds the most.

internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import Synchronization

/// The open connections of each network address.
final class AddressConnections: Sendable {
  /// An open connection.
  struct ID: Hashable {
    fileprivate let address: [UInt8]
    fileprivate let number: UInt64
  }

  private struct Connection {
    /// The moment since which nothing is asked on it; `nil` while a request is being read or answered, or it is closing.
    var idleSince: ContinuousClock.Instant?
    let close: @Sendable () -> Void
  }

  private struct AddressState {
    var open: [UInt64: Connection] = [:]
    /// True once somebody was warned, until the number is below half.
    var isWarned = false

    /// The connection that has been idle for longest.
    var idlest: (number: UInt64, since: ContinuousClock.Instant)? {
      open.compactMap { number, connection in connection.idleSince.map { (number, $0) } }.min { $0.since < $1.since }
    }
  }

  private struct State {
    var addresses: [[UInt8]: AddressState] = [:]
    var count = 0
    var lastNumber: UInt64 = 0
  }

  /// The most connections of one address.
  private let most: Int
  /// The connections of everybody from which on idle ones are closed.
  private let crowd: Int
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameters:
  ///   - most: The most connections of one address.
  ///   - all: The most connections of everybody.
  init(most: Int, ofAll all: Int, logger: Logger) {
    self.most = most
    crowd = all - all / 8
    self.logger = logger
  }

  /// Counts a connection that is opened. If nearly all are open, the idlest of the address with the most is closed.
  ///
  /// - Parameter close: Closes the connection; called at most once.
  /// - Returns: `nil` for one too many, which is not counted.
  func open(from address: [UInt8], now: ContinuousClock.Instant = .now, close: @escaping @Sendable () -> Void) -> ID? {
    let (id, isNews, closing) = state.withLock { state in
      var connections = state.addresses[address] ?? AddressState()
      let isFull = connections.open.count >= most
      let isNews = isFull && !connections.isWarned
      connections.isWarned = connections.isWarned || isFull
      guard !isFull else {
        state.addresses[address] = connections
        return (ID?.none, isNews, (@Sendable () -> Void)?.none)
      }
      state.lastNumber += 1
      connections.open[state.lastNumber] = Connection(idleSince: now, close: close)
      state.addresses[address] = connections
      state.count += 1
      let closing = state.count >= crowd ? takeIdlest(&state, besides: state.lastNumber) : nil
      return (ID(address: address, number: state.lastNumber), false, closing)
    }
    if isNews { logger.warning("one address holds all the connections that it may", metadata: ["most": "\(most)"]) }
    closing?()
    return id
  }

  /// Finds the connection to close.
  ///
  /// - Parameter newest: The one that has just been opened, which stays.
  /// - Returns: What closes it; `nil` if none is idle.
  private func takeIdlest(_ state: inout State, besides newest: UInt64) -> (@Sendable () -> Void)? {
    let candidates = state.addresses.compactMap { address, connections in
      connections.idlest.flatMap { $0.number == newest ? nil : (address, connections.open.count, $0) }
    }
    let idlest = candidates.max { ($0.1, $1.2.since) < ($1.1, $0.2.since) }
    guard let (address, _, connection) = idlest else { return nil }
    state.addresses[address]?.open[connection.number]?.idleSince = nil
    return state.addresses[address]?.open[connection.number]?.close
  }

  /// Notes that a connection is in use, or idle again.
  func note(_ id: ID, isIdle: Bool, now: ContinuousClock.Instant = .now) {
    state.withLock { $0.addresses[id.address]?.open[id.number]?.idleSince = isIdle ? now : nil }
  }

  func close(_ id: ID) {
    state.withLock { state in
      guard var connections = state.addresses[id.address], connections.open.removeValue(forKey: id.number) != nil else {
        return
      }
      state.count -= 1
      if connections.open.count * 2 < most { connections.isWarned = false }
      state.addresses[id.address] = connections.open.isEmpty ? nil : connections
    }
  }
}

/// Counts a connection, and closes one of an address that has too many. Those without an address, as of a Unix socket, are
/// not counted.
final class AddressConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let connections: AddressConnections
  private var counted: AddressConnections.ID?
  /// Requests whose head has arrived, and whose answer has not left.
  private var openRequests = 0

  init(_ connections: AddressConnections) {
    self.connections = connections
  }

  func channelActive(context: ChannelHandlerContext) {
    if let address = context.channel.remoteAddress?.network, !address.isEmpty {
      let channel = context.channel
      counted = connections.open(from: address) { channel.close(promise: nil) }
      guard counted != nil else { return context.close(promise: nil) }
    }
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) {
      openRequests += 1
      note()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
    let left = promise ?? context.eventLoop.makePromise()
    left.futureResult.assumeIsolated().whenSuccess { [self] in
      openRequests -= 1
      note()
    }
    context.write(data, promise: left)
  }

  private func note() {
    if let counted { connections.note(counted, isIdle: openRequests == 0) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let counted { connections.close(counted) }
    counted = nil
    context.fireChannelInactive()
  }
}
