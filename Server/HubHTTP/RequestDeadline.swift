// Deadlines on a whole request and on its answer, and a minimum pace for the body, one that even a bad connection
// keeps. So nobody can hold a connection by dripping bytes or by not reading. Hummingbird bounds the time to a
// request's head; this bounds the remainder.

internal import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Closes a connection whose request or answer takes too long.
package final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPRequestPart
  package typealias OutboundIn = HTTPResponsePart

  private let request: TimeAmount
  private let answer: TimeAmount?
  private let pace: Pace
  private var timer: Scheduled<Void>?
  private var watch: RepeatedTask?
  private var bytesInWindow = 0
  /// An answer may be complete before its request is: a route need not wait for a body it does not want.
  private var isRequestWhole = true
  private var isAnswered = true

  /// The slowest pace at which a request's body may arrive.
  package struct Pace: Sendable {
    let bytes: Int
    let window: TimeAmount

    package init(bytes: Int, in window: TimeAmount) {
      self.bytes = bytes
      self.window = window
    }
  }

  /// - Parameters:
  ///   - request: The time from a request's head to its end.
  ///   - answer: The time from a request's end until the last of its answer is written; `nil` for no limit.
  ///   - pace: The least pace of the body; checked once per window.
  package init(request: TimeAmount, answer: TimeAmount?, pace: Pace) {
    self.request = request
    self.answer = answer
    self.pace = pace
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      (isRequestWhole, isAnswered) = (false, false)
      start(request, context)
      startWatch(context)
    case .end:
      isRequestWhole = true
      watch?.cancel()
      start(isAnswered ? nil : answer, context)
    case .body(let part): bytesInWindow += part.readableBytes
    }
    context.fireChannelRead(data)
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      isAnswered = true
      if isRequestWhole { timer?.cancel() }
    }
    context.write(data, promise: promise)
  }

  private func start(_ limit: TimeAmount?, _ context: ChannelHandlerContext) {
    timer?.cancel()
    let channel = context.channel
    timer = limit.map { context.eventLoop.scheduleTask(in: $0) { channel.close(promise: nil) } }
  }

  private func startWatch(_ context: ChannelHandlerContext) {
    watch?.cancel()
    bytesInWindow = 0
    let (channel, handler) = (context.channel, NIOLoopBound(self, eventLoop: context.eventLoop))
    watch = context.eventLoop.scheduleRepeatedTask(initialDelay: pace.window, delay: pace.window) { _ in
      let deadline = handler.value
      if deadline.bytesInWindow < deadline.pace.bytes { channel.close(promise: nil) }
      deadline.bytesInWindow = 0
    }
  }

  private func stop() {
    timer?.cancel()
    watch?.cancel()
  }

  package func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    stop()
  }
}
