// How somebody comes to ask: with what proof, and whose.

import ClientCore
import Cryptography
import RecordModel
import Replication
import RequestSigning
import SQLiteStorage
import SyncHub
import TestKit

/// A way to come to a hub with an ask.
enum Credential: CaseIterable {
  /// Nothing is signed.
  case noProof
  /// An enrolled member, who may read and write another space than the one asked about; each of two.
  case otherMember, otherSpace
  /// The hub of a partner university, which may read its link space alone.
  case partner
  /// The reader's own computer, after it was taken off.
  case revoked
  /// What the reader's own computer had sent, by somebody who listened: once more, much later, and with a byte changed.
  case replayed, expired, changedBody, changedHead
  /// A device of another hub.
  case otherHub

  /// Whether the hub knows who asks, and lets them in.
  var isLetIn: Bool { self == .otherMember || self == .otherSpace || self == .partner }

  func device(at hub: GuardedHub) -> TestDevice {
    switch self {
    case .otherMember: hub.carer
    case .otherSpace: hub.neighbour
    case .partner: hub.partner
    case .revoked: hub.lost
    case .otherHub, .noProof: hub.stranger
    case .replayed, .expired, .changedBody, .changedHead: hub.reader
    }
  }

  func asker(at hub: GuardedHub) throws -> HostileCaller {
    let device = device(at: hub)
    let epoch = try hub.door.hub.store.read { try HubIdentity.identity(in: $0).epoch }
    let space =
      switch self {
      case .otherMember, .otherHub, .noProof: try hub.space("public")
      case .otherSpace: try hub.space("cab")
      case .partner: try hub.linkSpace
      default: try hub.space("cab-reserved")
      }
    return HostileCaller(
      key: try deviceKey(in: device.store), member: try device.copy.membership().member, space: space,
      hub: try hub.door.hub.store.read { try HubIdentity.identity(in: $0).hub }, epoch: epoch,
      model: hub.door.hub.model.version)
  }

  /// An ask as it is sent.
  ///
  /// - Returns: What is sent; more than one where one byte after the other is changed. What the reader sends first, for
  ///   somebody to overhear, is `before`.
  func requests(
    _ ask: HostileRequest, _ names: Names, at hub: GuardedHub
  ) throws -> (before: [UInt8]?, sent: [[UInt8]]) {
    let asker = try asker(at: hub)
    let (path, body) = (ask.path(names), ask.body(names, asker))
    let type = ask.type.map { [("Content-Type", $0)] } ?? []
    let now = hub.door.hub.clock.read().milliseconds / 1_000
    func signed(at time: Int64) -> [(String, String)] {
      let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
      let digest = contentDigest(of: body)
      let asked = SignedRequest(
        method: ask.method, path: parts[0], query: parts.count > 1 ? parts[1] : "", contentDigest: digest)
      let signature = RequestSignature(of: asked, by: asker.key, created: time, nonce: base32(randomBytes(10)))
      return type + [("Content-Digest", digest)] + signature.fields
    }
    func sent(_ fields: [(String, String)], _ body: [UInt8] = body) -> [UInt8] {
      request(ask.method, path, fields, body)
    }
    switch self {
    case .noProof: return (nil, [sent(type)])
    case .otherMember, .otherSpace, .partner, .revoked, .otherHub: return (nil, [sent(signed(at: now))])
    case .replayed:
      let whole = sent(signed(at: now))
      return (whole, [whole])
    case .expired: return (nil, [sent(signed(at: now - 3_600))])
    case .changedBody:
      guard !body.isEmpty else { return (nil, []) }
      let fields = signed(at: now)
      return (nil, [0, body.count / 2, body.count - 1].map { sent(fields, body.changed(at: $0)) })
    case .changedHead:
      // Path, query and every field, in their middle.
      let fields = signed(at: now)
      let changed = fields.indices.map { place in
        var fields = fields
        let value = Array(fields[place].1.utf8)
        fields[place].1 = String(decoding: value.changed(at: value.count / 2), as: UTF8.self)
        return sent(fields)
      }
      let other = String(decoding: Array(path.utf8).changed(at: path.utf8.count - 1), as: UTF8.self)
      return (
        nil, changed + [request(ask.method, other, fields, body), request(ask.method, path + "?x", fields, body)]
      )
    }
  }
}

extension [UInt8] {
  fileprivate func changed(at place: Int) -> [UInt8] {
    var copy = self
    copy[place] ^= 1
    return copy
  }
}
