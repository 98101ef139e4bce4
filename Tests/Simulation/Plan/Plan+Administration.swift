// Plans of worlds with rights, in which administrators use all of their commands, and in which what a hub goes back to
// may be older than any of these. Each seed has a subject, because what happens to everybody at once hides the rest.

internal import TestKit

/// The subject of an administered world: what happens there more often than anything else.
private enum Subject {
  /// Lists, groups and roles, and two people of one name. No hub goes back to anything.
  case lists
  /// Invitations, new spaces, a newer model, and backups that are older than these.
  case invitations
  /// Leavings, revocations and sealed work, and backups that are older than these.
  case departures
  /// The whole folder of the hub, put back.
  case rollbacks
  /// Long papers, by members whom the backup does not know.
  case papers
  /// Slow and short lines, and more to read than one of them carries.
  case lines
  /// More computers than a request has room for.
  case crowd
  /// Some of everything.
  case everything

  init(seed: UInt64) {
    switch seed % 8 {
    case 0: self = .lists
    case 1: self = .invitations
    case 2: self = .departures
    case 3: self = .rollbacks
    case 4: self = .papers
    case 5: self = .lines
    // Such a world takes as long as a hundred others.
    case 6: self = seed % 64 == 6 ? .crowd : .everything
    default: self = .invitations
    }
  }
}

extension Plan {
  /// The plan of a seed in which the hub has rights and is administered.
  init(administered seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let subject = Subject(seed: seed)
    let deck = Deck(subject, &random)
    setting = WorldOptions(
      seed: random.next(), devices: Int.random(in: 2...4, using: &random),
      pageBytes: [1, 400, 1_200, 100_000].randomElement(using: &random)!,
      faults: deck.hasFaults ? Int.random(in: 5...30, using: &random) : 0, hasWrongClocks: deck.hasWrongClocks,
      isNarrow: false, hasRefusals: false, isAdministered: true, isForgetful: deck.isForgetful)
    steps = []
    switch subject {
    case .crowd:
      setting.devices = Int.random(in: 110...150, using: &random)
      setting.pageBytes = 100_000
      steps = Plan.crowd(of: setting.devices, &random)
      return
    case .invitations where seed % 16 == 1: steps = Plan.forgottenAuthor(newcomer: setting.devices, &random)
    case .lines:
      // The program's own pages, over lines that carry a few hundred thousand bytes until they break.
      setting.pageBytes = 4 * 1024 * 1024
      setting.lineBytes = [300_000, 600_000].randomElement(using: &random)!
      setting.bytesPerSecond = [3_000, 25_000, 1_000_000].randomElement(using: &random)!
    case .papers:
      setting.pageBytes = 4 * 1024 * 1024
      steps = Plan.forgottenPapers(newcomer: setting.devices, &random)
    default: break
    }
    var time = steps.last?.time ?? 0
    for _ in 0..<Int.random(in: 20...70, using: &random) {
      time += Plan.gap(&random)
      let kind = deck.draw(&random)
      steps.append(
        Step(
          time: time, kind: kind, node: Int.random(in: 0..<12, using: &random), amount: kind.amount(&random),
          seed: random.next()))
    }
  }

  // What takes many steps in one order is rarely met by chance.

  /// Somebody joins after the backup, others read what they write, and write on.
  private static func forgottenAuthor(newcomer: Int, _ random: inout SplitMix64) -> [Step] {
    let writings = Array(repeating: (StepKind.writeNew, 0), count: Int.random(in: 1...3, using: &random))
    // Who has read something claims a later Lamport time than the backup has reached.
    let newcomers: [(StepKind, Int)] = [(.enrol, 0), (.send, newcomer), (.writeNew, newcomer), (.send, newcomer)]
    return timed(
      [(.send, 0), (.backUpHub, 0)] + newcomers + [(.send, 0)] + writings
        + [(.send, 0), (.restoreHub, 0), (.send, 0)], &random)
  }

  /// The same with long papers, and with others' work behind these in the log, whose authors had not read them. Now and
  /// then the computer of the papers' author is lost, and a reader writes on.
  private static func forgottenPapers(newcomer: Int, _ random: inout SplitMix64) -> [Step] {
    let writings = Array(repeating: (StepKind.writeNew, 1), count: Int.random(in: 1...2, using: &random))
    let loss: [(StepKind, Int)] =
      Bool.random(using: &random) ? [(.lose, newcomer), (.writeNew, 0), (.writeNew, 0), (.send, 0)] : []
    return timed(
      [(.send, 0), (.send, 1), (.backUpHub, 0), (.enrol, 0), (.writePapers, newcomer), (.send, newcomer)] + writings
        + [(.send, 1), (.send, 0), (.restoreHub, 0), (.send, 0)] + loss, &random)
  }

