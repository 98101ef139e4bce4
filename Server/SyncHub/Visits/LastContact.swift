// A device's last contact, and how many changes were unsent after it. It is not a record: it changes with every visit
// and would fill the log. A hub that goes back to a backup learns it again at the next visit.

internal import Cryptography
internal import Replication

extension LastContact {
  /// The age at which a remembered contact is worth rewriting; a different count of unsent changes always is.
  private static let freshnessMilliseconds: Int64 = 10 * 60 * 1000

  private static let contacts = LocalTable("last_contact", .publicKey, .lastContact)

  /// The last contact of a device; `nil` if none is remembered.
  static func last(of key: PublicKey, in reader: any StoreReader) throws -> LastContact? {
    try contacts.value(key, in: reader)
  }

  /// Tests whether this contact is worth storing over the remembered one: another count, or over ten minutes later.
  func isNews(after last: LastContact?) -> Bool {
    last.map { $0.unsent != unsent || time.milliseconds - $0.time.milliseconds > Self.freshnessMilliseconds } ?? true
  }

  /// Stores this as the last contact of a device.
  func remember(of key: PublicKey, in transaction: any StoreTransaction) throws {
    try Self.contacts.set(key, to: self, in: transaction)
  }
}

extension LocalCoding<LastContact> {
  fileprivate static var lastContact: LocalCoding {
    .cbor { contact, writer in
      writer.array(2)
      writer.integer(contact.time.milliseconds)
      writer.unsigned(contact.unsent)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 2 else { throw .type }
      return LastContact(time: Timestamp(milliseconds: try reader.integer()), unsent: try reader.unsigned())
    }
  }
}
