// One-time codes, made to be read out: a first group by which an invitation is found, and four that prove it.

internal import Cryptography

/// A one-time code.
struct InvitationCode: Equatable {
  /// The first group, 20 bits. It is no secret: it says which invitation is tried, so that tries can be counted.
  let selector: String
  /// Four groups, 80 random bits. Only its digest is kept.
  let secret: String

  /// A new code.
  static func random() -> InvitationCode {
    let characters = base32(randomBytes(15))
    return InvitationCode(place: String(characters.prefix(4)), secret: String(characters.dropFirst(4).prefix(16)))
  }

  private init(place: String, secret: String) {
    self.selector = place
    self.secret = secret
  }

  /// Reads a code as typed: any case, any spacing, O for 0, I and L for 1.
  ///
  /// - Returns: `nil` for what can be no code.
  init?(_ typed: String) {
    guard let plain = base32Plain(typed), plain.count == 20 else { return nil }
    self.init(place: String(plain.prefix(4)), secret: String(plain.suffix(16)))
  }

  /// As it is read out.
  var text: String { grouped(selector + secret) }
}
