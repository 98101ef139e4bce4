// Every limit of the engine, in one place, each with its reason. The user is told which limit was hit, and work over
// a limit stays where it was written.

/// The engine's upper bounds. Sizes are in bytes unless the name says otherwise.
package enum Limits {
  /// One change, header and body. A long set of minutes is 100 KiB; anything larger is split into several changes.
  package static let changeBytesMax = 256 * 1024
  /// Edits in one change. The widest import row has about twenty.
  package static let editsPerChangeMax = 1_000
  /// One text value: about forty printed pages, yet small enough to display on a slow laptop.
  package static let textBytesMax = 128 * 1024
  /// The name of a kind or field.
  package static let nameBytesMax = 64
  /// Nesting depth of lists and maps in one value. The model's deepest value has 2 levels.
  package static let valueDepthMax = 4
  /// Siblings of one register: more than anyone could weigh up, too few to stall a hub.
  package static let siblingsMax = 64
  /// Elements, entries or counts held by one field of one record. An element counts once for each stamp it carries.
  package static let elementsMax = 10_000
  /// One record's state, as encoded: sixteen rival versions of the longest text, or five thousand questions of a line. The
  /// hub's one writer reads and writes all of it for a change of any field.
  package static let recordBytesMax = 2 * 1024 * 1024
  /// The bytes of record states that one commit of a hub may work on, beside its first change: a fraction of a second.
  package static let commitBytesMax = 8 * 1024 * 1024
  /// The highest sequence, Lamport time or version: 2^53, so that every language can represent them exactly.
  package static let counterMax: UInt64 = 1 << 53
  /// One whole sync request, which is held in memory until its digest is checked. More work takes more requests.
  package static let requestBytesMax = 8 * 1024 * 1024
  /// The log rows of one sync response; at least one row is sent whatever its size.
  package static let responseBytesMax = 4 * 1024 * 1024
  /// Dots that the verdicts of one answer name as missing: twice what one change can name. A change whose dots are more
  /// than remain is answered later.
  package static let missingDotsPerAnswerMax = 20_000
  /// One whole sync response: its rows, a verdict for each offer, notices and news, each of them bounded in bytes, with
  /// slack for one row over the limit.
  package static let answerBytesMax = requestBytesMax + 1024 * 1024
  /// The least body worth compressing. A smaller one fits into one packet as it is.
  package static let compressedBytesMin = 512
  /// The most by which a compressed body may grow. Records in people's words shrink to a third or a fifth; beyond this
  /// it is no work of anybody, and a few kilobytes would cost the hub megabytes.
  package static let compressionRatioMax = 100
  /// The window of a compressed body, as a power of two: 8 MiB, which is all that the content coding allows (RFC 9659).
  package static let compressionWindowLogMax: Int32 = 23
  /// Changes a device offers in one request: well below the hub's limit, so that a bad connection loses little.
  package static let offerBytesMax = 1024 * 1024
  /// Changes in one request: more than `offerBytesMax` can hold of even the smallest, and few enough to commit without
  /// making anyone wait long.
  package static let offersPerRequestMax = 10_000
  /// Names of capabilities in one hello or welcome.
  package static let capabilitiesMax = 64
  /// Segments of the hub's log in one request: more than `offerBytesMax` holds of those that are full. Each costs one
  /// signature check and one commit.
  package static let segmentsPerRequestMax = 64
  /// Signed heads in one request: several for every chain of a long-lived board. Each costs one signature check.
  package static let headsPerRequestMax = 512
  /// Sealed changes a hub holds for one device: more than anyone writes before learning that they have left.
  package static let proposalBytesPerDeviceMax = 256 * 1024 * 1024
  /// The same, by number: more than anyone leaves unsent in a year. An administrator looks at each.
  package static let proposalsPerDeviceMax = 2_000
  /// Sealed changes in one request. Each costs the hub one decryption.
  package static let sealedChangesPerRequestMax = 256
  /// Proposals one request may name.
  package static let proposalsPerRequestMax = 1_000
  /// Spaces one device may name in a request.
  package static let spacesPerRequestMax = 256
  /// Spaces one ticket names.
  package static let spacesPerTicketMax = 32
  /// The body of an enrolment request, which is one code. Strangers may hold one on every connection.
  package static let joinBytesMax = 4 * 1024
  /// The JSON body of an admin command.
  package static let jsonBytesMax = 64 * 1024
  /// An admin command on its way to the process that serves the hub: one value, and a little beside it.
  package static let adminRequestBytesMax = 4 * 1024 * 1024
  /// One line of the answer to an admin command: many thousand open questions.
  package static let adminAnswerBytesMax = 32 * 1024 * 1024
}
