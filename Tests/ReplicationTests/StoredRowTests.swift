// Rows as a store keeps them, and the observers that hear of them.

import Replication
import Testing

@Suite("Stored rows")
struct StoredRowTests {
  @Test("a row that is both a change and a void, or neither, is corrupt and not guessed at")
  func ambiguous() throws {
    let edit = Edit(record: note, kind: "note", operation: .makePresent(supersedes: []))
    let change = Change(
      edits: [edit], space: id(9), replica: id(1), previous: nil, lamport: 1, author: carer,
      time: Timestamp(milliseconds: 0), modelVersion: 1)
    let row = StoredRow(.change(change), at: 4)
    #expect(try LogEntry(row) == .change(change))
    for (body, reason) in [(row.body, "notAllowed" as String?), (nil, nil)] {
      let bad = StoredRow(
        position: row.position, replica: row.replica, sequence: row.sequence, digest: row.digest, header: row.header,
        body: body, reason: reason, isRedacted: false)
      #expect(throws: StoreError.self) { try LogEntry(bad) }
    }
  }
}

@Suite("Observers of commits")
struct CommitObserverTests {
  /// Holds the last reference to another observation.
  private final class Holder: Sendable {
    let other: CommitObservation
    init(_ other: CommitObservation) { self.other = other }
    func hear(_ note: CommitNote) {}
  }

  @Test("one whose end ends another lets both go", .timeLimit(.minutes(1)))
  func endsAnother() {
    let observers = CommitObservers()
    var outer: CommitObservation?
    do {
      let holder = Holder(observers.observe { _ in Issue.record("told after its end") })
      outer = observers.observe { holder.hear($0) }
    }
    #expect(outer != nil)
    outer = nil
    var note = CommitNote()
    note.change(id(1))
    observers.tell(note)
  }
}
