// The time in which members' programs accept the hub's certificate. A hub with one that has ended serves nobody, and only
// its members would notice, so the hub says so itself: when it is served, and in its status.

package import JSONText
package import Replication

/// The validity of the certificate with which a hub was last served.
package struct CertificateValidity: JSONConvertible, Sendable {
  package let begins: Timestamp
  package let ends: Timestamp

  package init(begins: Timestamp, ends: Timestamp) {
    (self.begins, self.ends) = (begins, ends)
  }

  package var json: JSON { .object(["begins": begins.json, "ends": ends.json]) }
}

extension CertificateValidity {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(begins: try json.member("begins"), ends: try json.member("ends"))
  }

  private static let key = LocalKey<CertificateValidity>("certificate", .certificateValidity)

  static func load(from reader: any LocalStateReader) throws -> CertificateValidity? {
    try reader.value(of: key)
  }

  /// Remembers the certificate of a hub that is about to be served; `nil` for one that is served without.
  package static func remember(_ validity: CertificateValidity?, in store: any ReplicaStore) throws {
    guard try store.read({ try load(from: $0) }) != validity else { return }
    try store.write { try $0.set(key, to: validity) }
  }
}

/// The reason to see to a certificate.
package enum CertificateWarning: Equatable, Sendable {
  case ended(Timestamp)
  case notBegun(Timestamp)
  case endsSoon(Timestamp, days: Int64)
}

extension CertificateValidity {
  /// The number of days before its end from which a certificate is warned about: time enough to be given another.
  private static let warningDays: Int64 = 30

  /// The warning due at a time by the hub's clock; `nil` while there is none.
  package func warning(at now: Timestamp) -> CertificateWarning? {
    if now.milliseconds >= ends.milliseconds { return .ended(ends) }
    if now.milliseconds < begins.milliseconds { return .notBegun(begins) }
    let days = (ends.milliseconds - now.milliseconds) / 86_400_000
    return days < Self.warningDays ? .endsSoon(ends, days: days) : nil
  }
}

extension LocalCoding<CertificateValidity> {
  fileprivate static var certificateValidity: LocalCoding {
    .cbor { validity, writer in
      writer.integer(validity.begins.milliseconds)
      writer.integer(validity.ends.milliseconds)
    } _: { (reader) throws(CBORError) in
      CertificateValidity(
        begins: Timestamp(milliseconds: try reader.integer()), ends: Timestamp(milliseconds: try reader.integer()))
    }
  }
}
