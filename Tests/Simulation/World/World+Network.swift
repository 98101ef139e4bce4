// The road between a device and the hub: requests and answers on their way, and what can happen to them there.

internal import ClientCore
internal import Cryptography
internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

extension World {
  /// How long a device waits for an answer.
  private static let patience: Int64 = 30_000

  // MARK: Sending

  /// A member types `send`.
  ///
  /// - Parameter outage: How many exchanges are certain to fail first; the member tries again each time.
  func send(from device: DeviceNode, seed: UInt64, outage: Int64 = 0) async throws {
    guard device.isUp, device.exchange == nil, isThere(device) else { return }
    guard device.joined != nil else { return try await join(device) }
    if device.daysAway >= 365 { reach(.awayForAYear) }
    device.daysAway = 0
    device.fates = SplitMix64(seed: seed)
    device.outage = outage
    device.isOneWay = outage > 0 && seed % 8 == 0
    device.offered = []
    device.tooMuch = nil
    device.beforeLie = nil
    note(device.name, "sends")
    try await startSync(device)
  }

  private func startSync(_ device: DeviceNode) async throws {
    guard let copy = device.copy else { return }
    let (line, baton) = (device.line, baton)
    let pause = await baton.lend {
      Task {
        do {
          baton.giveBack(.ends(.success(try await copy.sync(over: line, removalsAllowed: true))))
        } catch {
          baton.giveBack(.ends(.failure(error)))
        }
      }
    }
    try await take(pause, from: device)
  }

  private func take(_ pause: Pause, from device: DeviceNode) async throws {
    device.exchange = nil
    switch pause {
    case .asks(let ask): dispatch(ask, from: device)
    case .ends(.success(let report)): try await finish(device, report)
    case .ends(.failure(let error)): try await fail(device, error)
    }
  }

  private func finish(_ device: DeviceNode, _ report: SyncReport?) async throws {
    guard let report else { return }
    let outcome = report.outcome
    note(
      device.name,
      "ends: \(outcome.counts.acknowledged) taken, \(outcome.counts.refused) refused, \(outcome.counts.received) received, "
        + "\(outcome.counts.reissued) reissued, \(outcome.counts.rescued) rescued, \(report.unsent) unsent"
        + (report.problem.map { ", \(Self.name(of: $0))" } ?? ""))
    if outcome.counts.reissued > 0 { reach(device.hasCrashedInARepair ? .reissueAfterACrash : .reissue) }
    device.hasCrashedInARepair = false
    if outcome.counts.rescued > 0 { reach(.rescueOfOthersBranch) }
    if case .transport(.rejected)? = report.problem { reach(.rejectedOffer) }
    // Downloads never wait for uploads (Docs/lessons.md 4): a request without changes must have followed.
    if device.isTurnedAway { broken.append("\(device.name) was turned away with its work, and read nothing") }
    try checkLie(device, after: report)
    // In a long outage nothing arrives; the last try of it is looked at as well.
    if report.hubTime != nil || device.outage == 0 { try check(device, after: report) }
    if report.problem == nil { try checkCleared(device, after: outcome) }
    if report.problem == nil, plan.setting.isAdministered { try checkAdministered(device, after: report) }
    // Unknown to a restored hub: the Centre gives the member a new code, or confirms what the ticket says.
    if isHealed, report.problem == .transport(.notKnown) { return try await join(device) }
    if isHealed, report.problem == .forgotten { return try await letInAgain(device) }
    // A member who sees that the line is down tries again after a while, or gives up.
    if report.problem != nil, device.outage > 0, !isHealed {
      device.outage -= 1
      try await startSync(device)
    }
  }

  /// The name of a problem without what a machine's own messages say.
  private static func name(of problem: SyncProblem) -> String {
    switch problem {
    case .transport(let error): "line: \(error)"
    case .session(let failure): "session: \(failure)"
    case .massRemoval: "stopped"
    case .forgotten: "forgotten"
    case .restoring: "restoring"
    }
  }

  /// The program ended with an error: its disk, or nothing the world foresaw.
  private func fail(_ device: DeviceNode, _ error: any Error) async throws {
    if case ClientError.revoked? = error as? ClientError {
      note(device.name, "is nobody's any more")
      return checkRevocation(of: device)
    }
    guard let error = error as? StoreError else {
      broken.append("\(device.name) failed: \(error)")
      return
    }
    device.hasCrashedInARepair = device.disk.isDown && device.isToldOfAFork
    if device.disk.isDown, device.isToldToPutAway { reach(.crashWhileItPutsAway) }
    try await suffer(error, on: device, during: .deviceCrashTakingAnAnswer)
  }

