// The first thing that happens to a request: whether its address may ask so often.

internal import HTTPTypes
package import Hummingbird
internal import NIOCore

/// A request's context: with where it came from.
package struct HubContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Where it came from; empty where that has no address.
  let address: [UInt8]

  package init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    address = source.channel.remoteAddress?.network ?? []
  }
}

extension SocketAddress {
  /// The address without its port, and of IPv6 the first half alone: one customer has all that begin with it.
  ///
  /// Read by their places in `sockaddr_in` and `sockaddr_in6`: family and port come first, and in the second the flow.
  fileprivate var network: [UInt8] {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
    case .v6(let address): withUnsafeBytes(of: address.address) { Array($0[8..<16]) }
    case .unixDomainSocket: []
    }
  }
}

/// Turns away who asks too often, and warns before that.
struct AddressLimit: RouterMiddleware {
  let limit: RateLimit<[UInt8]>

  func handle(
    _ request: Request, context: HubContext, next: (Request, HubContext) async throws -> Response
  ) async throws -> Response {
    let item = try limit.take(of: context.address).enforced(for: "address", context.logger)
    return try await next(request, context).warning(item)
  }
}
