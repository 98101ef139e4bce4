// A device's report of what it has erased after a `leave` or `revoke` notice.
//
//   cleared: map { 1: [space] }, never empty, or map { } for everything

package import Replication

/// The data that a device no longer holds in any of its files.
package enum Clearing: Equatable, Sendable {
  /// 1 to ``Limits/spacesPerRequestMax`` spaces.
  case spaces([SpaceID])
  /// Every space, after ``Notice/revoke(_:)``.
  case everything
}

extension Clearing: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    if case .spaces(let spaces) = self { map.write(1, spaces) }
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    self = try map.next(is: 1) ? .spaces(map.reader.list(1...Limits.spacesPerRequestMax)) : .everything
  }
}
