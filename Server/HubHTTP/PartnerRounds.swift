// Exchanges with every partner whose address is known, about once a minute while the hub is served. A partner that cannot
// be reached is tried again the next time.

internal import Logging
internal import PartnerExchange
internal import ServiceLifecycle
internal import SyncHub

/// The regular exchange with partners.
struct PartnerRounds: Service {
  /// The time between two rounds; up to as much again is added at random, so that hubs which were started together do not
  /// stay together.
  private static let pause = Duration.seconds(40)

  let partners: PartnerService
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await partners.exchangeWithAll { partner, error in
          logger.warning("a partner was not reached", metadata: ["partner": "\(partner.member)", "error": "\(error)"])
        }
        do { try await Task.sleep(for: Self.pause * Double.random(in: 1...2)) } catch { return }
      }
    }
  }
}
