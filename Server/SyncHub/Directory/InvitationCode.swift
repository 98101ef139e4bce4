// One-time codes, made to be read aloud: one group that identifies the invitation, and four that prove knowledge of it.

internal import Cryptography

/// A one-time invitation code.
struct InvitationCode: Equatable {
  /// The first group, 20 bits. It is not secret: it identifies the invitation tried, so that tries can be counted.
  let selector: String
  /// The other four groups, 80 random bits. Only their digest is stored.
  let secret: String

  /// Draws a new code.
  static func random() -> InvitationCode {
    let characters = base32(randomBytes(15))
    return InvitationCode(place: String(characters.prefix(4)), secret: String(characters.dropFirst(4).prefix(16)))
  }

  private init(place: String, secret: String) {
    self.selector = place
    self.secret = secret
  }

  /// Parses a code as typed: any case, any spacing, O for 0, I and L for 1.
  ///
  /// - Returns: `nil` for text that cannot be a code.
  init?(_ typed: String) {
    guard let plain = base32Plain(typed), plain.count == 20 else { return nil }
    self.init(place: String(plain.prefix(4)), secret: String(plain.suffix(16)))
  }

  /// The code in groups, as it is read aloud.
  var text: String { grouped(selector + secret) }
}
