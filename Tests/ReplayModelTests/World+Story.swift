// A world's story in words, for a person to read.

extension World {
  func noteRows(since before: Hub, in id: Int, from name: String) {
    guard isTold, let log = hub.spaces[id]?.log, let old = before.spaces[id]?.log else { return }
    for position in old.head..<log.head {
      note("\(name) brings row \(position + 1) of space \(id): \(log.rows[position].inWords)")
    }
  }

  func noteAnswer(_ answer: Answer, old: Device.Copy, new: Device.Copy, _ index: Int) {
    guard isTold else { return }
    let name = devices[index].name
    for (change, verdict) in answer.verdicts {
      switch verdict {
      case .final(let outcome, let receipt):
        note("\(name) hears: '\(change.words)' \(outcome.inWords), row \(receipt.position)")
      case .forked: note("\(name) hears: '\(change.words)' has the name of another change")
      case .later: note("\(name) hears: '\(change.words)' must wait")
      }
    }
    if new.log.head > (answer.commonPosition ?? new.log.head) { note("\(name) reads up to row \(new.log.head)") }
  }
}

extension Row {
  var inWords: String {
    switch self {
    case .change(let change, let outcome):
      "'\(change.words)'\(change.original == nil ? "" : " under the hub's own name"), \(outcome.inWords)"
    case .amended(let change): "'\(change.words)' amended"
    case .erased(let change): "'\(change.words)' erased"
    }
  }
}

extension Outcome {
  var inWords: String {
    switch self {
    case .taken: "taken"
    case .void(let reason): "refused (\(reason))"
    }
  }
}
