// Every error the hub answers is a problem document (RFC 9457) with a stable code; it never echoes the request.

package import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Logging
internal import NIOHTTP1
internal import Replication
internal import SyncHub

/// The values of a problem's `code`, for programs, each with its status. Released values never change.
package enum ProblemCode: String, CaseIterable, Sendable {
  case badRequest, badJSON, badSignature, digestMissing, digestMismatch, unreadable, protocolVersion
  /// On the admin socket only.
  case badAct
  case signatureMissing, signatureWrong, clock, replayed, notKnown, revoked
  case codeUnknown, keyTaken, wrongHub
  case notFound, notBegun, tooLarge, mediaType, badFields, tooOften
  case `internal`, busy, storage, diskFull

  /// The HTTP status that goes with the code.
  package var status: HTTPResponse.Status {
    switch self {
    case .badRequest, .badJSON, .badSignature, .digestMissing, .digestMismatch, .unreadable, .protocolVersion, .badAct:
      .badRequest
    case .signatureMissing, .signatureWrong, .clock, .replayed, .notKnown, .revoked: .unauthorized
    case .codeUnknown, .keyTaken, .wrongHub: .forbidden
    case .notFound: .notFound
    case .notBegun: .conflict
    case .tooLarge: .contentTooLarge
    case .mediaType: .unsupportedMediaType
    case .badFields: .unprocessableContent
    case .tooOften: .tooManyRequests
    case .internal: .internalServerError
    case .busy, .storage: .serviceUnavailable
    case .diskFull: .init(code: 507, reasonPhrase: "Insufficient Storage")
    }
  }
}

/// An error to be sent as a problem document.
struct Problem: Error, Equatable, Sendable {
  let code: ProblemCode
  /// A plain explanation for people.
  let detail: String
  /// Further members of the document, for programs.
  private let members: [String: JSON]
  private let retryAfterSeconds: Int?

  init(
    _ code: ProblemCode, _ detail: String, members: [String: JSON] = [:], retryAfterSeconds: Int? = nil
  ) {
    self.code = code
    self.detail = detail
    self.members = members
    self.retryAfterSeconds = retryAfterSeconds ?? (code == .storage ? 5 : nil)
  }

  var status: HTTPResponse.Status { code.status }

  /// The device's clock is too far off to be believed. Signing the nonce given gets the request through, so no device
  /// is locked out.
  static func clock(now: Timestamp, nonce: String) -> Problem {
    Problem(
      .clock, "The device's clock is far from the hub's. Sign anew with the nonce given.",
      members: ["time": .integer(now.milliseconds), "nonce": .string(nonce)])
  }

  /// The client is over its allowance; `Retry-After` is the wait, rounded up to whole seconds.
  static func tooOften(_ wait: Duration) -> Problem {
    Problem(
      .tooOften, "Too many requests came from here. Come back a little later.",
      retryAfterSeconds: Int(wait.components.seconds) + 1)
  }

  /// The hub holds as many bytes for others as it can. By then most of them are gone.
  static let busy = Problem(.busy, "The hub is busy with others. Come back a little later.", retryAfterSeconds: 5)

  /// Malformed HTTP, or a request cut short.
  static let noRequest = Problem(.badRequest, "This is no whole request that the hub can read.")

  /// The document as JSON, with a final newline.
  var body: String {
    let document: [String: JSON] = [
      "type": .string("about:blank"), "title": .string(status.reasonPhrase), "status": .integer(Int64(status.code)),
      "code": .string(code.rawValue), "detail": .string(detail),
    ]
    return JSON.object(document.merging(members) { member, _ in member }).text + "\n"
  }

  var headers: HTTPFields {
    var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
    if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
    if status == .unauthorized { headers[.wwwAuthenticate] = "Signature" }
    return headers
  }

  var response: Response {
    Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
  }

  /// Maps any error thrown by a route to a problem.
  init(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as RequestError: self.init(error)
    case DirectoryError.codeUnknown:
      self.init(
        .codeUnknown, "This code is not known, was used already, was tried too often, or is too old.")
    case DirectoryError.deviceUnknown:
      self.init(.notKnown, "The hub does not know this device.")
    case DirectoryError.deviceRevoked:
      self.init(.revoked, "The hub was told to take nothing from this device and to give it nothing.")
    case DirectoryError.keyTaken:
      self.init(.keyTaken, "This computer belongs to somebody else.")
    case StoreError.full:
      self.init(
        .diskFull,
        "The hub's disk is full. Nothing was taken in.")
    case is StoreError: self.init(.storage, "The hub cannot store anything right now.")
    case let error as any HTTPResponseError:
      let code = Self.code(of: error.status)
      self.init(code, "\(code.status.reasonPhrase).")
    default: self.init(.internal, "The hub failed. Nothing was taken in.")
    }
  }

  private init(_ error: RequestError) {
    switch error {
    case .unreadable(let why): self.init(.unreadable, "The request cannot be read: \(why).")
    case .protocolVersion:
      self.init(.protocolVersion, "This program and the hub speak different versions.")
    case .wrongHub: self.init(.wrongHub, "This copy belongs to another hub.")
    case .tooManyChanges:
      self.init(.tooLarge, "A request offers at most \(Limits.offersPerRequestMax) changes. Send less at once.")
    }
  }

  /// Maps a status of the HTTP library's own errors to a code.
  private static func code(of status: HTTPResponse.Status) -> ProblemCode {
    switch status {
    case .notFound: .notFound
    case .contentTooLarge: .tooLarge
    default: status.kind == .serverError ? .internal : .badRequest
    }
  }
}

/// Turns any error thrown by a route into a problem document.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPParserError {
      // The request was cut short, so whatever follows on this connection is noise. Hummingbird answers and closes it.
      throw error
    } catch {
      let problem = Problem(error)
      if problem.status.kind == .serverError {
        context.logger.error("request failed", metadata: ["code": "\(problem.code)", "error": "\(type(of: error))"])
      }
      return problem.response
    }
  }
}
