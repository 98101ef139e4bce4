// Capabilities of a store beside the contract. A backend has the capabilities it can keep; code that needs one asks for it.
// Scrubbing is none of them: every copy must be able to erase (``ReplicaStore/scrub()``).

/// A store that can be copied while it is open.
package protocol BackupStore: ReplicaStore {
  /// Writes a complete, consistent copy, while others continue to read and write. Cost grows with the store.
  ///
  /// The copy contains no deleted content. It gets its name only once all of it is on disk; a failure leaves no file.
  ///
  /// - Parameter path: A file that does not exist, on any file system, in a folder that does. The folder is not
  ///   created: if it was mistyped, the copy would not be found when needed.
  /// - Throws: ``StoreError/failed(_:)`` if the file exists or the folder does not; ``StoreError/full`` if it does not
  ///   fit.
  func backup(to path: String) throws
}

/// The view that shows one kind to readers of a store.
package struct ReadableView: Equatable, Sendable {
  /// The name of the kind.
  package let name: String
  /// The fields to show, one column each.
  package let fields: [String]

  package init(name: String, fields: [String]) {
    self.name = name
    self.fields = fields
  }
}
