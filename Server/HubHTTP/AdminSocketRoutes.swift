// The server side of the admin socket: one POST of JSON over a Unix socket in the data folder, which only the folder's
// owner can open.

internal import Dispatch
internal import HTTPTypes
package import HubAdministration
package import Hummingbird
internal import JSONText
internal import NIOCore
internal import Replication
internal import SyncHub

/// The route of the admin socket.
package struct AdminSocketRoutes: Sendable {
  private let administration: AdminService
  /// Commands block, for minutes when they verify or copy a large hub. On a queue of their own they occupy no thread of
  /// the cooperative pool, which answers every member; the queue is concurrent, so they wait for each other only to
  /// write.
  private let queue = DispatchQueue(label: "hub.administration", attributes: .concurrent)

  package init(administration: AdminService) {
    self.administration = administration
  }

  /// `POST /act`: 200 with the command's answer, or 422 with its error.
  package func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.add(middleware: ProblemMiddleware())
    router.post("/act") { request, _ in
      let buffer = try await request.body.collect(upTo: 2 * Limits.importBytesMax)
      let (status, text) = try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result { try answer(Array(buffer.readableBytesView)) }) }
      }
      return Response(
        status: status, headers: [.contentType: "application/json"],
        body: .init(byteBuffer: ByteBuffer(string: text)))
    }
    return router
  }

  private func answer(_ request: [UInt8]) throws -> (HTTPResponse.Status, String) {
    let command: any AdminCommand
    do {
      command = try AdminCommands.command(json: JSON(parsing: request))
    } catch {
      throw Problem(.badAct, "This is no act of an administrator.")
    }
    do throws(AdminError) {
      return (.ok, try answer(command).text)
    } catch {
      return (.unprocessableContent, error.json.text)
    }
  }

  /// Runs a command as the machine's owner: only the owner of the files can open the socket.
  private func answer(_ command: some AdminCommand) throws(AdminError) -> JSON {
    try administration.run(command, by: .machineOwner(through: .socket)).json
  }
}
