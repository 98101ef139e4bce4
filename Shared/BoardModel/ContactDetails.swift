// Detects contact details, which are never imported. Public pages carry people's telephone numbers and addresses; in a
// replicated log they would reach every laptop. The test errs on the side of catching too much.

/// A kind of contact detail found in a text.
package enum ContactDetail: Equatable, Sendable {
  case emailAddress
  case phoneNumber

  /// Finds the first contact detail in a text; `nil` if there is none. Cost is linear.
  ///
  /// A detail is an `@` with a letter or digit on both sides, or nine or more digits that begin with 0 or + and have at
  /// most two spaces, hyphens, dots or brackets in a row between them.
  package static func found(in text: String) -> ContactDetail? {
    var scanner = ContactScanner()
    for scalar in text.unicodeScalars {
      if let found = scanner.take(scalar) { return found }
    }
    return nil
  }
}

/// A state machine that reads a text scalar by scalar and reports the first contact detail.
private struct ContactScanner {
  private static let digitsMin = 9
  private static let dividersMax = 2

  private enum Kind {
    case digit(Int)
    case plus, at, letter, divider, other
  }

  /// The number of digits read of a possible telephone number; `nil` outside one.
  private var digits: Int?
  private var dividers = 0
  /// True if the last character was a letter or digit.
  private var isInWord = false
  /// True if the last characters were a word and then `@`.
  private var isAfterAt = false
  /// True if the last characters were a digit and then a divider: `-06` in a date does not begin a number.
  private var isAfterDividedDigit = false

  mutating func take(_ scalar: Unicode.Scalar) -> ContactDetail? {
    let kind = Self.kind(of: scalar)
    if isAfterAt {
      switch kind {
      case .digit, .letter: return .emailAddress
      default: break
      }
    }
    let wasInWord = isInWord
    isAfterAt = false
    switch kind {
    case .digit(let digit):
      if let read = digits {
        digits = read + 1
        if read + 1 >= Self.digitsMin { return .phoneNumber }
      } else if digit == 0, !wasInWord, !isAfterDividedDigit {
        digits = 1
      }
      dividers = 0
      (isInWord, isAfterDividedDigit) = (true, false)
    case .plus:
      digits = 0
      dividers = 0
      (isInWord, isAfterDividedDigit) = (false, false)
    case .divider:
      dividers += 1
      if dividers > Self.dividersMax { digits = nil }
      (isInWord, isAfterDividedDigit) = (false, wasInWord && scalar != " ")
    case .letter:
      digits = nil
      (isInWord, isAfterDividedDigit) = (true, false)
    case .at:
      digits = nil
      (isInWord, isAfterDividedDigit, isAfterAt) = (false, false, wasInWord)
    case .other:
      digits = nil
      (isInWord, isAfterDividedDigit) = (false, false)
    }
    return nil
  }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    switch scalar {
    case "@", "\u{fe6b}", "\u{ff20}": return .at
    case "+", "\u{ff0b}": return .plus
    case " ", "-", ".", "(", ")", "\u{a0}", "\u{2009}", "\u{2010}"..."\u{2013}", "\u{202f}": return .divider
    default:
      let properties = scalar.properties
      if properties.numericType == .decimal, let value = properties.numericValue { return .digit(Int(value)) }
      return properties.isAlphabetic ? .letter : .other
    }
  }
}
