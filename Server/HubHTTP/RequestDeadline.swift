// A request must come in whole within a set time, so that nobody can hold a connection by dripping bytes. Hummingbird
// bounds the time to a request's head; this bounds the time from head to end.

internal import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Closes a connection whose request body takes too long.
package final class RequestDeadline: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPRequestPart

  private let limit: TimeAmount
  private var timer: Scheduled<Void>?

  package init(limit: TimeAmount) {
    self.limit = limit
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      let channel = context.channel
      timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    case .end: timer?.cancel()
    case .body: break
    }
    context.fireChannelRead(data)
  }

  package func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
  }
}
