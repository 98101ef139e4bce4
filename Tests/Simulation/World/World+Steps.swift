// Every kind of step, and to whom it happens.

internal import Replication
internal import TestKit

extension World {
  func perform(_ step: Step) async throws {
    figures.steps += 1
    var random = SplitMix64(seed: step.seed)
    let device = devices[step.node % devices.count]
    let isHub = step.node % (devices.count + 1) == 0
    switch step.kind {
    case .write: try await write(on: device, &random)
    case .settle: try await settleQuestion(on: device, &random)
    case .send: try await send(from: device, seed: step.seed)
    case .retry: try await send(from: device, seed: step.seed, outage: step.amount)
    case .administrate: try administrate(&random)
    case .erase: try eraseRecord(&random)
    case .upgrade: try upgrade()
    case .widen: try widen()
    case .enrol: try await enrol(&random)
    case .leave: leave(device, days: step.amount)
    case .endReading: try endReading(of: device, &random)
    case .inviteAgain: try await inviteAgain(device)
    case .takeOff: try takeOff(device)
    case .decide: try decide(&random)
    case .trespass: try await trespass(&random)
    case .attack: try await attack(&random)
    case .misdirect: device.misdirection = step.seed
    case .namesake, .changeRole, .giveSpace, .takeName, .lose, .rollBackFolder, .writeNew, .writePart, .writeList,
      .writePapers,
      .importList, .importPapers:
      try await administer(step, device, &random)

    case .kill: try await isHub ? crashHub(.all, &random) : crash(device, .all, &random)
    case .cutPower:
      try await isHub ? crashHub(.random(seed: step.seed), &random) : crash(device, .random(seed: step.seed), &random)
    case .pause: pause(isHub ? nil : device, seconds: step.amount)
    case .setClock:
      guard hasPlannedClocks else { return }
      note(isHub ? "hub" : device.name, "clock")
      let clock = isHub ? hub.clock : device.clock
      let before = clock.read()
      setClock(clock, &random)
      if clock.read().milliseconds < before.milliseconds { reach(.clockSetBack) }
    case .keepCopy: try await keepCopy(of: device)
    case .putBack: try await putBack(device, &random)
    case .clone: try await clone(device)
    case .backUpHub: try keepBackup()
    case .restoreHub: try restoreHub(&random)
    case .rollBackHub: try rollBackHub(&random)

    case .failOnce: arm(isHub ? nil : device, .ioErrorOnce, step)
    case .failForEver: arm(isHub ? nil : device, .ioErrorForEver, step)
    case .fillDisk: arm(isHub ? nil : device, .full, step)
    case .failFlush: arm(isHub ? nil : device, .failedSync, step)
    case .crashBefore: arm(isHub ? nil : device, .crashBefore(keeping: .random(seed: step.seed)), step)
    case .crashAfter: arm(isHub ? nil : device, .crashAfter(keeping: .random(seed: step.seed)), step)
    case .tear: arm(isHub ? nil : device, .torn, step)
    }
  }
}
