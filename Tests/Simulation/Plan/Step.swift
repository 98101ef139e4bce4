// The steps of a simulated world, as plain data: a kind of step, whom it happens to, when, and a seed of its own
// for everything about it that is left to chance. A step can be taken out of a plan without changing the others, which
// is what lets a failing plan shrink.

/// The kinds of steps.
package enum StepKind: String, CaseIterable, Sendable {
  // What people do.
  /// A member writes one change.
  case write
  /// A member answers an open question.
  case settle
  /// A member types `send`.
  case send
  /// A member types `send` again and again over a line that is down; `amount` times.
  case retry
  /// An administrator imports or settles on the hub.
  case administrate
  /// An administrator erases a record.
  case erase
  /// An administrator gives the hub a newer model.
  case upgrade
  /// A member who was invited to one space is invited to all.
  case widen
  /// One more computer joins, of a member there is or of a new one.
  case enrol
  /// The Centre ends a member's reading of a space.
  case endReading
  /// The Centre invites a member to every space.
  case inviteAgain
  /// The Centre takes a computer off.
  case takeOff
  /// The Centre takes or declines what came in sealed.
  case decide
  /// Somebody with a program that is not ours tries something.
  case trespass
  /// Somebody enrolled sends bytes that no program of ours sends.
  case attack
  /// The next thing that a computer asks is answered by another machine in the hub's place.
  case misdirect
  /// A member stays away for `amount` days.
  case leave

  // What only administered worlds have.
  /// Another person of a member's name is invited and joins.
  case namesake
  /// The Centre gives a member another role.
  case changeRole
  /// The Centre gives a member one more space, which may have to be made first.
  case giveSpace
  /// Somebody with a program that is not ours writes under the replica name of somebody else.
  case takeName
  /// A computer is lost for good.
  case lose
  /// Somebody puts the hub's whole folder back, epoch file and all.
  case rollBackFolder
  /// A member writes a record of its own, which depends on nobody else's.
  case writeNew
  /// A member writes one part of a group.
  case writePart
  /// A member adds to a list, now and then the same element twice.
  case writeList
  /// A member writes `amount` long papers.
  case writePapers
  /// An administrator imports a list that names one element twice.
  case importList
  /// An administrator imports `amount` long papers.
  case importPapers

  // What happens to computers.
  /// `kill -9`: what was written stays, nothing is closed.
  case kill
  /// The power goes: of what was not flushed some is on the disk, some is not, some is torn.
  case cutPower
  /// The program stops for `amount` seconds and goes on as if nothing were.
  case pause
  /// The clock is set to something else.
  case setClock
  /// Somebody copies the folder of a computer that is switched off.
  case keepCopy
  /// The folder is put back from an older copy.
  case putBack
  /// The folder is copied to another computer, and both are used.
  case clone
  /// The administrator makes a backup of the hub, while it is served.
  case backUpHub
  /// The administrator restores the hub from a backup.
  case restoreHub
  /// Somebody puts an older copy of the hub's files in place, and tells nobody.
  case rollBackHub

  // What happens to disks: counted from now on, at the `amount`th call of the disk.
  case failOnce
  case failForEver
  case fillDisk
  case failFlush
  case crashBefore
  case crashAfter
  case tear
}

/// One step of a plan.
package struct Step: Equatable, Sendable {
  /// Milliseconds since the world began.
  package let time: Int64
  package let kind: StepKind
  /// Whom it happens to: 0 is the hub where the step can happen to it, others are devices; taken modulo how many there are.
  package let node: Int
  /// An amount, in the unit of the step's kind.
  package let amount: Int64
  /// Decides everything else about it.
  package let seed: UInt64

  package init(time: Int64, kind: StepKind, node: Int, amount: Int64, seed: UInt64) {
    self.time = time
    self.kind = kind
    self.node = node
    self.amount = amount
    self.seed = seed
  }
}
