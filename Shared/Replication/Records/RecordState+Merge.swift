// THE merge: the one function by which copies converge, on every device and hub, for local and remote changes alike.
//
//   siblings := (siblings − superseded) ∪ {new}
//
// It commutes over concurrent changes, because each removes only dots its author had seen and adds only its own. It is
// never called twice for a dot, because the ends of chains record what is applied. It requires causal order (a
// superseded dot arrives before its superseder), which logs guarantee.

extension RecordState {
  /// Applies one edit of a change. Cost is linear in the state of the field written.
  ///
  /// - Precondition: The change's dot is not yet applied, and all dots it depends on are applied or void.
  package mutating func merge(_ edit: Edit, by stamp: Stamp) {
    if edit.isErasure { return erase(as: edit.kind, by: stamp) }
    // Nothing written to an erased record is kept, whether written before, after or concurrently.
    guard !isErased else { return }
    // Hubs refuse a second creation of an id under another kind, but until then all copies must agree on the kind. A
    // state starts with the kind of its first edit, so the minimum is the same in any order.
    kind = min(kind, edit.kind)
    switch edit.operation {
    case .assign(let name, let value, let superseded):
      change(name) { field in
        field.siblings.removeAll { superseded.contains($0.stamp.dot) }
        field.siblings.insert(Sibling(stamp: stamp, value: value))
      }
    case .add(let name, let value, let superseded):
      change(name) { $0.supersede(superseded, in: value, adding: stamp) }
    case .remove(let name, let value, let superseded):
      change(name) { $0.supersede(superseded, in: value, adding: nil) }
    case .count(let name, let amount):
      change(name) { $0.counts.insert(Sibling(stamp: stamp, value: .integer(amount))) }
    case .append(let name, let entry):
      change(name) { $0.entries.insert(Sibling(stamp: stamp, value: entry)) }
    case .makePresent(let superseded):
      claim(ExistenceClaim(stamp: stamp, isDeleted: false, seen: []), superseding: superseded)
    case .delete(let superseded, let seen):
      claim(ExistenceClaim(stamp: stamp, isDeleted: true, seen: seen), superseding: superseded)
    case .erase: return
    }
  }

  /// Erases the state. Its kind becomes the minimum of the kinds named by erasing changes; kinds named by other changes
  /// are discarded along with their content.
  private mutating func erase(as name: String, by stamp: Stamp) {
    kind = isErased ? min(kind, name) : name
    (existence, fields) = ([], [:])
    erasures.insert(stamp, at: erasures.firstPlace { stamp.dot < $0.dot })
  }

  private mutating func change(_ name: String, _ body: (inout FieldState) -> Void) {
    body(&fields[name, default: FieldState()])
    if fields[name]?.isEmpty == true { fields[name] = nil }
  }

  private mutating func claim(_ standing: ExistenceClaim, superseding superseded: DotSet) {
    existence.removeAll { superseded.contains($0.stamp.dot) }
    existence.insert(standing, at: existence.firstPlace { standing.stamp.dot < $0.stamp.dot })
  }
}

extension FieldState {
  /// Removes superseded stamps of one element, and adds a new one if given. The element is kept while it has a stamp.
  ///
  /// Costs some encodings of elements, which grow with the logarithm of their number.
  fileprivate mutating func supersede(_ superseded: DotSet, in value: Value, adding stamp: Stamp?) {
    let bytes = value.canonicalBytes
    let place = elements.firstPlace { !$0.value.canonicalBytes.lexicographicallyPrecedes(bytes) }
    let isThere = place < elements.endIndex && elements[place].value.canonicalBytes == bytes
    var stamps = isThere ? elements[place].stamps : []
    stamps.removeAll { superseded.contains($0.dot) }
    if let stamp {
      stamps.insert(stamp, at: stamps.firstPlace { stamp.dot < $0.dot })
    }
    let element = Element(value: value, stamps: stamps)
    switch (isThere, stamps.isEmpty) {
    case (true, true): elements.remove(at: place)
    case (true, false): elements[place] = element
    case (false, true): return
    case (false, false): elements.insert(element, at: place)
    }
  }
}

extension [Sibling] {
  fileprivate mutating func insert(_ sibling: Sibling) {
    insert(sibling, at: firstPlace { sibling.stamp.dot < $0.stamp.dot })
  }
}

extension Array {
  /// The first place from which on a condition holds, by halving; the end if it holds nowhere.
  ///
  /// - Precondition: Behind an element for which it holds, it holds for all.
  fileprivate func firstPlace(where isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
