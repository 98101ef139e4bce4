// The check of a whole hub, as its administrator is told of it.

internal import Replication
internal import SyncHub

extension AdminService {
  /// - Throws: ``AdminError``, `damaged`, with the first thing that is wrong.
  func verify(_ reader: any StoreReader) throws -> JSON {
    do {
      let spaces = try Verification(of: reader).spaces.map { space in
        JSON.object([
          "id": .string(space.id.description), "name": .string(space.name), "changes": .integer(Int64(space.changes)),
          "refused": .integer(Int64(space.voids)), "chains": .integer(Int64(space.chains)),
          "records": .integer(Int64(space.records)), "unproved": .integer(Int64(clamping: space.unproved)),
        ])
      }
      return .object(["spaces": .array(spaces)])
    } catch let damage as IntegrityFailure {
      throw AdminError(.data, "damaged", damage.words)
    }
  }
}

extension IntegrityFailure {
  var words: String {
    let start = "In '\(spaceName)', \(placeWords): \(faultWords)."
    return byte.map { "\(start) The first wrong byte is byte \($0), counted from 0." } ?? start
  }

  private var placeWords: String {
    switch place {
    case .space: "space \(space)"
    case .row(let position, let dot?): "row \(position) of the log, change \(dot)"
    case .row(let position, nil): "row \(position) of the log"
    case .tip(let replica): "the end of the chain of copy \(replica)"
    case .head(let dot): "what was signed of change \(dot)"
    case .record(let record): "record \(record)"
    }
  }

  private var faultWords: String {
    switch kind {
    case .unreadable(let what): "this cannot be read: \(what)"
    case .header: "the header is not the one that was written"
    case .digest: "the digest beside the header is not the header's"
    case .name: "the row is filed under another name than its header bears"
    case .gap: "there is no such row"
    case .chain: "it does not follow the change before it in its chain"
    case .body: "the body is not the one that was written"
    case .refusal: "this hub did not sign that it was refused"
    case .signature: "the signature does not hold"
    case .signedOther: "the change that stands here is another, or is missing"
    case .signer: "the key is of no computer of the change's author"
    case .end: "the chain ends elsewhere"
    case .counts: "what is noted of its log is not so"
    case .record: "it is not what its changes make of it"
    case .recordMissing: "it is missing"
    case .recordUnmade: "no change made it"
    }
  }
}
