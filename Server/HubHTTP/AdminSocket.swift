// How an act reaches a hub that is being served: one POST of JSON over a Unix socket in the data folder, which only
// the folder's owner can open.

internal import AsyncHTTPClient
internal import Foundation
internal import HTTPTypes
package import HubAdministration
package import Hummingbird
internal import NIOCore
internal import NIOHTTP1
package import Replication

/// The serving side.
package struct AdminSocketRoutes: Sendable {
  private let acts: AdminService

  package init(acts: AdminService) {
    self.acts = acts
  }

  /// `POST /act`: 200 with the act's answer, or 422 with its error.
  package func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.add(middleware: ProblemMiddleware())
    router.post("/act") { request, _ in
      let buffer = try await request.body.collect(upTo: 2 * Limits.importBytesMax)
      let act: AdminCommand?
      do throws(JSONError) {
        act = AdminCommand(try JSON(parsing: Array(buffer.readableBytesView)))
      } catch { act = nil }
      guard let act else { throw Problem(.badAct, "This is no act of an administrator.") }
      do throws(AdminError) {
        return Self.answer(.ok, try acts.run(act))
      } catch {
        return Self.answer(.unprocessableContent, error.json)
      }
    }
    return router
  }

  private static func answer(_ status: HTTPResponse.Status, _ json: JSON) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: ByteBuffer(string: json.text)))
  }
}

/// The asking side.
package struct AdminSocketClient: Sendable {
  private let folder: HubFolder
  /// One for the life of the program. Where nobody listens it says so at once: by itself the client would try again
  /// until the act's time is over.
  private static let client = {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  package init(folder: HubFolder) {
    self.folder = folder
  }

  /// Does an act in the serving process.
  ///
  /// - Throws: ``AdminError``: what the act threw there, or that nobody answered.
  package func run(_ act: AdminCommand) async throws(AdminError) -> JSON {
    guard let url = Self.url(of: folder.socket) else {
      throw AdminError(.usage, "badFolder", "The path of the data folder cannot be used.")
    }
    let answer: (status: HTTPResponseStatus, body: [UInt8])
    do {
      var request = HTTPClientRequest(url: url + "/act")
      request.method = .POST
      request.body = .bytes(ByteBuffer(string: act.json.text))
      let response = try await Self.client.execute(request, timeout: .minutes(10))
      let body = try await response.body.collect(upTo: Limits.importBytesMax)
      answer = (response.status, Array(body.readableBytesView))
    } catch {
      throw AdminError(.busy, "notAnswering", "The hub is in use but does not answer. Try again in a moment.")
    }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: answer.body)
    } catch { throw Self.unreadable }
    guard answer.status != .ok else { return json }
    throw AdminError(json) ?? Self.unreadable
  }

  private static let unreadable = AdminError(.busy, "notAnswering", "The hub answered something that makes no sense.")

  private static func url(of socket: String) -> String? {
    socket.addingPercentEncoding(withAllowedCharacters: .urlHostAllowed).map { "http+unix://" + $0 }
  }
}
