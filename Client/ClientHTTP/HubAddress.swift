// Parses a hub's address as a person types it, and so decides whether anything may be sent at all: only the loopback
// interface is addressed without TLS.

internal import ClientCore
internal import RequestSigning
package import SyncProtocol

/// The base URL of a hub's routes.
package struct HubAddress: Equatable, Sendable {
  /// Scheme, host, port if given, and path, without a trailing slash.
  package let base: String

  /// Parses `hub.example.org`, `localhost:8080`, `https://example.org/board/`.
  ///
  /// - Throws: ``TransportError/rejected(_:)`` for anything else: another scheme, a user name and password, a query,
  ///   white space, or `http` to another computer.
  package init(_ typed: String) throws(TransportError) {
    let mark = "://"
    let scheme: String?
    let rest: Substring
    if let range = typed.firstRange(of: mark) {
      scheme = typed[..<range.lowerBound].lowercased()
      rest = typed[range.upperBound...]
    } else {
      scheme = nil
      rest = typed[...]
    }
    let place = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(place.count).split(separator: "/").map { "/" + $0 }.joined()
    let isPlain = typed.utf8.allSatisfy { (0x21..<0x7f).contains($0) && !"@?#\\\"<>".utf8.contains($0) }
    guard scheme == nil || scheme == "http" || scheme == "https", isPlain, Self.isHost(place) else {
      throw .rejected("'\(typed)' is not an address of the Centre, such as https://hub.example.org")
    }
    let isHere = isLoopback(Self.parts(of: place).host)
    guard scheme != "http" || isHere else {
      throw .rejected("over http:// anybody in between could read your words; the address begins with https://")
    }
    base = "\(scheme ?? (isHere ? "http" : "https"))://\(place)\(path)"
  }

  /// The path of joining, as the hub knows it and as requests sign it. A prefix in the address concerns only a proxy in
  /// front of the hub, so it is not signed; the same holds for `sync`.
  static let join = "/v1/join"
  static let sync = "/v1/sync"
  static let partner = "/v1/partner"

  /// Tests for a host name or address, with or without a port from 1 to 65535.
  private static func isHost(_ place: Substring) -> Bool {
    let (host, port) = parts(of: place)
    return !host.isEmpty && (port.map { UInt16($0).map { $0 > 0 } ?? false } ?? true)
  }

  private static func parts(of place: Substring) -> (host: Substring, port: Substring?) {
    if place.hasPrefix("[") {
      guard let end = place.firstIndex(of: "]") else { return ("", nil) }
      let after = place[place.index(after: end)...]
      if after.isEmpty { return (place, nil) }
      return after.hasPrefix(":") ? (place[...end], after.dropFirst()) : ("", nil)
    }
    guard let colon = place.firstIndex(of: ":") else { return (place, nil) }
    return (place[..<colon], place[place.index(after: colon)...])
  }
}
