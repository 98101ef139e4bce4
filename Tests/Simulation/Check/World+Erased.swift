// What must be so of erased records once the world is healed: nobody has a word of them, in records, logs or files, but
// for what its own writer never sent.

internal import Foundation
internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub

extension World {
  /// Notes into which records every value was typed that any computer has.
  func location() throws {
    for store in [hub.store].compactMap({ $0 }) + devices.compactMap(\.store) {
      let edits = try store.read { reader in
        try reader.sharedSpaces().flatMap { space in
          try reader.rows(after: 0, in: space.id, bytesMax: .max).flatMap(\.entry.edits)
        } + reader.rescued().flatMap(\.change.edits)
      }
      for edit in edits { if let value = Values.typed(in: edit) { witness.place(value, in: edit.record) } }
    }
  }

  /// What was erased is erased, and its words are in nobody's files.
  func lookAtErased(_ store: SQLiteStore) throws {
    let erased = try store.read { reader in
      var erased: Set<RecordID> = []
      for space in try reader.spaces() {
        try reader.forEachRecord(in: space.id, kind: nil) { if $1.isErased { erased.insert($0) } }
      }
      return erased
    }
    let undone = witness.erasedForGood.subtracting(erased)
    if !undone.isEmpty { broken.append("erased, and there again: \(undone.sorted())") }
    guard !erased.isEmpty else { return }
    reach(.erasedOnADevice)
    try location()
    let words = witness.values(of: erased).filter(Values.isTyped)
    try lookAtFiles(hub.folder.database, of: store, for: words, "hub")
    for device in devices {
      if let store = device.store { try lookAtFiles(device.file, of: store, for: words, device.name) }
    }
  }

  private func lookAtFiles(
    _ database: String, of store: SQLiteStore, for words: Set<String>, _ name: String
  ) throws {
    let (kept, isUnswept) = try store.read { reader in
      // What a member never sent is theirs, with what a group's edit copied along.
      (
        Data(try reader.rescued().flatMap(\.change.bodyBytes)),
        try reader.needsScrub()
      )
    }
    // A disk that struck while the files were swept leaves that to the next start.
    guard !isUnswept else { return }
    for ending in ["", "-wal"] {
      guard let bytes = FileManager.default.contents(atPath: database + ending) else { continue }
      let left = words.filter { bytes.holds($0) && !kept.holds($0) }
      if !left.isEmpty { broken.append("\(name) has erased words in its files: \(left.sorted())") }
    }
  }
}

extension Data {
  /// Whether a word stands here as a text of CBOR, or as one of JSON: "words 1" is no part of "words 12".
  fileprivate func holds(_ word: String) -> Bool {
    let text = Data(word.utf8)
    let binary = Data([0x60 | UInt8(text.count)]) + text
    let quoted = Data("\"\(word)\"".utf8)
    return range(of: binary) != nil || range(of: quoted) != nil
  }
}
