// The open ledger of a running hub. The core does no I/O: whoever has the file gives the function that appends to it.
//
// An entry is durable before its act is committed. If the commit fails or the program is killed in between, the entry
// stands without its act, which the next opening makes good (`Ledger.apply`): an administrator asked for it. The other
// order could lose the entry, and with it the act at the next restore.

package import Replication
internal import Synchronization

/// A hub's ledger, with the means to add to it.
package final class LedgerKeeper: Sendable {
  private let state: Mutex<Ledger>
  private let append: @Sendable ([Ledger.Entry]) throws -> Void

  /// - Parameter append: Makes entries durable before it returns. Without one, the ledger lasts as long as this value.
  package init(_ ledger: Ledger = Ledger(), append: @escaping @Sendable ([Ledger.Entry]) throws -> Void = { _ in }) {
    state = Mutex(ledger)
    self.append = append
  }

  /// The ledger with everything entered so far.
  package var ledger: Ledger { state.withLock { $0 } }

  /// Enters acts, in the transaction that commits them. They are durable on return, whatever becomes of the transaction.
  package func enter(_ entries: [Ledger.Entry], in transaction: any StoreTransaction) throws {
    guard !entries.isEmpty else { return }
    let count = try state.withLock { ledger in
      try append(entries)
      for entry in entries { ledger.add(entry) }
      return ledger.count
    }
    try Ledger.setEntriesSeen(count, in: transaction)
  }

  /// Enters the erasures of a change that arrives, which this hub had made and lost together with its ledger.
  func enterErasures(by entry: LogEntry, in transaction: any StoreTransaction) throws {
    let known = ledger.erased
    let lost = entry.edits.filter(\.isErasure).filter { known[RecordKey(entry.header.space, $0.record)] == nil }
    try enter(lost.map { .erased(RecordKey(entry.header.space, $0.record), kind: $0.kind) }, in: transaction)
  }
}
