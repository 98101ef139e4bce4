// A hub's address as a person types it. It decides whether anything may go out at all: only this very computer is spoken
// to in the clear.

internal import ClientCore
internal import RequestSigning
package import SyncProtocol

/// Where a hub's routes begin.
package struct HubAddress: Equatable, Sendable {
  /// Scheme, host and path, without a slash at the end.
  package let base: String

  /// Reads `hub.example.org`, `localhost:8080`, `https://example.org/board/`.
  ///
  /// - Throws: ``TransportError/rejected(_:)`` for what is no such address: another scheme, a name and password, a
  ///   query, white space, or `http` to another computer.
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
      throw .rejected("over http:// anybody on the line could read your words; the address begins with https://")
    }
    base = "\(scheme ?? (isHere ? "http" : "https"))://\(place)\(path)"
  }

  /// The paths as the hub knows them. What stands before them in an address is the business of whatever stands before
  /// the hub, so it is not signed.
  static let join = "/v1/join"
  static let sync = "/v1/sync"

  /// A name or number of a host, with or without a port.
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
