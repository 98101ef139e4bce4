// Interprets an HTTP answer for a member's copy. A status alone never moves anything out of an outbox: the answer is
// either a hub's, of the right type, or a reason to try again. Pure, so that a test can cover every row of the table.

package import ClientCore
internal import Compression
internal import Cryptography
internal import JSONText
internal import Replication
package import SyncProtocol

/// One HTTP answer with its whole body.
package struct HubAnswer: Equatable, Sendable {
  package let status: Int
  /// The media type with its parameters, as sent; `nil` without one.
  package let contentType: String?
  /// The content coding, as sent; `nil` without one.
  package let contentEncoding: String?
  /// The `Retry-After` field, as sent; `nil` without one.
  package let retryAfter: String?
  /// The body as sent.
  package let body: [UInt8]

  package init(
    status: Int, contentType: String?, contentEncoding: String? = nil, retryAfter: String? = nil, body: [UInt8]
  ) {
    self.status = status
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.retryAfter = retryAfter
    self.body = body
  }

  /// The body's content, if this is a hub's answer of the type asked for.
  ///
  /// - Throws: ``TransportError`` for every other answer.
  package func body(ofType type: String) throws(TransportError) -> [UInt8] {
    switch status {
    case 200:
      guard mediaType == type else { throw .notAHub }
      return try content()
    case 401:
      // A hub always adds a code to the status. A captive portal that asks for a password does not.
      guard let code else { throw .notAHub }
      switch code {
      case "notKnown": throw .notKnown
      case "revoked": throw .revoked
      default: throw .rejected(detail ?? "it gave no reason")
      }
    case 403: throw .notAllowed(detail ?? "it gave no reason")
    case 400, 409, 413, 422: throw .rejected(detail ?? "it gave no reason")
    case 429, 503: throw .busy(wait: wait)
    case 500..<600: throw .hubFailed(status)
    default: throw .notAHub
    }
  }

  /// The time that a hub asks this device to wait, from a second to an hour; `nil` if no hub asks. A captive portal may
  /// answer 503, too, but has no code.
  private var wait: Duration? {
    guard code != nil, let seconds = retryAfter.flatMap(Int.init), seconds >= 0 else { return nil }
    return .seconds(min(max(seconds, 1), 3_600))
  }

  private func content() throws(TransportError) -> [UInt8] {
    switch contentEncoding?.lowercased() {
    case nil, "identity": return body
    case "zstd":
      do throws(DecompressionError) {
        return try Zstd.decompress(body, limit: Limits.answerBytesMax)
      } catch { throw .notAHub }
    default: throw .notAHub
    }
  }

  private var mediaType: String? {
    contentType.map { type in
      String(type.prefix { $0 != ";" }).lowercased().filter { !$0.isWhitespace }
    }
  }

  /// The hub's time and a nonce to sign, if the hub rejected the time of signing; `nil` otherwise.
  package var challenge: (seconds: Int64, nonce: String)? {
    guard status == 401, code == "clock", case .integer(let milliseconds)? = problem?["time"],
      case .string(let nonce)? = problem?["nonce"], nonce.utf8.count <= 256,
      // No hub sends a nonce that cannot be a signature's parameter.
      nonce.utf8.allSatisfy({ (0x20..<0x7f).contains($0) })
    else { return nil }
    return (milliseconds / 1_000, nonce)
  }

  /// The `detail` of a problem document (RFC 9457), cut to 300 characters.
  private var detail: String? {
    guard case .string(let detail)? = problem?["detail"], !detail.isEmpty else { return nil }
    let charactersMax = 300
    return String(detail.prefix(charactersMax))
  }

  private var code: String? {
    if case .string(let code)? = problem?["code"] { code } else { nil }
  }

  private var problem: [String: JSON]? {
    guard mediaType == "application/problem+json", case .object(let members)? = json else { return nil }
    return members
  }

  private var json: JSON? {
    do throws(JSONError) {
      return try JSON(parsing: body)
    } catch {
      // Without a document there is no detail; the status alone decides.
      return nil
    }
  }

  /// Parses the answer to joining.
  ///
  /// - Throws: ``TransportError/notAHub`` if the document is not as `Docs/wire.md` describes it, and every error of
  ///   ``body(ofType:)``.
  package func joinReply() throws(TransportError) -> JoinReply {
    _ = try body(ofType: "application/json")
    guard case .object(let members)? = json,
      let member = members.id("member", of: MemberRole.self), let hub = members.id("hub", of: HubRole.self),
      case .string(let name)? = members["name"], case .string(let role)? = members["role"],
      let signing = members.key("signingKey").flatMap({ PublicKey(bytes: $0) }),
      let sealing = members.key("sealingKey").flatMap({ SealingPublicKey(bytes: $0) }),
      case .string(let model)? = members["model"], case .array(let list)? = members["spaces"]
    else { throw .notAHub }
    var spaces: [(id: SpaceID, name: String)] = []
    for case .object(let space) in list {
      guard let id = space.id("id", of: SpaceRole.self), case .string(let name)? = space["name"] else { break }
      spaces.append((id, name))
    }
    guard spaces.count == list.count, list.count <= Limits.spacesPerRequestMax else { throw .notAHub }
    return JoinReply(
      member: member, memberName: name, role: role, hub: hub, keys: HubKeys(signing: signing, sealing: sealing),
      spaces: spaces, model: model)
  }
}

extension [String: JSON] {
  fileprivate func key(_ name: String) -> [UInt8]? {
    if case .string(let text)? = self[name] { bytes(ofHex: text) } else { nil }
  }

  fileprivate func id<Role>(_ name: String, of role: Role.Type) -> Identifier<Role>? {
    if case .string(let text)? = self[name] { Identifier(text) } else { nil }
  }
}
