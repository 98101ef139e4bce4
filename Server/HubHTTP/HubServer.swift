// A served hub: the public routes on a TCP port, and admin commands on a Unix socket that only its owner can open. Both
// shut down gracefully together.

internal import Foundation
package import HubAdministration
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
package import Logging
internal import NIOCore
package import PartnerExchange
package import Replication
internal import RequestSigning
internal import ServiceLifecycle
package import SyncHub
internal import Synchronization
internal import UnixSignals

/// The limits on connections and requests. Slow rural connections need seconds, not minutes; nothing needs more.
package struct ServerLimits: Sendable {
  /// The time from connecting, or from the last answer, to the next request's head.
  package let head: Duration
  /// The time from a request's head to its end, and again from there to the beginning of its answer. A device on a slow
  /// connection sends smaller requests.
  package let body: Duration
  /// The fewest bytes of a request's body, or of an answer, to move in each `window`: 4 KiB in 20 s is 205 bytes a
  /// second.
  package let windowBytes = 4096
  /// The period over which the pace of a body is measured.
  package let window: Duration
  /// The allowance of one address, in requests that no known device is proved to have sent. As many at once as there may
  /// be connections, since whoever shares an address with others is a stranger until the proof; and then few, since each
  /// costs the hub a signature check and a look into its directory.
  package let perAddress: Allowance
  /// The allowance of one device, in bytes of requests and answers as sent. A first fetch of a million records is about
  /// as much as the burst; the steady rate is a small part of what the hub can do.
  package let perDevice: Allowance
  /// The cost of a device's request beside its bytes: what a hub can send in the time of the smallest request.
  package let requestCostBytes = 16 * 1024
  /// The bodies of requests that are being read. A device's whole share is one request of the largest size. One that
  /// takes long is cut off sooner than those who wait for its room give up, so that nobody holds it by dripping bytes.
  package let requests: MemoryBudget.Limits
  /// The requests and answers in work, and the answers on their way. A device's share is one in work, and some on their
  /// way over connections that have broken. An answer that others wait for has as long as a slow connection needs for
  /// some hundred kilobytes.
  package let answers: MemoryBudget.Limits
  /// The most connections open at once, over all clients; further ones wait until one closes. From seven eighths on, idle
  /// ones are closed for new ones. Fewer if the system grants the process fewer file descriptors.
  package let connections: Int
  /// The most connections open at once from one address; a further one is closed. A university may have one address.
  package let connectionsPerAddress: Int
  /// The total size of all header fields.
  package let headerBytes = 16 * 1024
  /// The most header fields of a request.
  package let headerFields = 64

  package init(
    head: Duration = .seconds(25), body: Duration = .seconds(120), window: Duration = .seconds(20),
    perAddress: Allowance = Allowance(burst: 4_096, perSecond: 20),
    perDevice: Allowance = Allowance(burst: 256 << 20, perSecond: 1_048_576), connections: Int = 4_096,
    connectionsPerAddress: Int = 1_024,
    requests: MemoryBudget.Limits = .init(
      bytes: 16 << 20, deviceBytes: Limits.requestBytesMax, wait: .seconds(10), leaving: .seconds(8)),
    answers: MemoryBudget.Limits = .init(
      bytes: 48 << 20, deviceBytes: 16 << 20, wait: .seconds(10), leaving: .seconds(20))
  ) {
    self.head = head
    self.body = body
    self.window = window
    self.perAddress = perAddress
    self.perDevice = perDevice
    self.connections = connections
    self.connectionsPerAddress = connectionsPerAddress
    self.requests = requests
    self.answers = answers
  }
}

