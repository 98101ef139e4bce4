// The client side of the admin socket: one POST of JSON to the process that serves the hub, answered in lines
// (AdminSocketRoutes.swift).

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
  /// the command's timeout. A hub that is silent for ten minutes is given up; an answer that goes on is read to its end.
  private static let client = {
    var configuration = HTTPClient.Configuration(timeout: .init(read: .minutes(10)))
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// - Parameter folder: The data folder of the hub, which holds the socket.
  package init(folder: HubFolder) {
    self.folder = folder
  }

  /// Runs a command in the serving process.
  ///
  /// - Parameter telling: Called with the entries of a long answer, some at a time, as they arrive.
  /// - Throws: ``AdminError``: the command's own, that the hub did not answer, or what `telling` throws.
  package func run<Command: AdminCommand>(
    _ command: Command, telling: ([Command.Entry]) throws(AdminError) -> Void
  ) async throws(AdminError) -> Command.Answer {
    guard let url = folder.socketAddress.flatMap(Self.url) else {
      throw AdminError(.badFolder, "The path of the data folder cannot be used.")
    }
    var lines = AnswerLines<Command>()
    do {
      var request = HTTPClientRequest(url: url + "/act")
      request.method = .POST
      request.body = .bytes(ByteBuffer(string: command.json.text))
      let response = try await Self.client.execute(request, deadline: .distantFuture)
      guard response.status == .ok else { throw AnswerMismatch() }
      for try await part in response.body {
        let entries = try lines.take(part.readableBytesView)
        if !entries.isEmpty { try telling(entries) }
      }
    } catch let error as AdminError {
      throw error
    } catch is AnswerMismatch {
      throw AdminError(.notAnswering, "The hub answered something that makes no sense.")
    } catch {
      throw AdminError(.notAnswering, "The hub is in use but does not answer. Try again in a moment.")
    }
    guard let end = lines.end else {
      throw AdminError(.notAnswering, "The hub stopped in the middle of its answer. Try again in a moment.")
    }
    return try end.get()
  }

  private static func url(of socket: String) -> String? {
    socket.addingPercentEncoding(withAllowedCharacters: .urlHostAllowed).map { "http+unix://" + $0 }
  }
}

/// The error for an answer that is not in the form of AdminSocketRoutes.swift.
private struct AnswerMismatch: Error {}

/// The lines of an answer, read as they arrive.
private struct AnswerLines<Command: AdminCommand> {
  /// The outcome of the command, which the last line tells; `nil` until that has arrived.
  private(set) var end: Result<Command.Answer, AdminError>?
  /// The beginning of a line that has not arrived whole.
  private var begun: [UInt8] = []

  /// Takes the next bytes.
  ///
  /// - Returns: The entries in the lines that they complete.
  /// - Throws: ``AnswerMismatch``, also for a line of more than ``Limits/adminAnswerBytesMax``.
  mutating func take(_ bytes: ByteBufferView) throws(AnswerMismatch) -> [Command.Entry] {
    var entries: [Command.Entry] = []
    var remainder = bytes[...]
    while let newline = remainder.firstIndex(of: UInt8(ascii: "\n")) {
      if let entry = try read(begun + remainder[..<newline]) { entries.append(entry) }
      begun = []
      remainder = remainder[(newline + 1)...]
    }
    begun += remainder
    guard begun.count <= Limits.adminAnswerBytesMax else { throw AnswerMismatch() }
    return entries
  }

  /// Reads one line.
  ///
  /// - Returns: `nil` for the last line, which has no entry but sets ``end``.
  private mutating func read(_ line: [UInt8]) throws(AnswerMismatch) -> Command.Entry? {
    do {
      guard end == nil, case .object(let members) = try JSON(parsing: line), members.count == 1 else {
        throw AnswerMismatch()
      }
      if let entry = members["entry"] { return try Command.Entry(json: entry) }
      if let refusal = members["refusal"] {
        end = .failure(try AdminError(json: refusal))
      } else if let answer = members["answer"] {
        end = .success(try Command.Answer(json: answer))
      } else {
        throw AnswerMismatch()
      }
      return nil
    } catch {
      throw AnswerMismatch()
    }
  }
}
