// The server side of the admin socket: one POST of JSON over a Unix socket in the data folder, which only the folder's
// owner can open. The answer is JSON lines, each an object with one member:
//
//   {"entry": …}      the next entry of a long answer; none of a short one
//   {"answer": …}     the answer, or the end of a long one: the last line
//   {"refusal": …}    in its place, the error with which the command failed
//
// An answer without a last line was cut.

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

  /// `POST /act`: 200 with the lines of the command's answer, or 400 if it is no command.
  package func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.add(middleware: ProblemMiddleware())
    router.post("/act") { request, _ in
      let buffer = try await request.body.collect(upTo: Limits.adminRequestBytesMax)
      let command = try Self.command(Array(buffer.readableBytesView))
      let (lines, sink) = LineSink.makeStream()
      queue.async { self.run(command, to: sink) }
      return Response(
        status: .ok, headers: [.contentType: "application/jsonl"],
        body: .init { writer in
          for await text in lines {
            try await writer.write(ByteBuffer(string: text))
            sink.didWrite()
          }
          try await writer.finish(nil)
        })
    }
    return router
  }

  private static func command(_ request: [UInt8]) throws -> any AdminCommand {
    do {
      return try AdminCommands.command(json: JSON(parsing: request))
    } catch {
      throw Problem(.badAct, "This is no act of an administrator.")
    }
  }

  /// Runs a command as the machine's owner: only the owner of the files can open the socket.
  private func run<Command: AdminCommand>(_ command: Command, to sink: LineSink) {
    defer { sink.finish() }
    let last: JSON
    do throws(AdminError) {
      let answer = try administration.run(command, by: .machineOwner(through: .socket)) { entries in
        try sink.write(entries.map { .object(["entry": $0.json]) })
      }
      last = .object(["answer": answer.json])
    } catch {
      last = .object(["refusal": error.json])
    }
    do throws(LineSink.Closed) {
      try sink.write([last])
    } catch {
      // The other side has gone, so nobody reads it. The command has been carried out all the same.
    }
  }
}

/// The lines of an answer on their way from the thread of a command, which blocks until each batch has left.
private final class LineSink: Sendable {
  /// The error for a reader that has gone.
  struct Closed: Error {}

  private let continuation: AsyncStream<String>.Continuation
  private let written = DispatchSemaphore(value: 0)

  private init(_ continuation: AsyncStream<String>.Continuation) {
    self.continuation = continuation
  }

  /// - Returns: The batches of lines, and the sink that they are written to. When the stream is dropped, the sink closes.
  static func makeStream() -> (AsyncStream<String>, LineSink) {
    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
    let sink = LineSink(continuation)
    continuation.onTermination = { [written = sink.written] _ in written.signal() }
    return (stream, sink)
  }

  /// Writes a batch of lines, and waits until it has left.
  ///
  /// - Throws: ``Closed``.
  func write(_ lines: [JSON]) throws(Closed) {
    let text = lines.map { $0.text + "\n" }.joined()
    guard case .enqueued = continuation.yield(text) else { throw Closed() }
    written.wait()
  }

  /// Lets the next batch in.
  func didWrite() { written.signal() }

  func finish() { continuation.finish() }
}
