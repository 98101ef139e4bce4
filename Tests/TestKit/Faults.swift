// The faults of small worlds: in one exchange, and in a world as a whole.

package import SyncProtocol

/// A fault of one exchange.
package enum Fault: Sendable, Equatable {
  /// The request never arrives.
  case requestLost
  /// The hub commits, and its answer never arrives.
  case answerLost
  /// The hub commits, and its answer is cut in the middle.
  case answerCut
  /// Something else answers.
  case status(TransportError)
  /// A page of HTML with status 200.
  case webPage
}

/// The kinds of fault that a world may have.
package struct FaultProfile: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) {
    self.rawValue = rawValue
  }

  /// Exchanges fail in every way a connection can.
  package static let faults = FaultProfile(rawValue: 1)
  /// The hub refuses what begins with "forbidden".
  package static let refusals = FaultProfile(rawValue: 2)
  /// Folders with nothing unsent are copied, and both copies are used.
  package static let clones = FaultProfile(rawValue: 4)
  /// Laptops go back to an older copy of their folder.
  package static let oldLaptops = FaultProfile(rawValue: 8)
  /// The hub goes back to a backup.
  package static let oldHubs = FaultProfile(rawValue: 16)
}

extension FaultProfile: CustomStringConvertible {
  package var description: String {
    let names: [(FaultProfile, String)] = [
      (.faults, "faults"), (.refusals, "refusals"), (.clones, "clones"), (.oldLaptops, "old laptops"),
      (.oldHubs, "old hubs"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}
