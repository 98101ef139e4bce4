// `verify`: checks that every change, signature and record of the hub is as it was written.

package import JSONText
package import Replication
internal import SyncHub

package struct VerifyCommand: PlainAdminCommand {
  package static let name = "verify"
  package init() {}

  /// Verifies the whole hub, a page at a time. Cost grows with its log.
  ///
  /// - Throws: ``AdminError``, `damaged`, with the first integrity failure.
  package func run(in hub: AdminContext) throws -> VerificationReport {
    do {
      let report = VerificationReport(
        spaces: try Verification(of: hub.store).spaces.map { space in
          VerificationReport.Space(
            id: space.id, name: space.name, changes: space.changes, refused: space.voids, chains: space.chains,
            records: space.records, unproved: space.unproved)
        })
      let unreadable = try hub.store.read { try Audit.unreadableNotes(in: $0) }
      guard unreadable == 0 else {
        throw AdminError(
          .damaged,
          "Everything else is as it was written, but \(unreadable) of the notes that commands leave until they end cannot "
            + "be read. The audit lacks what these commands did before they were stopped.")
      }
      return report
    } catch let failure as IntegrityFailure {
      throw AdminError(.damaged, failure.words)
    }
  }
}

extension AdminCommand where Self == VerifyCommand {
  package static var verify: Self { Self() }
}

/// The figures of a hub that passed verification.
package struct VerificationReport: JSONConvertible {
  /// The figures of one space.
  package struct Space: JSONConvertible {
    package let id: SpaceID
    package let name: String
    package let changes: Int
    package let refused: Int
    /// The number of chains: one for each replica that has written.
    package let chains: Int
    package let records: Int
    /// The number of changes that no head by a device of their author covers yet.
    package let unproved: UInt64

    package var json: JSON {
      .object([
        "id": id.json, "name": name.json, "changes": changes.json, "refused": refused.json, "chains": chains.json,
        "records": records.json, "unproved": unproved.json,
      ])
    }
  }

  package let spaces: [Space]

  package var json: JSON { .object(["spaces": spaces.json]) }
}

extension VerificationReport {
  package init(json: JSON) throws(JSONMismatch) { self.init(spaces: try json.member("spaces")) }
}

extension VerificationReport.Space {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      id: try json.member("id"), name: try json.member("name"), changes: try json.member("changes"),
      refused: try json.member("refused"), chains: try json.member("chains"), records: try json.member("records"),
      unproved: try json.member("unproved"))
  }
}

// MARK: In words

extension IntegrityFailure {
  var words: String {
    let start = "In '\(spaceName)', \(location): \(fault)."
    return byte.map { "\(start) The first wrong byte is byte \($0), counted from 0." } ?? start
  }

  private var location: String {
    switch place {
    case .space: "space \(space)"
    case .row(let position, let dot?): "row \(position) of the log, change \(dot)"
    case .row(let position, nil): "row \(position) of the log"
    case .tip(let replica): "the end of the chain of copy \(replica)"
    case .head(let dot): "what was signed of change \(dot)"
    case .record(let record): "record \(record)"
    }
  }

  private var fault: String {
    switch kind {
    case .unreadable(let what): "this cannot be read: \(what)"
    case .header: "the header is not the one that was written"
    case .digest: "the digest beside the header is not the header's"
    case .name: "the row is filed under another name than its header bears"
    case .gap: "there is no such row"
    case .chain: "it does not follow the change before it in its chain"
    case .log: "its place in the log does not follow from the rows before it"
    case .body: "the body is not the one that was written"
    case .signature: "the signature does not hold"
    case .signedOther: "the change that stands here is another, or is missing"
    case .signer: "the key is of no computer of the change's author"
    case .end: "the chain ends elsewhere"
    case .counts: "what is noted of its log is not so"
    case .index: "it is not noted at every record that it changes"
    case .record: "it is not what its changes make of it"
    case .recordMissing: "it is missing"
    case .recordUnmade: "no change made it"
    }
  }
}
