// `digest`: one digest per space, by which two copies are compared.

package import Cryptography
package import JSONText
internal import Replication
internal import SyncHub

package struct DigestCommand: PlainAdminCommand {
  package static let name = "digest"
  package init() {}

  package func run(in hub: AdminContext) throws -> SpaceDigests {
    try hub.store.read { reader in
      let spaces = try reader.sharedSpaces()
      let digests = try spaces.map { ($0.name, try spaceDigest(of: $0.id, in: reader)) }
      return SpaceDigests(spaces: Dictionary(digests, uniquingKeysWith: { $1 }))
    }
  }
}

extension AdminCommand where Self == DigestCommand {
  package static var digest: Self { Self() }
}

/// The answer of `digest`.
package struct SpaceDigests: JSONConvertible {
  /// Space name → digest.
  package let spaces: [String: Digest]

  package var json: JSON { .object(["spaces": spaces.json]) }
}

extension SpaceDigests {
  package init(json: JSON) throws(JSONMismatch) { self.init(spaces: try json.member("spaces")) }
}
