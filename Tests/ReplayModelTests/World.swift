// One world: a hub, its backups and ledger, devices, and an oracle that remembers what everybody was told.

final class World {
  let rules: Rules
  var hub: Hub
  var ledger = Ledger()
  var backups: [Hub] = []
  var devices: [Device] = []
  /// The devices that are destroyed.
  var destroyed: Set<Int> = []
  var entropy: Entropy
  var oracle = Oracle()
  var line = Line()
  /// The name under which each space was made.
  var spaceNames: [Int: Int] = [:]
  /// The copies whose lost work was written anew.
  var rewritten: Set<[Int]> = []
  /// The story so far, in words, where it is wanted.
  private(set) var story: [String] = []
  let isTold: Bool
  private var words = 0

  init(rules: Rules, devices count: Int, isTold: Bool = false) {
    self.rules = rules
    self.isTold = isTold
    var entropy = Entropy()
    hub = Hub(rules: rules, entropy: &entropy)
    self.entropy = entropy
    hub.makeSpace(named: 0, entropy: &self.entropy)
    for member in 1...count { join(as: member, bySnapshot: false) }
  }

  var living: [Int] { devices.indices.filter { !destroyed.contains($0) } }

  func note(_ text: @autoclosure () -> String) {
    if isTold { story.append(text()) }
  }

  func nextWords() -> Int {
    words += 1
    return words
  }

  // MARK: Devices

  func join(as member: Int, bySnapshot: Bool) {
    let key = devices.count + 1
    var device = Device(name: "D\(key)", key: key, member: member, rules: rules)
    hub.enrol(key, as: member, mayWrite: true)
    oracle.granted(member)
    device.ticket = hub.issueTicket(for: device)
    device.model = hub.model
    devices.append(device)
    openCopies(of: devices.count - 1, bySnapshot: bySnapshot)
    note("\(device.name) joins as member \(member)\(bySnapshot ? " by a snapshot" : "")")
  }

  /// Gives a device a copy of each space that the hub says it may read.
  func openCopies(of index: Int, bySnapshot: Bool = false) {
    let key = devices[index].key
    guard hub.enrolled[key] != nil, !ledger.revoked.contains(key), !hub.revoked.contains(key) else { return }
    for id in hub.spaces.keys.sorted() where devices[index].copies[id] == nil {
      let replica = Replica(owner: .device(key: key), salt: entropy.draw())
      var copy = Device.Copy(log: Log(space: id, rules: rules), replica: replica, rules: rules)
      if bySnapshot, !hub.spaces[id]!.isReplaying, hub.spaces[id]!.log.head > 0 {
        let space = hub.spaces[id]!
        copy.log = space.log
        copy.floor = space.log.head
        copy.bodies = space.bodies.subtracting(ledger.erased)
        copy.checkpoints[copy.floor] = Checkpoint(epoch: hub.epoch, position: copy.floor, digest: space.log.digest)
        copy.epoch = hub.epoch
        oracle.hasSnapshots = true
        for row in copy.log.rows where copy.log.outcome(of: row.change) == .taken {
          oracle.tell(index, row.change, in: id)
        }
      }
      devices[index].copies[id] = copy
    }
  }

  /// A visit to the hub, for one space.
  func visit(_ index: Int, _ id: Int, over line: Line) {
    guard devices[index].copies[id] != nil else { return }
    let before = hub
    let served = hub.serve(devices[index], space: id, over: line, ledger: ledger, entropy: &entropy)
    guard let answer = served else { return note("\(devices[index].name) is turned away") }
    checkOrder(devices[index].copies[id]!, before: before, in: id)
    if before.epoch.id != hub.epoch.id { note("the hub notices that it was rolled back") }
    noteRows(since: before, in: id, from: devices[index].name)
    oracle.observe(answer, of: devices[index], before: before, space: id, ledger: ledger)
    if line.losesAnswer { return note("\(devices[index].name)'s answer is lost") }
    deliver(answer, to: index, id, over: line)
  }

  /// Remembers where a hub that cannot know better writes rows before those that extend its log.
  private func checkOrder(_ copy: Device.Copy, before: Hub, in id: Int) {
    guard let old = before.spaces[id] else { return }
    if copy.extends(old.log) { oracle.proven.insert(id) }
    let grows = hub.spaces[id]!.log.head > old.log.head
    if grows, !old.isReplaying, !oracle.proven.contains(id), isAhead(of: old.log, in: id) { oracle.isTroubled = true }
  }

  private func deliver(_ whole: Answer, to index: Int, _ id: Int, over line: Line) {
    var answer = whole
    if let cut = line.pageCut {
      let start = (answer.commonPosition ?? 0)
      answer.page = Array(answer.page.prefix(cut))
      answer.checkpoints.removeAll { $0.position > start + cut }
    }
    let old = devices[index].copies[id]!
    oracle.deliver(answer, to: index, in: id)
    devices[index].receive(answer, from: id, entropy: &entropy)
    if !rules[.sealedUntilSafe] || !answer.kept.isEmpty && isSafe(answer.kept, in: id) {
      devices[index].sealed.removeAll { sealed in sealed.space == id && answer.kept.contains(sealed.change) }
    }
    for change in answer.kept { oracle.kept[change.words] = index }
    openCopies(of: index)
    let new = devices[index].copies[id]!
    if answer.clears {
      oracle.cleared(index, of: id, sealed: old.outbox, hub: hub.spaces[id]!.log)
      if old.log.head > 0 { note("\(devices[index].name) clears its copy") }
      return
    }
    if new.replica != old.replica { oracle.hasReissued = true }
    if let position = answer.commonPosition, position < old.log.head {
      note("\(devices[index].name) steps back from row \(old.log.head) to \(position)")
      oracle.steppedBack(old.log, to: position)
    }
    oracle.read(index, new.log, from: answer.commonPosition ?? new.log.head, in: id)
    noteAnswer(answer, old: old, new: new, index)
  }

  /// Tests whether every backup that may be restored has what the hub keeps.
  private func isSafe(_ kept: [Change], in id: Int) -> Bool {
    backups.allSatisfy { backup in
      kept.allSatisfy { change in
        backup.spaces[id].map { $0.held.contains(change) || $0.log.find(change) != nil } ?? false
      }
    }
  }
}
