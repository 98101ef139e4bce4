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
    func past(_ dots: DotSet, _ isSame: (Edit) -> Bool) -> DotSet {
      var reached = dots
      var open = dots.dots(among: given)
      var dropped = Set(open)
      while let dot = open.popLast() {
        for before in given[dot, default: []].filter(isSame).map(\.operation.supersedes) {
          reached = reached.union(before)
          // Each dot is visited once: untrusted changes may reference themselves, or one dot by many paths.
          open += before.dots(among: given).filter { dropped.insert($0).inserted }
        }
      }
      return reached.subtracting(dropped)
    }
    let target = EditTarget(self)
    func register(_ dots: DotSet) -> DotSet { past(dots) { EditTarget($0) == target } }
    func values(_ dots: DotSet) -> DotSet { past(dots) { $0.record == record && $0.operation.field != nil } }
    return mapDots(register, seen: values)
  }

  /// The same edit, with its references to renamed dots replaced by the new ones.
  ///
  /// - Parameter map: Old dot → new dot. Other dots stay as they are.
  package func remapped(by map: [Dot: Dot]) -> Edit {
    func follow(_ dots: DotSet) -> DotSet {
      let renamed = dots.dots(among: map)
      return dots.subtracting(renamed).union(DotSet(renamed.compactMap { map[$0] }))
    }
    return mapDots(follow, seen: follow)
  }

  /// The same edit, with only those of its references that lie within chains as far as `reached`.
  package func retaining(upTo reached: (ReplicaID) throws -> UInt64) rethrows -> Edit {
    try mapDots({ try $0.limited(to: reached) }, seen: { try $0.limited(to: reached) })
  }

  private func mapDots(_ superseded: (DotSet) throws -> DotSet, seen: (DotSet) throws -> DotSet) rethrows -> Edit {
    Edit(record: record, kind: kind, operation: try operation.mapDots(superseded, seen: seen))
  }
}
