// The client side of the admin socket: one POST of JSON to the process that serves the hub.

internal import AsyncHTTPClient
internal import Foundation
package import HubAdministration
internal import JSONText
internal import NIOCore
internal import NIOHTTP1
internal import Replication

/// A client for a hub served by another process.
package struct AdminSocketClient: Sendable {
  private let folder: HubFolder
  /// One client for the life of the program. It fails at once if nothing is listening; by default it would retry until
  /// the command's timeout.
  private static let client = {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// - Parameter folder: The data folder of the hub, which holds the socket.
  package init(folder: HubFolder) {
    self.folder = folder
  }

  /// Runs a command in the serving process. Times out after ten minutes.
  ///
  /// - Throws: ``AdminError``: the command's own, or that the hub did not answer.
  package func run<Command: AdminCommand>(_ command: Command) async throws(AdminError) -> Command.Answer {
    guard let url = Self.url(of: folder.socket) else {
      throw AdminError(.badFolder, "The path of the data folder cannot be used.")
    }
    let (status, body): (HTTPResponseStatus, [UInt8])
    do {
      var request = HTTPClientRequest(url: url + "/act")
      request.method = .POST
      request.body = .bytes(ByteBuffer(string: command.json.text))
      let response = try await Self.client.execute(request, timeout: .minutes(10))
      let buffer = try await response.body.collect(upTo: Limits.importBytesMax)
      (status, body) = (response.status, Array(buffer.readableBytesView))
    } catch {
      throw AdminError(.notAnswering, "The hub is in use but does not answer. Try again in a moment.")
    }
    let refusal: AdminError
    do {
      let json = try JSON(parsing: body)
      if status == .ok { return try Command.Answer(json: json) }
      refusal = try AdminError(json: json)
    } catch {
      throw AdminError(.notAnswering, "The hub answered something that makes no sense.")
    }
    throw refusal
  }

  private static func url(of socket: String) -> String? {
    socket.addingPercentEncoding(withAllowedCharacters: .urlHostAllowed).map { "http+unix://" + $0 }
  }
}
