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
    erasures.insert(stamp, at: erasures.firstIndex { stamp.dot < $0.dot } ?? erasures.endIndex)
  }

  private mutating func change(_ name: String, _ body: (inout FieldState) -> Void) {
    var field = fields[name] ?? FieldState()
    body(&field)
    fields[name] = field.isEmpty ? nil : field
  }

  private mutating func claim(_ standing: ExistenceClaim, superseding superseded: DotSet) {
    existence.removeAll { superseded.contains($0.stamp.dot) }
    let place = existence.firstIndex { standing.stamp.dot < $0.stamp.dot } ?? existence.endIndex
    existence.insert(standing, at: place)
  }
}

extension FieldState {
  /// Removes superseded stamps of one element, and adds a new one if given. The element is kept while it has a stamp.
  ///
  /// Costs one encoding of each element before it in the set.
  fileprivate mutating func supersede(_ superseded: DotSet, in value: Value, adding stamp: Stamp?) {
    let bytes = value.canonicalBytes
    let place = elements.firstIndex { !$0.value.canonicalBytes.lexicographicallyPrecedes(bytes) } ?? elements.endIndex
    let isThere = place < elements.endIndex && elements[place].value.canonicalBytes == bytes
    var stamps = isThere ? elements[place].stamps : []
    stamps.removeAll { superseded.contains($0.dot) }
    if let stamp {
      stamps.insert(stamp, at: stamps.firstIndex { stamp.dot < $0.dot } ?? stamps.endIndex)
    }
    if isThere { elements.remove(at: place) }
    if !stamps.isEmpty { elements.insert(Element(value: value, stamps: stamps), at: place) }
  }
}

extension [Sibling] {
  fileprivate mutating func insert(_ sibling: Sibling) {
    insert(sibling, at: firstIndex { sibling.stamp.dot < $0.stamp.dot } ?? endIndex)
  }
}
