// The first check on a request: the allowance of the network address it came from, which bounds what strangers cost. A
// request that a known device is proved to have sent gives it back, so any number of members may share one address.

internal import HTTPTypes
package import Hummingbird
internal import NIOCore
internal import Synchronization

/// A request's context, with the address it came from.
package struct HubContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The client's network address; empty for a connection without one, such as a Unix socket.
  let address: [UInt8]
  /// The bucket that the request is taken from.
  let payer = Payer()
  private let channel: any Channel

  package init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
    address = channel.remoteAddress?.network ?? []
  }

  /// Closes the connection at once.
  func close() { channel.close(promise: nil) }

  /// Waits until the channel has taken what was written. A writer is told only then that it has to wait for the client,
  /// so without this a long answer would be in the channel's memory before anything of it has left.
  func writesTaken() async throws { try await channel.eventLoop.submit {}.get() }
}

/// The one whose allowance a request counts against: its address, until a known device is proved to have sent it.
final class Payer: Sendable {
  private let device = Atomic(false)

  var isDevice: Bool { device.load(ordering: .relaxed) }

  func becomeDevice() { device.store(true, ordering: .relaxed) }
}

extension SocketAddress {
  /// The address without its port. Of an IPv6 address only the first half, since one customer holds every address with
  /// that prefix.
  ///
  /// Read by offset from `sockaddr_in` and `sockaddr_in6`: both start with family and port, and in the latter the flow
  /// label comes next.
  var network: [UInt8] {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
    case .v6(let address):
      withUnsafeBytes(of: address.address) { bytes in
        // An IPv4 address, as a socket for both shows it (RFC 4291 section 2.5.5.2).
        let isMapped = bytes[8..<18].allSatisfy { $0 == 0 } && bytes[18] == 0xff && bytes[19] == 0xff
        return Array(isMapped ? bytes[20..<24] : bytes[8..<16])
      }
    case .unixDomainSocket: []
    }
  }
}

/// Rejects requests from an address over its allowance, and warns before that.
///
/// Taken at once and given back later, since the proof is what costs: a signature check and a look into the directory.
struct AddressLimit: RouterMiddleware {
  let limit: RateLimit<[UInt8]>

  func handle(
    _ request: Request, context: HubContext, next: (Request, HubContext) async throws -> Response
  ) async throws -> Response {
    let item = try limit.take(of: context.address).enforced(for: "address", context.logger)
    let answer = try await next(request, context)
    return context.payer.isDevice ? answer : answer.warning(item)
  }
}
