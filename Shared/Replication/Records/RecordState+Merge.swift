// THE merge: the one function by which copies come together, on every device and hub, for own changes and others'.
//
//   siblings := (siblings − superseded) ∪ {new}
//
// It is commutative over concurrent changes, because each takes away only dots its author had seen and adds only its
// own; and it is never called twice for a dot, because the version vector says what is applied. It needs causal
// order (a superseded dot arrives before its superseder), which logs guarantee.

extension RecordState {
  /// Applies one edit of a change.
  ///
  /// - Precondition: the change's dot is not applied yet, and all dots it depends on are applied or void.
  package mutating func merge(_ edit: Edit, by stamp: Stamp) {
    if edit.isErasure { return erase(as: edit.kind, by: stamp) }
    // Whether this was written before the erasing, after it or meanwhile: nothing of it stays.
    guard !isErased else { return }
    // Two creations of one id with different kinds are refused by hubs; all copies still agree on which stands.
    // A state starts as its first edit's kind, so the least of all is the same in any order.
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
      claim(ExistenceClaim(stamp: stamp, isDeleted: true, seen: seen.sorted()), superseding: superseded)
    case .erase: return
    }
  }

  /// The kind is the least of those that erasing changes name: what others called it goes with their words.
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

  private mutating func claim(_ standing: ExistenceClaim, superseding superseded: [Dot]) {
    existence.removeAll { superseded.contains($0.stamp.dot) }
    let place = existence.firstIndex { standing.stamp.dot < $0.stamp.dot } ?? existence.endIndex
    existence.insert(standing, at: place)
  }
}

extension FieldState {
  /// An element stands while any adding of it stands.
  fileprivate mutating func supersede(_ superseded: [Dot], in value: Value, adding stamp: Stamp?) {
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
