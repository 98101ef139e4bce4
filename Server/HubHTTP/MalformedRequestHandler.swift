// Malformed HTTP never reaches a route; Hummingbird answers it with an empty 400. This handler turns that answer into a
// problem document like every other error, so that a client has one format to parse.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Fills the empty answer to an unparseable request with a problem document.
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
