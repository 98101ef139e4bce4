// The header field in which a device shows its hub's ticket: a byte sequence of RFC 9651. It stands in a header, so that a
// hub knows before it reads a body whether the sender is anybody.

/// The `Board-Ticket` header field.
package enum TicketField {
  package static let name = "Board-Ticket"

  /// The field's value.
  package static func value(_ ticket: [UInt8]) -> String { ":\(base64(ticket)):" }

  /// The bytes in a field's value; `nil` for anything but one byte sequence.
  package static func ticket(in value: String) -> [UInt8]? {
    guard value.count >= 2, value.first == ":", value.last == ":" else { return nil }
    return bytes(ofBase64: String(value.dropFirst().dropLast()))
  }
}
