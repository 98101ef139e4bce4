// Every limit of the engine, in one place, with its reason. A limit that is met is named to the person; work that
// is over one is kept where it was written.

/// The most of everything. Sizes are bytes unless the name says otherwise.
package enum Limits {
  /// One change, header and body: a long set of minutes is 100 KiB; more is cut into several changes.
  package static let changeBytesMax = 256 * 1024
  /// Edits in one change: the widest import row has some twenty.
  package static let editsPerChangeMax = 1_000
  /// One text value: about forty printed pages, and small enough to show on a slow laptop.
  package static let textBytesMax = 128 * 1024
  /// The name of a kind or field.
  package static let nameBytesMax = 64
  /// Lists and maps inside one value: the model's deepest is 2.
  package static let valueDepthMax = 4
  /// Rival values of one register: more than a person could ever weigh, fewer than could stall a hub.
  package static let siblingsMax = 64
  /// The changed elements, entries and counts one field of one record may hold.
  package static let elementsMax = 10_000
  /// Sequences, Lamport times and versions stay below 2^53, so that every language can hold them exactly.
  package static let counterMax: UInt64 = 1 << 53
  /// One sync request, whole: it is held in memory until its digest is checked. More work is more requests.
  package static let requestBytesMax = 8 * 1024 * 1024
  /// The log rows of one sync response; at least one row is sent whatever its size.
  package static let responseBytesMax = 4 * 1024 * 1024
  /// What a device offers in one request: well below the hub's limit, so that a bad line loses little.
  package static let offerBytesMax = 1024 * 1024
  /// Changes one request may offer: more than the smallest ones that `offerBytesMax` holds, and few enough that nobody
  /// waits long for the commit they are in.
  package static let offersPerRequestMax = 10_000
  /// Heads one request may hold: several for every chain of a long-lived board. Each costs a check of its signature.
  package static let headsPerRequestMax = 512
  /// Sealed work that a hub holds of one device: nobody writes more before they hear that they have left.
  package static let proposalBytesPerDeviceMax = 256 * 1024 * 1024
  /// Sealed pieces in one request, each of which costs the hub an opening.
  package static let sealedChangesPerRequestMax = 256
  /// Pieces of held work that one request may name.
  package static let proposalsPerRequestMax = 1_000
  /// Spaces one device may name in a request.
  package static let spacesPerRequestMax = 256
  /// A JSON body of an enrolment or administrative act.
  package static let jsonBytesMax = 64 * 1024
  /// An import file: the Centre's real one is 64 KiB.
  package static let importBytesMax = 32 * 1024 * 1024
}
