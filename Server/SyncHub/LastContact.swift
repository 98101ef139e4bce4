// When a device was last here, and what still waited on it. It is no record: it changes with every visit and would fill the
// log with them; a hub that goes back to a backup knows it anew after the next visit.

internal import Cryptography
internal import Replication

extension LastContact {
  /// So much later a visit is worth a write of its own; where the count has changed it always is.
  private static let freshnessMilliseconds: Int64 = 10 * 60 * 1000

  private static func setting(_ key: PublicKey) -> String { "visit/\(key)" }

  /// The last visit of a device; `nil` where none is remembered.
  static func last(of key: PublicKey, in reader: any StoreReader) throws -> LastContact? {
    guard let bytes = try reader.setting(setting(key)) else { return nil }
    var cbor = CBORReader(bytes)
    do throws(CBORError) {
      guard try cbor.array() == 2 else { throw .type }
      return LastContact(time: Timestamp(milliseconds: try cbor.integer()), unsent: try cbor.unsigned())
    } catch { throw StoreError.corrupt("the last visit of a device: \(error)") }
  }

  /// Whether this visit says more than the one remembered.
  func isNews(after last: LastContact?) -> Bool {
    last.map { $0.unsent != unsent || time.milliseconds - $0.time.milliseconds > Self.freshnessMilliseconds } ?? true
  }

  func remember(of key: PublicKey, in transaction: any StoreTransaction) throws {
    var writer = CBORWriter()
    writer.array(2)
    writer.integer(time.milliseconds)
    writer.unsigned(unsent)
    try transaction.set(Self.setting(key), to: writer.bytes)
  }
}
