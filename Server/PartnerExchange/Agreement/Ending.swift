// Two signed statements that follow an agreement: that a side has ended it, and what became of what it had received.
//
//   ending:       { 1: agreement's digest, 2: hub, 3: time, 4: reason, 5: signature }
//   certificate:  { 1: agreement's digest, 2: hub, 3: time, 4: what was done, 5: number of records, 6: running digest
//                   of the log that they came from, 7: computers that have yet to clear it, 8: signature }
//   signed:       "board.agreement-end" or "board.agreement-certificate", a zero byte, and the map without its signature

package import Cryptography
package import Replication

/// A side's word that it has ended an agreement.
package struct Ending: Equatable, Sendable {
  /// The digest of the version that was in force.
  package let agreement: Digest
  package let hub: HubID
  package let time: Timestamp
  package let reason: String
  package let signature: [UInt8]

  /// Signs an ending.
  package init(of agreement: Digest, by hub: HubID, at time: Timestamp, reason: String, signedWith key: SigningKey) {
    self.init(agreement: agreement, hub: hub, time: time, reason: reason, signature: [])
    self = Ending(
      agreement: agreement, hub: hub, time: time, reason: reason, signature: key.signature(for: statement))
  }

  private init(agreement: Digest, hub: HubID, time: Timestamp, reason: String, signature: [UInt8]) {
    self.agreement = agreement
    self.hub = hub
    self.time = time
    self.reason = reason
    self.signature = signature
  }

  /// Tests whether a party's hub has signed it.
  package func isSigned(by party: Agreement.Party) -> Bool {
    party.hub == hub && party.key.isValid(signature, for: statement)
  }

  private var statement: [UInt8] {
    var writer = CBORWriter()
    writer.map { fields(into: &$0) }
    return Array("board.agreement-end".utf8) + [0] + writer.bytes
  }

  private func fields(into map: inout CBORMapWriter) {
    map.write(1, agreement)
    map.write(2, hub)
    map.write(3, time)
    map.write(4, reason)
  }
}

extension Ending: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    fields(into: &map)
    map.write(5, signature)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    self.init(
      agreement: try map.read(1), hub: try map.read(2), time: try map.read(3), reason: try map.read(4),
      signature: try map.read(5))
  }
}

/// A side's word of what became of what an agreement had brought it.
package struct Certificate: Equatable, Sendable {
  package let agreement: Digest
  package let hub: HubID
  package let time: Timestamp
  package let done: Agreement.AtEnd
  /// The records that the hub held.
  package let records: UInt64
  /// The running digest of the giver's log up to which the hub had read.
  package let held: Digest
  /// The members' computers that have not yet confirmed that they cleared it.
  package let waiting: UInt64
  package let signature: [UInt8]

  /// Signs a certificate.
  package init(
    of agreement: Digest, by hub: HubID, at time: Timestamp, done: Agreement.AtEnd, records: UInt64, held: Digest,
    waiting: UInt64, signedWith key: SigningKey
  ) {
    self.init(
      agreement: agreement, hub: hub, time: time, done: done, records: records, held: held, waiting: waiting,
      signature: [])
    self = Certificate(
      agreement: agreement, hub: hub, time: time, done: done, records: records, held: held, waiting: waiting,
      signature: key.signature(for: statement))
  }

  private init(
    agreement: Digest, hub: HubID, time: Timestamp, done: Agreement.AtEnd, records: UInt64, held: Digest,
    waiting: UInt64, signature: [UInt8]
  ) {
    self.agreement = agreement
    self.hub = hub
    self.time = time
    self.done = done
    self.records = records
    self.held = held
    self.waiting = waiting
    self.signature = signature
  }

  /// Tests whether a party's hub has signed it.
  package func isSigned(by party: Agreement.Party) -> Bool {
    party.hub == hub && party.key.isValid(signature, for: statement)
  }

  private var statement: [UInt8] {
    var writer = CBORWriter()
    writer.map { fields(into: &$0) }
    return Array("board.agreement-certificate".utf8) + [0] + writer.bytes
  }

  private func fields(into map: inout CBORMapWriter) {
    map.write(1, agreement)
    map.write(2, hub)
    map.write(3, time)
    map.write(4, done.rawValue)
    map.write(5, records)
    map.write(6, held)
    map.write(7, waiting)
  }
}

extension Certificate: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    fields(into: &map)
    map.write(8, signature)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    let (agreement, hub, time): (Digest, HubID, Timestamp) = (try map.read(1), try map.read(2), try map.read(3))
    let done: String = try map.read(4)
    guard let done = Agreement.AtEnd(rawValue: done) else { throw .value }
    self.init(
      agreement: agreement, hub: hub, time: time, done: done, records: try map.read(5), held: try map.read(6),
      waiting: try map.read(7), signature: try map.read(8))
  }
}
