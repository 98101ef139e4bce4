// A request must come in whole, and its answer be taken, within set times, so that nobody can hold a connection by
// dripping bytes or by not reading. Hummingbird bounds the time to a request's head; this bounds the rest.

internal import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Closes a connection whose request or answer takes too long.
package final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPRequestPart
  package typealias OutboundIn = HTTPResponsePart

  private let request: TimeAmount
  private let answer: TimeAmount?
  private var timer: Scheduled<Void>?
  /// An answer may be complete before its request is: a route need not wait for a body it does not want.
  private var isRequestWhole = true
  private var isAnswered = true

  /// - Parameters:
  ///   - request: From a request's head to its end.
  ///   - answer: From a request's end until the last of its answer is handed on; `nil` for as long as it takes.
  package init(request: TimeAmount, answer: TimeAmount?) {
    self.request = request
    self.answer = answer
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      (isRequestWhole, isAnswered) = (false, false)
      start(request, context)
    case .end:
      isRequestWhole = true
      start(isAnswered ? nil : answer, context)
    case .body: break
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

  package func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
  }
}
