// The actions of a world, one step at a time. Numbers stand for a device, a space or a backup, modulo how many there
// are, so that every sequence of actions means something and a failing one can be shortened.

enum Action {
  case write(device: Int, space: Int, beginsRecord: Bool)
  case visit(device: Int, space: Int, Line)
  /// Everybody visits, over good lines.
  case everybodyVisits
  case hubWrites(space: Int)
  /// An administrator answers what the hub asks: tickets, unknown spaces, held work, a newer model.
  case administer
  case join(member: Int, bySnapshot: Bool)
  case makeSpace(Int)
  case raiseModel
  case grant(member: Int)
  case withdraw(member: Int)
  case revoke(device: Int)
  case erase(space: Int, row: Int)
  case backUp
  /// The oldest backup may not be restored any more.
  case expireBackup
  case restore(Int)
  /// The whole folder goes back, and nothing says so; with the machine's memory, or by a restart.
  case rollBack(Int, keepingMemory: Bool)
  case loseLedger
  case endReplay(space: Int)
  case clone(device: Int)
  case destroy(device: Int)
  case lie(device: Int, Device.Lie)
  /// A device writes under the name of another's replica.
  case squat(device: Int, victim: Int, space: Int)
  /// Every line carries only a few rows from now on.
  case slowLines
}

/// A seeded source of numbers (SplitMix64).
struct Dice {
  private var state: UInt64

  init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func roll(_ sides: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Int(chained(state, 1) % UInt64(sides))
  }

  mutating func hits(_ percent: Int) -> Bool { roll(100) < percent }
}
