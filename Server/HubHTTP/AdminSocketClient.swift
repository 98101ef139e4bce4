// The asking side of the administrator's socket: one POST of JSON to the process that serves the hub.

internal import AsyncHTTPClient
internal import Foundation
package import HubAdministration
internal import NIOCore
internal import NIOHTTP1
internal import Replication

/// A hub that another process serves, as its administrator reaches it.
package struct AdminSocketClient: Sendable {
  private let folder: HubFolder
  /// One for the life of the program. Where nobody listens it says so at once: by itself the client would try again
  /// until the command's time is over.
  private static let client = {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  package init(folder: HubFolder) {
    self.folder = folder
  }

  /// Does a command in the serving process.
  ///
  /// - Throws: ``AdminError``: what the command threw there, or that nobody answered.
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
