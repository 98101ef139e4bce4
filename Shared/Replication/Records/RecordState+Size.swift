// The size of a record's state, by which a record is limited and a hub divides its work. It is reckoned and not encoded,
// since it is asked for with every change.

extension RecordState {
  /// The approximate encoded size in bytes. Cost is linear in the number of values.
  package var byteCount: Int {
    let claims = existence.reduce(0) { $0 + Stamp.byteCount + $1.seen.byteCount }
    return fields.reduce(claims + erasures.count * Stamp.byteCount) { $0 + $1.key.utf8.count + $1.value.byteCount }
  }
}

extension FieldState {
  fileprivate var byteCount: Int {
    let stamped = [siblings, counts, entries].joined().reduce(0) { $0 + Stamp.byteCount + $1.value.byteCount }
    return elements.reduce(stamped) { $0 + $1.stamps.count * Stamp.byteCount + $1.value.byteCount }
  }
}

extension Operation {
  /// The bytes that the operation adds to a state, at most and approximately.
  var byteCount: Int {
    let value: Value? =
      switch self {
      case .assign(_, let value, _), .add(_, let value, _), .append(_, let value): value
      case .count(_, let amount): .integer(amount)
      case .remove, .makePresent, .delete, .erase: nil
      }
    let seen = if case .delete(_, let seen) = self { seen.byteCount } else { 0 }
    return Stamp.byteCount + seen + (field?.utf8.count ?? 0) + (value?.byteCount ?? 0)
  }
}

extension Stamp {
  /// The encoded size: two ids, two counters, a time and a place.
  fileprivate static var byteCount: Int { 56 }
}

extension DotSet {
  fileprivate var byteCount: Int { runs.count * 28 }
}

extension Value {
  /// The approximate encoded size in bytes.
  var byteCount: Int {
    switch self {
    case .null, .bool: 1
    case .integer: 9
    case .text(let text): text.utf8.count + 5
    case .bytes(let bytes), .unknown(let bytes): bytes.count + 5
    case .link: 19
    case .list(let values): values.reduce(5) { $0 + $1.byteCount }
    case .map(let values): values.reduce(5) { $0 + $1.key.utf8.count + 5 + $1.value.byteCount }
    }
  }
}
