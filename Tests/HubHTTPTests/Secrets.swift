// What must not come out of a hub, in every form in which it could: words, ids, digests and keys, as bytes and as text.

import Cryptography
import Foundation
import Replication

/// One thing that must not come out, in every form in which it could.
struct Secret: Hashable {
  let name: String
  let forms: [Data]

  init(_ name: String, _ forms: [[UInt8]]) {
    (self.name, self.forms) = (name, forms.map { Data($0) })
  }

  init(_ name: String, word: String) {
    self.init(name, [Array(word.utf8)])
  }

  init(_ name: String, _ digest: Digest) {
    self.init(name, [digest.bytes, Array(digest.description.utf8)])
  }

  init<Role>(_ name: String, _ id: Identifier<Role>) {
    self.init(name, [id.bytes, Array(id.description.utf8), Array(hex(id.bytes).utf8)])
  }

  func isIn(_ data: Data) -> Bool { forms.contains { data.range(of: $0) != nil } }
}
