// Deadlines of a connection. A whole request has a limit; its body and its answer have a least pace, one that even a bad
// connection keeps, because how long they take depends on their size. So nobody can hold a connection by silence, by
// dripping bytes or by not reading.
//
//   open ── head ──► request arrives (its time, pace of its body) ── end ──► answer is made (its time) ── first bytes
//     ──► answer leaves (its pace) ── last byte ──► open, for a limited time

internal import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Closes a connection that is silent, or whose request or answer takes too long.
package final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPRequestPart
  package typealias OutboundIn = HTTPResponsePart
  package typealias OutboundOut = HTTPResponsePart

  /// The times that a connection is allowed.
  package struct Limits: Sendable {
    let head: TimeAmount
    let request: TimeAmount
    let answer: TimeAmount?
    let pace: Pace

    /// - Parameters:
    ///   - head: The time from connecting, or from the last byte of the last answer, to the next request's head.
    ///   - request: The time from a request's head to its end.
    ///   - answer: The time from a request's end to the beginning of its answer, which must then leave at the pace; `nil`
    ///     for no limit on either.
    ///   - pace: The least pace of a request's body and of an answer.
    package init(head: TimeAmount, request: TimeAmount, answer: TimeAmount?, pace: Pace) {
      self.head = head
      self.request = request
      self.answer = answer
      self.pace = pace
    }
  }

  /// The fewest bytes to move in every period.
  package struct Pace: Sendable {
    let bytes: Int
    let window: TimeAmount

    package init(bytes: Int, in window: TimeAmount) {
      self.bytes = bytes
      self.window = window
    }
  }

  /// The most bytes that the system holds for a connection beyond those in flight. It would take megabytes, so that a
  /// slow reader would seem fast until they are full, and then silent until a third of them is read.
  private static let unsentBytesMax = 16 * 1024
  /// `TCP_NOTSENT_LOWAT` of Linux, which Swift's overlay does not have.
  private static let unsentBytesOption = NIOBSDSocket.Option(rawValue: 25)

  private let limits: Limits
  /// The deadline of what comes next: a head, a request's end or the first bytes of an answer.
  private var timer: Scheduled<Void>?
  private var body = PaceWatch()
  private var answer = PaceWatch()
  /// Bytes of answers that the system has not taken yet.
  private var pendingBytes = 0
  /// Requests whose head has arrived, and whose answer is not written in full.
  private var openRequests = 0
  /// An answer may be complete before its request is: a route need not wait for a body it does not want.
  private var isRequestWhole = true

  package init(_ limits: Limits) {
    self.limits = limits
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { open(context) }
  }

  package func channelActive(context: ChannelHandlerContext) {
    open(context)
    context.fireChannelActive()
  }

  private func open(_ context: ChannelHandlerContext) {
    if limits.answer != nil {
      // Where the system cannot, slow readers are merely judged by larger steps.
      try? context.channel.syncOptions?.setOption(
        ChannelOptions.Types.SocketOption(level: .tcp, name: Self.unsentBytesOption), value: Self.unsentBytesMax)
    }
    start(limits.head, context)
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      openRequests += 1
      isRequestWhole = false
      start(limits.request, context)
      body.start(limits.pace, closing: context)
    case .end:
      isRequestWhole = true
      body.stop()
      start(openRequests == 0 ? limits.head : limits.answer, context)
    case .body(let part): body.bytes += part.readableBytes
    }
    context.fireChannelRead(data)
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      if isRequestWhole { timer?.cancel() }
      context.write(data, promise: promise)
    case .body(var rest) where limits.answer != nil:
      // In slices, each of which says when it has left.
      while rest.readableBytes > limits.pace.bytes, let slice = rest.readSlice(length: limits.pace.bytes) {
        write(slice, context, promise: nil)
      }
      write(rest, context, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      let end = promise ?? context.eventLoop.makePromise()
      end.futureResult.assumeIsolated().whenSuccess { [self] in
        openRequests -= 1
        if openRequests == 0, isRequestWhole { start(limits.head, context) }
      }
      context.write(data, promise: end)
    }
  }

  private func write(_ slice: ByteBuffer, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
    let count = slice.readableBytes
    let left = promise ?? context.eventLoop.makePromise()
    if pendingBytes == 0 { answer.start(limits.pace, closing: context) }
    pendingBytes += count
    left.futureResult.assumeIsolated().whenComplete { [self] _ in
      pendingBytes -= count
      answer.bytes += count
      if pendingBytes == 0 { answer.stop() }
    }
    context.write(wrapOutboundOut(.body(slice)), promise: left)
  }

  private func start(_ limit: TimeAmount?, _ context: ChannelHandlerContext) {
    timer?.cancel()
    let channel = context.channel
    timer = limit.map { context.eventLoop.scheduleTask(in: $0) { channel.close(promise: nil) } }
  }

  private func stop() {
    timer?.cancel()
    body.stop()
    answer.stop()
  }

  package func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    stop()
  }
}

/// Closes a connection on which too few bytes move in one direction, checked once per window.
private final class PaceWatch {
  /// The bytes that have moved in this window.
  var bytes = 0
  private var watch: RepeatedTask?

  func start(_ pace: RequestDeadline.Pace, closing context: ChannelHandlerContext) {
    watch?.cancel()
    bytes = 0
    let (channel, handler) = (context.channel, NIOLoopBound(self, eventLoop: context.eventLoop))
    watch = context.eventLoop.scheduleRepeatedTask(initialDelay: pace.window, delay: pace.window) { _ in
      if handler.value.bytes < pace.bytes { channel.close(promise: nil) }
      handler.value.bytes = 0
    }
  }

  func stop() {
    watch?.cancel()
  }
}
