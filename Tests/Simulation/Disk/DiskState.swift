// All that a simulated disk knows: its files, the names its folder would still lose, the faults that wait. It is one
// value behind the disk's lock.
//
// A file's current bytes are the host's file of that name; what is kept here is what of it a power cut would leave.
// So readings cost nothing extra, and whoever looks past SQLite (a copy, a rename) sees what a running machine would.
//
// Names: a file made or removed is so at once for all who look, and for good only when its folder was synced. Of the
// names, an outage keeps those up to some point, as file systems with a journal do. A file that another hand put in
// place, by a rename, counts as synced with its folder, and so does every name before it.

internal import TestKit

/// A file SQLite has opened on the disk.
struct DiskFile: Sendable {
  let path: String
  /// What a power cut would leave; `nil` while there is no such file.
  var contents: UnsyncedFile?
  /// The host's file that holds the current bytes.
  var inode: UInt64?
  /// Whether anybody may hold it open in this life of the machine.
  var wasOpened = false
}

struct DiskState: Sendable {
  var files: [DiskFile] = []
  private var indexByPath: [String: Int] = [:]
  /// What befell names since the folder was last synced, oldest first.
  private var names: [NameChange] = []

  var counters = DiskCounters()
  var random: SplitMix64
  var armed: [Int: DiskFault] = [:]
  /// How often the machine was started. Whoever was there in an earlier life is dead.
  private(set) var life = 1
  private(set) var isDown = false
  var isGone = false
  var isFull = false
  var nextSyncFails = false

  private enum NameChange {
    case made(file: Int, call: Int)
    case removed(file: Int, contents: UnsyncedFile, call: Int)

    var call: Int {
      switch self {
      case .made(_, let call), .removed(_, _, let call): call
      }
    }
  }

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
  }

  func isAlive(_ life: Int) -> Bool { !isDown && life == self.life }
  func exists(_ file: Int) -> Bool { files[file].contents != nil }

  /// Brings a file's un-synced operations to the disk, those the cut leaves.
  mutating func settle(_ file: Int, _ cut: Cut) {
    files[file].contents?.settle(cut, random: &random)
  }

  // MARK: Names

  mutating func index(of path: String) -> Int {
    if let index = indexByPath[path] { return index }
    indexByPath[path] = files.count
    files.append(DiskFile(path: path))
    return files.count - 1
  }

  /// Takes note of what is at the file's name, before somebody opens it.
  mutating func look(at file: Int) {
    let facts = HostFile.facts(files[file].path)
    guard facts?.inode != files[file].inode else { return }
    if files[file].inode != nil { syncFolder() }
    files[file].inode = facts?.inode
    guard let facts else {
      files[file].contents = nil
      return
    }
    // Bytes that nobody wrote here came with the folder. An empty file was made a moment ago.
    files[file].contents = UnsyncedFile(durable: facts.size == 0 ? ByteImage() : HostFile.read(files[file].path))
    if facts.size == 0 { names.append(.made(file: file, call: counters.calls)) }
  }

  /// The file has just been made by SQLite.
  mutating func make(_ file: Int) {
    files[file].contents = UnsyncedFile()
    files[file].inode = HostFile.facts(files[file].path)?.inode
    names.append(.made(file: file, call: counters.calls))
  }

  /// The file has just been removed by SQLite.
  mutating func remove(_ file: Int) {
    if let contents = files[file].contents {
      names.append(.removed(file: file, contents: contents, call: counters.calls))
    }
    files[file].contents = nil
    files[file].inode = nil
  }

  mutating func syncFolder() {
    names.removeAll(keepingCapacity: true)
  }

  // MARK: Outages

  /// Stops the machine; the host's files become what the outage leaves.
  mutating func crash(_ survival: Survival) {
    if isDown { return }
    lookForStrangers()
    // A cut that keeps nothing, or everything, draws nothing.
    var chance = SplitMix64(seed: 0)
    switch survival {
    case .all: surviveKill()
    case .none: survive(.nothing, random: &chance)
    case .random(let seed):
      chance = SplitMix64(seed: seed)
      survive(randomCut(&chance), random: &chance)
    }
    stop()
  }

  /// Stops the machine when everything done is on the disk.
  mutating func crashWithEverything() {
    lookForStrangers()
    var chance = SplitMix64(seed: 0)
    survive(.everything, random: &chance)
    stop()
  }

  mutating func restart() {
    isDown = false
    life += 1
  }

  private mutating func stop() {
    isDown = true
    counters.crashes += 1
    for file in files.indices where files[file].wasOpened {
      files[file].wasOpened = false
      // The dead process' shared memory, and its hold on the store.
      for companion in ["-shm", ".lock"] { HostFile.remove(files[file].path + companion) }
    }
  }

  private func randomCut(_ random: inout SplitMix64) -> Cut {
    guard random.chance(1, in: 2) else { return .sectors(eighths: 1 + random.below(7)) }
    let oldest = (files.compactMap { $0.contents?.oldestUnsyncedCall } + names.map(\.call)).min() ?? counters.calls
    return .until(call: oldest + random.below(counters.calls - oldest + 2))
  }

  /// Somebody else's files are none of the outage's.
  private mutating func lookForStrangers() {
    for file in files.indices where HostFile.facts(files[file].path)?.inode != files[file].inode {
      syncFolder()
      files[file].contents = nil
      files[file].inode = nil
    }
  }

  private mutating func surviveKill() {
    for file in files.indices where files[file].wasOpened && files[file].contents != nil {
      HostFile.replace(files[file].path, with: HostFile.read(files[file].path))
      files[file].inode = HostFile.facts(files[file].path)?.inode
    }
  }

  private mutating func survive(_ cut: Cut, random: inout SplitMix64) {
    if !names.isEmpty || files.contains(where: { $0.contents?.oldestUnsyncedCall != nil }) {
      counters.cutsOfUnsynced += 1
    }
    let renamed = undoNames(cut, random: &random)
    for file in files.indices where files[file].contents != nil {
      // A closed file with nothing in doubt stays as it is.
      let isTouched = files[file].wasOpened || renamed.contains(file)
      guard isTouched || files[file].contents!.oldestUnsyncedCall != nil else { continue }
      files[file].contents!.settle(cut, random: &random)
      HostFile.replace(files[file].path, with: files[file].contents!.durable)
      files[file].inode = HostFile.facts(files[file].path)?.inode
    }
    for file in renamed where files[file].contents == nil {
      HostFile.remove(files[file].path)
      files[file].inode = nil
    }
  }

  /// Takes back the names the cut does not leave, the newest first.
  ///
  /// - Returns: The files that were touched by it.
  private mutating func undoNames(_ cut: Cut, random: inout SplitMix64) -> Set<Int> {
    let kept: Int =
      switch cut {
      case .nothing: 0
      case .everything: names.count
      case .until(let call): names.count { $0.call < call }
      case .sectors: random.below(names.count + 1)
      }
    var touched: Set<Int> = []
    for name in names[kept...].reversed() {
      switch name {
      case .made(let file, _):
        files[file].contents = nil
        touched.insert(file)
      case .removed(let file, let contents, _):
        files[file].contents = contents
        touched.insert(file)
      }
    }
    syncFolder()
    return touched
  }
}
