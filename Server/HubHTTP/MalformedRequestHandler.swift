// What is no HTTP never reaches a route, and Hummingbird answers it with an empty 400. This gives that answer the form
// every other error has, so that a client needs to know one form only.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Fills the empty answer to a request that could not be parsed with a problem document.
final class MalformedRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private var isBroken = false

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    isBroken = isBroken || error is HTTPParserError
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard isBroken, case .head(var head) = unwrapOutboundIn(data), head.headerFields[.contentType] == nil else {
      context.write(data, promise: promise)
      return
    }
    let problem = Problem.noRequest
    head.status = problem.status
    head.headerFields = problem.headers
    head.headerFields[.connection] = "close"
    head.headerFields[.contentLength] = String(problem.body.utf8.count)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(string: problem.body))), promise: promise)
  }
}
