// The first check on a request: the allowance of the network address it came from.

internal import HTTPTypes
package import Hummingbird
internal import NIOCore

/// A request's context, with the address it came from.
package struct HubContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The client's network address; empty for a connection without one, such as a Unix socket.
  let address: [UInt8]

  package init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    address = source.channel.remoteAddress?.network ?? []
  }
}

extension SocketAddress {
  /// The address without its port. Of an IPv6 address only the first half, since one customer holds every address with
  /// that prefix.
  ///
  /// Read by offset from `sockaddr_in` and `sockaddr_in6`: both start with family and port, and in the latter the flow
  /// label comes next.
  fileprivate var network: [UInt8] {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
    case .v6(let address): withUnsafeBytes(of: address.address) { Array($0[8..<16]) }
    case .unixDomainSocket: []
    }
  }
}

/// Rejects requests from an address over its allowance, and warns before that.
struct AddressLimit: RouterMiddleware {
  let limit: RateLimit<[UInt8]>

  func handle(
    _ request: Request, context: HubContext, next: (Request, HubContext) async throws -> Response
  ) async throws -> Response {
    let item = try limit.take(of: context.address).enforced(for: "address", context.logger)
    return try await next(request, context).warning(item)
  }
}
