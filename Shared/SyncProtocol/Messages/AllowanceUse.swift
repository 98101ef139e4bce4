// The use of one allowance, as a hub tells it: early enough that nobody is stopped without a warning, and again when the
// allowance is full and changes wait.

package import Replication

/// The part of an allowance that is used.
package struct AllowanceUse: Equatable, Sendable {
  /// The allowances of a hub that a device meets.
  package enum Allowance: Hashable, Sendable {
    /// The bytes that the changes of the device's member take on the hub's disk in a day.
    case bytes
    /// The chains that the device begins in a day, each under a replica id that is new in its space.
    case chains
    /// The changes of the device that the hub refuses in a day.
    case refused
    /// The bytes that members' changes take in a space, in all.
    case space(SpaceID)
  }

  package let allowance: Allowance
  package let used: UInt64
  package let most: UInt64
  /// The hub's time from which everything is free again; `nil` for an allowance that is not a day's.
  package let renewal: Timestamp?

  package init(_ allowance: Allowance, used: UInt64, most: UInt64, renewal: Timestamp?) {
    self.allowance = allowance
    self.used = used
    self.most = most
    self.renewal = renewal
  }

  /// True if the hub takes nothing more that would count against it.
  package var isFull: Bool { used >= most }

  /// True from four fifths on. A hub tells of an allowance from then on.
  package var isNearlyFull: Bool { used >= most - most / 5 }

  /// The used part of a hundred, at most 100.
  package var percent: UInt64 { isFull ? 100 : UInt64(Double(used) * 100 / Double(most)) }
}

extension AllowanceUse.Allowance {
  /// The name on the wire.
  package var name: String {
    switch self {
    case .bytes: "bytes"
    case .chains: "chains"
    case .refused: "refused"
    case .space: "space"
    }
  }

  /// The space; `nil` for an allowance of the member or the device.
  package var space: SpaceID? { if case .space(let space) = self { space } else { nil } }

  /// - Returns: `nil` for a name without meaning, or with a space where none belongs.
  init?(_ name: String, space: SpaceID?) {
    switch (name, space) {
    case ("bytes", nil): self = .bytes
    case ("chains", nil): self = .chains
    case ("refused", nil): self = .refused
    case ("space", let space?): self = .space(space)
    default: return nil
    }
  }
}

extension AllowanceUse {
  func encode(into map: inout CBORMapWriter) {
    map.write(2, allowance.space)
    map.write(3, allowance.name)
    map.write(5, renewal)
    map.write(8, used)
    map.write(9, most)
  }
}

extension LocalCoding<AllowanceUse> {
  /// Encodes a use as its notice.
  package static var allowanceUse: LocalCoding {
    .cbor { use, writer in
      writer.map(Notice.allowance(use).encode)
    } _: { (reader) throws(CBORError) in
      guard case .allowance(let use) = try reader.map({ (map) throws(CBORError) in try Notice(from: &map) }) else {
        throw .value
      }
      return use
    }
  }
}
