// After a fork some dots mean something else than they did when an edit named them. An edit that goes out again must
// name what its author was looking at, under the names that hold now.

extension LogEntry {
  /// Every dot its edits name.
  var dependencies: Set<Dot> { Set(edits.flatMap(\.operation.dependencies)) }
}

extension Edit {
  package var makesPresent: Bool {
    if case .makePresent = operation { true } else { false }
  }

  /// Whether it erases its record.
  package var isErasure: Bool {
    if case .erase = operation { true } else { false }
  }

  var isDelete: Bool {
    if case .delete = operation { true } else { false }
  }

  /// The same edit, with every reference to a given-up change replaced by what that change's edits had superseded
  /// there. A change that was refused has no edits: what it had superseded stood again, and was named itself.
  package func rebased(over given: [Dot: [Edit]]) -> Edit {
    func past(_ dots: [Dot], _ isSame: (Edit) -> Bool) -> [Dot] {
      var reached = Set(dots)
      var open = dots
      while let dot = open.popLast() {
        // Each once: what came from elsewhere may name itself, or the same by many ways.
        for before in given[dot, default: []].filter(isSame).flatMap(\.operation.supersedes)
        where reached.insert(before).inserted { open.append(before) }
      }
      return reached.filter { given[$0] == nil }.sorted()
    }
    let target = EditTarget(self)
    func register(_ dots: [Dot]) -> [Dot] { past(dots) { EditTarget($0) == target } }
    func values(_ dots: [Dot]) -> [Dot] { past(dots) { $0.record == record && $0.operation.field != nil } }
    let read: Operation =
      switch operation {
      case .assign(let field, let value, let dots): .assign(field: field, value: value, supersedes: register(dots))
      case .add(let field, let element, let dots): .add(field: field, element: element, supersedes: register(dots))
      case .remove(let field, let element, let dots):
        .remove(field: field, element: element, supersedes: register(dots))
      case .makePresent(let dots): .makePresent(supersedes: register(dots))
      case .delete(let dots, let seen): .delete(supersedes: register(dots), seen: values(seen))
      case .count, .append, .erase: operation
      }
    return Edit(record: record, kind: kind, operation: read)
  }

  /// The same edit, with every reference to a renamed dot following it.
  package func remapped(by map: [Dot: Dot]) -> Edit {
    func follow(_ dots: [Dot]) -> [Dot] { dots.map { map[$0] ?? $0 } }
    let renamed: Operation =
      switch operation {
      case .assign(let field, let value, let dots): .assign(field: field, value: value, supersedes: follow(dots))
      case .add(let field, let element, let dots): .add(field: field, element: element, supersedes: follow(dots))
      case .remove(let field, let element, let dots): .remove(field: field, element: element, supersedes: follow(dots))
      case .makePresent(let dots): .makePresent(supersedes: follow(dots))
      case .delete(let dots, let seen): .delete(supersedes: follow(dots), seen: follow(seen))
      case .count, .append, .erase: operation
      }
    return Edit(record: record, kind: kind, operation: renamed)
  }

  /// The same edit, naming only the dots that are known.
  package func retaining(_ isKnown: (Dot) throws -> Bool) rethrows -> Edit {
    let named: Operation =
      switch operation {
      case .assign(let field, let value, let dots):
        .assign(field: field, value: value, supersedes: try dots.filter(isKnown))
      case .add(let field, let element, let dots):
        .add(field: field, element: element, supersedes: try dots.filter(isKnown))
      case .remove(let field, let element, let dots):
        .remove(field: field, element: element, supersedes: try dots.filter(isKnown))
      case .makePresent(let dots): .makePresent(supersedes: try dots.filter(isKnown))
      case .delete(let dots, let seen): .delete(supersedes: try dots.filter(isKnown), seen: try seen.filter(isKnown))
      case .count, .append, .erase: operation
      }
    return Edit(record: record, kind: kind, operation: named)
  }
}