  /// A store's error, which only a disk's faults excuse.
  func suffer(_ error: StoreError, on device: DeviceNode, during state: Reach) async throws {
    note(device.name, "disk: \(Self.name(of: error))")
    if device.disk.isDown {
      reach(state)
      return try await bringDown(device, startIn: 5_000)
    }
    if error == .full { reach(.diskFullOnDevice) } else { reach(.ioErrorOnDevice) }
    guard device.hasSickDisk else {
      broken.append("\(device.name): a sound disk, and yet \(error)")
      return
    }
    // The member starts the program anew. Where that fails too, somebody makes room, or puts in another disk.
    device.disk.crash(keeping: .all)
    try await bringDown(device, startIn: 60_000)
  }

  static func name(of error: StoreError) -> String {
    switch error {
    case .inUse: "in use"
    case .full: "full"
    case .unreadable: "unreadable"
    case .corrupt: "corrupt"
    case .failed: "failed"
    }
  }

  /// Ends what a device waits for, as a closed line does.
  func hangUp(_ device: DeviceNode) async throws {
    while let exchange = device.exchange {
      let pause = await baton.lend { exchange.end(.failure(.unreachable("the line is down"))) }
      device.exchange = nil
      if case .asks(let ask) = pause { dispatch(ask, from: device) }
    }
  }

  // MARK: On the way

  private func dispatch(_ ask: Ask, from device: DeviceNode) {
    guard case .sync(let key, let ticket, let request, _) = ask else {
      preconditionFailure("joining is not on the network of events")
    }
    figures.exchanges += 1
    let exchange = Exchange(
      device: device, key: key, ticket: ticket, request: request, ask: ask, asked: time.now)
    device.exchange = exchange
    device.isTurnedAway = false
    if plan.setting.isAdministered { noteOffered(exchange) }
    if let seed = device.misdirection, !isHealed {
      device.misdirection = nil
      return misdirect(exchange, seed: seed)
    }
    let fate = fate(of: device)
    if device.outage > 0, !isHealed { figures.exchangesInOutages += 1 }
    if fate != .good {
      if device.outage == 0 { figures.networkFaults += 1 }
      note(device.name, "meets \(fate.rawValue)")
    }
    var way = isHealed ? 10 : Int64.random(in: 5...3_000, using: &device.fates)
    if let line = poorLine(of: device) {
      guard line.carries(request: request.count) else {
        reach(.lineTooPoor)
        device.tooMuch = "a request of \(request.count) bytes"
        note(device.name, "has its line break after \(line.bytesMax) bytes")
        return schedule(
          .answer(exchange, .failure(.cut("the line broke"))), in: line.milliseconds(for: line.bytesMax))
      }
      way += line.milliseconds(for: request.count)
    }
    switch fate {
    case .requestLost, .noConnection, .webPage, .status: break
    case .requestLate:
      schedule(
        .request(exchange, fate), in: Int64.random(in: Self.patience / 2...20 * Self.patience, using: &device.fates))
    case .requestTwice:
      schedule(.request(exchange, fate), in: way)
      schedule(.request(exchange, fate), in: way + Int64.random(in: 0...2 * Self.patience, using: &device.fates))
    case .good, .replyLost, .replyCut, .replyLate, .hubDies, .hubRestored, .diskStrikes:
      schedule(.request(exchange, fate), in: way)
    }
    switch fate {
    case .noConnection: schedule(.answer(exchange, .failure(.unreachable("no line"))), in: 1)
    case .webPage:
      reach(.webPage)
      schedule(.answer(exchange, .success(Array("<html><body>Welcome to the library</body></html>".utf8))), in: way)
    case .status: schedule(.answer(exchange, .failure(Fate.statuses.randomElement(using: &device.fates)!)), in: way)
    default:
      let patience = poorLine(of: device)?.patience ?? Self.patience
      schedule(.answer(exchange, .failure(.silent("no answer"))), in: patience)
    }
  }

  private func fate(of device: DeviceNode) -> Fate {
    if isHealed { return .good }
    if device.outage > 0 {
      // A line that carries one way only: the hub takes everything, and no answer comes.
      if device.isOneWay { return [.replyLost, .replyCut].randomElement(using: &device.fates)! }
      return [.noConnection, .requestLost, .webPage, .status].randomElement(using: &device.fates)!
    }
    let fate = Fate.draw(&device.fates, faultsOfHundred: plan.setting.faults)
    // Only in plans in which hubs are restored at all.
    if fate == .hubRestored, !plan.steps.contains(where: { $0.kind == .restoreHub }) { return .replyLost }
    return fate
  }

  // MARK: At the hub

