// Refusals on demand: what a change writes decides whether a hub takes it.

package import Replication
package import SyncHub

/// Permits whoever may read a space to write to it, but no text that begins with "forbidden".
package struct WordPolicy: HubPolicy {
  package init() {}

  package func refusal(
    of change: Change, by author: Principal?, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    let isForbidden = change.edits.contains { $0.operation.written?.hasPrefix("forbidden") == true }
    return isForbidden ? .notAllowed : try SpaceMembersPolicy().refusal(of: change, by: author, transaction)
  }
}

extension Operation {
  /// The text that it writes, or the amount; `nil` if it writes neither.
  package var written: String? {
    switch self {
    case .assign(_, .text(let text), _), .add(_, .text(let text), _), .append(_, .text(let text)): text
    case .count(_, let amount): "\(amount)"
    default: nil
    }
  }
}