/// One hub, served on the network.
package struct HubServer: Sendable {
  private let hub: SyncHub
  private let partners: PartnerService?
  private let administration: AdminService
  private let folder: HubFolder
  private let clock: @Sendable () -> Timestamp
  private let logger: Logger
  private let limits: ServerLimits

  package init(
    hub: SyncHub, partners: PartnerService? = nil, administration: AdminService, folder: HubFolder,
    clock: @escaping @Sendable () -> Timestamp,
    logger: Logger,
    limits: ServerLimits = ServerLimits()
  ) {
    self.hub = hub
    self.partners = partners
    self.clock = clock
    self.administration = administration
    self.folder = folder
    self.logger = logger
    self.limits = limits
  }

  /// Serves until SIGTERM or SIGINT; requests in progress are answered first.
  ///
  /// - Parameters:
  ///   - port: 0 lets the system choose one.
  ///   - tls: `nil` only for a loopback host.
  ///   - onReady: Called once, with the port, when both listeners are open.
  /// - Throws: Errors of TLS set-up, and of a listener that cannot be opened.
  package func run(
    host: String, port: Int, tls: ServerTLS? = nil, onReady: @escaping @Sendable (Int) -> Void
  ) async throws {
    precondition(tls != nil || isLoopback(host), "a hub off this computer is served over TLS")
    let files = raisedFileLimit()
    let doors = ReadinessLatch(onReady: onReady)
    let connections = min(limits.connections, max(1, files - Self.ownFiles))
    let plain = door(
      answer: TimeAmount(limits.body), connections: connections,
      connectionsPerAddress: min(limits.connectionsPerAddress, max(1, (files - Self.ownFiles) / 4)))
    let publicDoor = Application(
      router: HubRoutes(hub: hub, partners: partners, clock: clock, limits: limits).router(),
      server: try tls.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain,
      configuration: .init(
        address: .hostname(host, port: port), serverName: "board-hub", backlog: Self.backlog,
        availableConnectionsDelegate: ConnectionLimit(
          most: connections, logger: logger)),
      onServerRunning: { channel in doors.opened(port: channel.localAddress?.port) }, logger: logger)
    // Left by a hub that was killed; the store's lock guarantees that nobody serves on it.
    unlink(folder.socket)
    let socket = folder.socket
    guard let address = folder.socketAddress else {
      throw AdminError(.badFolder, "The path of the data folder cannot be used.")
    }
    let adminDoor = Application(
      // No deadline on the answer: a backup takes as long as it takes.
      router: AdminSocketRoutes(administration: administration).router(),
      server: door(answer: nil, connections: .max, connectionsPerAddress: .max),
      configuration: .init(address: .unixDomainSocket(path: address), serverName: "board-hub"),
      onServerRunning: { _ in
        chmod(socket, 0o600)
        doors.opened(port: nil)
      }, logger: logger)
    defer { unlink(socket) }
    let rounds: [any Service] = partners.map { [PartnerRounds(partners: $0, logger: logger)] } ?? []
    try await ServiceGroup(
      configuration: .init(
        // If one cannot be opened, the other shuts down gracefully; cancelled, it would log errors of its own.
        services: ([publicDoor as any Service, adminDoor] + rounds).map { service in
          .init(service: service, failureTerminationBehavior: .gracefullyShutdownGroup)
        },
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    ).run()
  }

  /// The connections that may wait to be accepted. Beyond these, the system makes each client retry after a second.
  private static let backlog = 4096

  /// The file descriptors reserved for the hub itself: its store and the store's readers, the admin socket,
  /// certificates.
  private static let ownFiles = 128

  /// Raises the limit of open files as far as the system allows. Each connection takes a file descriptor, and on many
  /// machines a process has 1,024 unless it asks for more.
  ///
  /// - Returns: The limit now in force.
  private func raisedFileLimit() -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return 1_024 }
    let before = limit.rlim_cur
    limit.rlim_cur = limit.rlim_max
    if setrlimit(resource, &limit) != 0 {
      logger.warning("the limit of open files could not be raised", metadata: ["errno": "\(errno)"])
      limit.rlim_cur = before
    }
    return Int(clamping: limit.rlim_cur)
  }

  private func door(answer: TimeAmount?, connections: Int, connectionsPerAddress: Int) -> HTTPServerBuilder {
    let limits = limits
    let connections = AddressConnections(most: connectionsPerAddress, ofAll: connections, logger: logger)
    return .http1(
      configuration: .init(
        additionalChannelHandlers: [
          AddressConnectionHandler(connections), MalformedRequestHandler(),
          // In place of Hummingbird's `idleTimeout`, which begins when an answer is written and not when it has left.
          RequestDeadline(
            .init(
              head: TimeAmount(limits.head), request: TimeAmount(limits.body), answer: answer,
              pace: .init(bytes: limits.windowBytes, in: TimeAmount(limits.window)))),
        ],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: limits.headerFields)))
  }
}

/// Calls `onReady` once both listeners are open.
private final class ReadinessLatch: Sendable {
  private struct State {
    var count = 0
    var port: Int?
  }

  private let state = Mutex(State())
  private let onReady: @Sendable (Int) -> Void

  init(onReady: @escaping @Sendable (Int) -> Void) {
    self.onReady = onReady
  }

  func opened(port: Int?) {
    let ready = state.withLock { state -> Int? in
      state.count += 1
      if let port { state.port = port }
      return state.count == 2 ? state.port : nil
    }
    if let ready { onReady(ready) }
  }
}
