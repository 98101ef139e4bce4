// The steps that plans are made of.

/// A kind of action, done by the story's hero or anybody else.
enum Step {
  case write, writeRecord, visit, everybodyVisits, loseAnswer, losePage, visitOverWorseLine, endReplay
  case hubWrites, administer, join, snapshot, makeSpace, raiseModel, grant, withdraw, revoke, erase, backUp,
    expireBackup
  case restore, rollBack, loseLedger, clone, destroy, withhold, forge, squat, slowLines

  static let common: [Step] = [
    .write, .visit, .visit, .loseAnswer, .losePage, .everybodyVisits, .hubWrites, .endReplay, .backUp, .restore,
    .rollBack,
  ]

  func action(_ hero: Int, _ dice: inout Dice) -> Action {
    let device = dice.hits(50) ? hero : dice.roll(4)
    let space = dice.roll(2)
    let member = dice.hits(50) ? hero + 1 : 1 + dice.roll(3)
    return switch self {
    case .write: .write(device: device, space: space, beginsRecord: dice.hits(20))
    case .writeRecord: .write(device: device, space: space, beginsRecord: true)
    case .visit: .visit(device: device, space: space, Line())
    case .everybodyVisits: .everybodyVisits
    case .loseAnswer: .visit(device: device, space: space, Line(losesAnswer: true))
    case .losePage: .visit(device: device, space: space, Line(pageCut: 0))
    case .visitOverWorseLine:
      .visit(device: device, space: space, Line(rows: 1 + dice.roll(4), pageCut: dice.hits(50) ? dice.roll(3) : nil))
    case .endReplay: .endReplay(space: space)
    case .hubWrites: .hubWrites(space: space)
    case .administer: .administer
    case .join: .join(member: member, bySnapshot: false)
    case .snapshot: .join(member: member, bySnapshot: true)
    case .makeSpace: .makeSpace(1 + dice.roll(2))
    case .raiseModel: .raiseModel
    case .grant: .grant(member: member)
    case .withdraw: .withdraw(member: member)
    case .revoke: .revoke(device: device)
    case .erase: .erase(space: space, row: dice.roll(4))
    case .backUp: .backUp
    case .expireBackup: .expireBackup
    case .restore: .restore(dice.roll(3))
    case .rollBack: .rollBack(dice.roll(3), keepingMemory: dice.hits(50))
    case .loseLedger: .loseLedger
    case .clone: .clone(device: device)
    case .destroy: .destroy(device: device)
    case .withhold: .lie(device: device, .withholdsBodies)
    case .forge: .lie(device: device, .forgesRows)
    case .squat: .squat(device: dice.roll(4), victim: dice.hits(70) ? hero : dice.roll(4), space: space)
    case .slowLines: .slowLines
    }
  }
}