  /// New records and papers all have one seed: it chooses their space, and they are to meet there.
  private static func timed(_ steps: [(StepKind, Int)], _ random: inout SplitMix64) -> [Step] {
    let choice = random.next()
    return steps.enumerated().map { place, step in
      Step(
        time: Int64(place + 1) * 120_000, kind: step.0, node: step.1, amount: step.0.amount(&random),
        seed: [.writeNew, .writePapers].contains(step.0) ? choice : random.next())
    }
  }

  /// Everybody reads, writes and sends, some twice; one of them reads all of it and writes on; the hub goes back to what
  /// it was before.
  private static func crowd(of devices: Int, _ random: inout SplitMix64) -> [Step] {
    var steps: [(StepKind, Int)] = []
    for device in 1..<devices { steps += [(.send, device), (.writeNew, device), (.send, device)] }
    for _ in 0..<Int.random(in: 8...20, using: &random) {
      let device = Int.random(in: 1..<devices, using: &random)
      steps += [(.send, device), (.writeNew, device), (.send, device)]
    }
    steps += [(.send, 0), (.writeNew, 0), (.send, 0), (.restoreHub, 0), (.send, 0)]
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      steps.append((.send, Int.random(in: 0..<devices, using: &random)))
    }
    return timed(steps, &random)
  }
}

/// The kinds of steps that one administered plan may have, each as often as its weight.
private struct Deck {
  let hasFaults: Bool
  let hasWrongClocks: Bool
  let isForgetful: Bool
  private var weights: [(StepKind, Int)]

  init(_ subject: Subject, _ random: inout SplitMix64) {
    func flip(_ chance: Int) -> Bool { Int.random(in: 0..<100, using: &random) < chance }
    hasFaults = flip(30)
    hasWrongClocks = flip(15)
    isForgetful = subject == .invitations && flip(40) || subject == .everything && flip(20)
    weights = [(.write, 30), (.send, 30), (.settle, 3), (.administrate, 3)]
    if flip(20) { weights += [(.kill, 3), (.cutPower, 3)] }
    if flip(10) { weights += [(.crashBefore, 2), (.crashAfter, 2), (.tear, 2)] }
    let restores: [(StepKind, Int)] = [(.backUpHub, 4), (.restoreHub, 3)]
    switch subject {
    case .lists:
      if flip(70) { weights.append((.writePart, 24)) }
      if flip(40) { weights.append((.writeList, 3)) }
      if flip(30) { weights.append((.importList, 2)) }
      if flip(40) { weights += [(.namesake, 2), (.giveSpace, 4)] }
      if flip(40) { weights.append((.changeRole, 3)) }
    case .invitations:
      weights += restores + [(.inviteAgain, 3)]
      if flip(60) { weights.append((.enrol, 3)) }
      if flip(60) { weights.append((.giveSpace, 4)) }
      if flip(30) { weights.append((.upgrade, 2)) }
      if flip(30) { weights.append((.lose, 1)) }
      if flip(30) { weights.append((.takeName, 4)) }
      if flip(20) { weights.append((.changeRole, 2)) }
      if flip(10) { weights.append((.namesake, 1)) }
    case .departures:
      weights += restores + [(.takeOff, 3), (.decide, 3)]
      if flip(60) { weights += [(.endReading, 3), (.inviteAgain, 2)] }
      if flip(30) { weights.append((.erase, 2)) }
      if flip(30) { weights.append((.enrol, 2)) }
    case .rollbacks:
      weights += [(.rollBackFolder, 4), (.administrate, 8)]
      if flip(40) { weights += [(.enrol, 2), (.inviteAgain, 2)] }
      if flip(30) { weights.append((.giveSpace, 3)) }
      if flip(20) { weights.append((.erase, 2)) }
      if flip(20) { weights += restores }
    case .papers:
      weights += restores + [(.writePapers, 8), (.enrol, 3), (.inviteAgain, 2), (.send, 20)]
      if flip(50) { weights.append((.lose, 1)) }
    case .lines:
      weights.append((.importPapers, 4))
      if flip(30) { weights.append((.writePapers, 2)) }
      if flip(30) { weights += restores }
    case .crowd: break
    case .everything:
      let groups: [[(StepKind, Int)]] = [
        restores, [(.rollBackFolder, 2)], [(.writePart, 4)], [(.writeList, 1)], [(.importList, 1)], [(.giveSpace, 3)],
        [(.namesake, 1)], [(.changeRole, 2)], [(.enrol, 2)], [(.lose, 1)], [(.takeName, 2)], [(.erase, 2)],
        [(.upgrade, 1)], [(.endReading, 2), (.inviteAgain, 2)], [(.takeOff, 2), (.decide, 2)], [(.writePapers, 1)],
        [(.leave, 1)],
      ]
      for group in groups where flip(30) { weights += group }
    }
  }

  func draw(_ random: inout SplitMix64) -> StepKind {
    var left = Int.random(in: 0..<weights.reduce(0) { $0 + $1.1 }, using: &random)
    for (kind, weight) in weights {
      if left < weight { return kind }
      left -= weight
    }
    preconditionFailure("the weights do not add up")
  }
}