  func deliver(_ exchange: Exchange, _ fate: Fate) async throws {
    let way = isHealed ? 10 : Int64.random(in: 5...3_000, using: &exchange.device.fates)
    guard let server = hub.hub else {
      reach(.hubDownWhenAsked)
      schedule(.answer(exchange, .failure(.unreachable("refused"))), in: way)
      return
    }
    if hub.pausedUntil > time.now {
      schedule(.request(exchange, fate), in: hub.pausedUntil - time.now)
      return
    }
    if exchange.isOver { reach(.requestAfterItsTimeout) }
    if exchange.wasDelivered { reach(.requestTwice) }
    exchange.wasDelivered = true
    exchange.restores = restores
    noteOrder(of: exchange)
    if plan.steps.contains(where: { $0.kind == .trespass || $0.kind == .attack }) {
      overheard.append((exchange.key, exchange.request))
    }
    let result = try await answer(of: server, to: exchange)
    if case .success(let bytes) = result { noteReach(exchange, answer: bytes) }
    switch fate {
    case .hubDies:
      // After the commit, before the reply.
      reach(.hubCrashBeforeItsReply)
      guard hub.isUp else { break }
      note("hub", "dies")
      hub.disk.crash(keeping: .random(seed: UInt64(bitPattern: exchange.asked)))
      bringDownHub(startIn: 30_000)
    case .hubRestored:
      var random = SplitMix64(seed: UInt64(bitPattern: exchange.asked))
      try restoreHub(&random)
      schedule(.answer(exchange, result), in: way)
    case .diskStrikes:
      let call = 1 + Int(exchange.asked % 12)
      let survival = Survival.random(seed: UInt64(bitPattern: exchange.asked))
      exchange.strike = (
        call, exchange.asked.isMultiple(of: 2) ? .crashBefore(keeping: survival) : .crashAfter(keeping: survival)
      )
      schedule(.answer(exchange, result), in: way)
    case .replyLost: reach(.answerLostAfterCommit)
    case .replyCut:
      reach(.answerCut)
      exchange.told = [:]
      schedule(.answer(exchange, result.map { Array($0.prefix($0.count / 2)) }), in: way)
    case .replyLate:
      schedule(.answer(exchange, result), in: Int64.random(in: 0...Self.patience, using: &exchange.device.fates))
    default:
      if let line = poorLine(of: exchange.device) { return carry(exchange, result, over: line, in: way) }
      schedule(.answer(exchange, result), in: way)
    }
  }

  func answer(of server: SyncHub, to exchange: Exchange) async throws -> Result<[UInt8], TransportError> {
    do {
      return .success(
        try await server.answer(
          exchange.request, signedBy: exchange.key, showing: exchange.ticket))
    } catch DirectoryError.deviceUnknown {
      return .failure(.notKnown)
    } catch let error as RequestError {
      broken.append("the hub cannot read \(exchange.device.name): \(error)")
      return .failure(.rejected("unreadable"))
    } catch let error as StoreError {
      return .failure(sufferHub(error))
    }
  }

  /// The hub's store failed, which only its disk's faults excuse.
  func sufferHub(_ error: StoreError) -> TransportError {
    note("hub", "disk: \(Self.name(of: error))")
    if hub.disk.isDown {
      reach(.hubCrashInACommit)
      bringDownHub(startIn: 5_000)
      return .cut("the line dropped")
    }
    if !hub.hasSickDisk { broken.append("hub: a sound disk, and yet \(error)") }
    if error == .full { reach(.diskFullOnHub) } else { reach(.ioErrorOnHub) }
    reach(.hubAnswersItFailed)
    // A served hub says so and goes on. Now and then an administrator starts it anew.
    if hub.disk.callCount.isMultiple(of: 2) {
      schedule(.mendHub, in: 60_000)
    } else {
      hub.disk.crash(keeping: .all)
      bringDownHub(startIn: 60_000)
    }
    return .hubFailed(500)
  }

  // MARK: Back at the device

  func answer(_ exchange: Exchange, _ result: Result<[UInt8], TransportError>) async throws {
    let device = exchange.device
    guard !exchange.isOver else {
      if case .success = result, exchange.wasDelivered, exchange.life != device.life { reach(.answerToAnEarlierLife) }
      return
    }
    if device.pausedUntil > time.now {
      schedule(.answer(exchange, result), in: device.pausedUntil - time.now)
      return
    }
    if case .success = result, let then = exchange.restores, then < restores { reach(.latePageAfterARestore) }
    if case .failure(.rejected) = result { device.isTurnedAway = try exchange.offersChanges() }
    if case .success(let bytes) = result {
      device.restoresHeard = exchange.restores
      // What was cut on its way is no answer.
      if (try? SignedAnswer(bytes)) != nil { device.lastAnswer = bytes }
    }
    if let strike = exchange.strike { device.disk.fail(at: strike.call, strike.fault) }
    let pause = await baton.lend { exchange.end(result) }
    if plan.setting.isAdministered, case .success = result { noteTold(exchange) }
    try await take(pause, from: device)
  }
}
