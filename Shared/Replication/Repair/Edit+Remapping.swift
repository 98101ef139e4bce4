// A fork reassigns dots. Before an edit is re-issued, its references are remapped to the dots that now identify the
// changes its author had seen.

extension LogEntry {
  /// Every dot that the entry's edits depend on.
  var dependencies: Set<Dot> { Set(edits.flatMap(\.operation.dependencies)) }
}

extension Edit {
  /// True if the edit creates or restores its record.
  package var makesPresent: Bool {
    if case .makePresent = operation { true } else { false }
  }

  /// True if the edit erases its record.
  package var isErasure: Bool {
    if case .erase = operation { true } else { false }
  }

  var isDelete: Bool {
    if case .delete = operation { true } else { false }
  }

  /// The same edit, with each reference to a dropped change replaced by the dots which that change's edits of the same
  /// target had superseded, transitively. In a delete's `seen`, edits of any field of the record count.
  ///
  /// A refused change has no edits, so references to it are dropped: the values it had superseded became current again,
  /// and the edit references them itself.
  ///
  /// - Parameter given: The edits of the dropped changes, by dot.
  package func rebased(over given: [Dot: [Edit]]) -> Edit {
    func past(_ dots: [Dot], _ isSame: (Edit) -> Bool) -> [Dot] {
      var reached = Set(dots)
      var open = dots
      while let dot = open.popLast() {
        // Each dot is visited once: untrusted changes may reference themselves, or one dot by many paths.
        for before in given[dot, default: []].filter(isSame).flatMap(\.operation.supersedes)
        where reached.insert(before).inserted { open.append(before) }
      }
      return reached.filter { given[$0] == nil }.sorted()
    }
    let target = EditTarget(self)
    func register(_ dots: [Dot]) -> [Dot] { past(dots) { EditTarget($0) == target } }
    func values(_ dots: [Dot]) -> [Dot] { past(dots) { $0.record == record && $0.operation.field != nil } }
    return mapDots(register, seen: values)
  }

  /// The same edit, with its references to renamed dots replaced by the new ones.
  ///
  /// - Parameter map: Old dot → new dot. Other dots stay as they are.
  package func remapped(by map: [Dot: Dot]) -> Edit {
    func follow(_ dots: [Dot]) -> [Dot] { dots.map { map[$0] ?? $0 } }
    return mapDots(follow, seen: follow)
  }

  /// The same edit, with only those of its references that satisfy `isKnown`.
  package func retaining(_ isKnown: (Dot) throws -> Bool) rethrows -> Edit {
    try mapDots({ try $0.filter(isKnown) }, seen: { try $0.filter(isKnown) })
  }

  private func mapDots(_ superseded: ([Dot]) throws -> [Dot], seen: ([Dot]) throws -> [Dot]) rethrows -> Edit {
    Edit(record: record, kind: kind, operation: try operation.mapDots(superseded, seen: seen))
  }
}
