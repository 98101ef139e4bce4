// Names by which the two sides of a sync tell each other what they can do beyond protocol version 1, which has none. A
// name that the reader does not know means nothing to it.
//
//   capabilities: [name], ascending, at least one; the field is absent if there are none

internal import Replication

extension CBORMapWriter {
  mutating func writeCapabilities(_ key: UInt64, _ names: Set<String>) {
    guard !names.isEmpty else { return }
    field(key) { writer in
      writer.array(names.count)
      for name in names.sorted() { writer.text(name) }
    }
  }
}

extension CBORMapReader {
  /// - Throws: ``CBORError/value`` for no names, more than ``Limits/capabilitiesMax``, or names that do not ascend.
  mutating func readCapabilities(_ key: UInt64) throws(CBORError) -> Set<String> {
    guard try next(is: key) else { return [] }
    var names: [String] = []
    for _ in 0..<(try reader.array()) {
      names.append(try reader.name())
      guard names.count <= Limits.capabilitiesMax, names.dropLast().last.map({ $0 < names[names.count - 1] }) ?? true
      else { throw .value }
    }
    guard !names.isEmpty else { throw .value }
    return Set(names)
  }
}
