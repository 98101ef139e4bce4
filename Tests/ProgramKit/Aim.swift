// Moments nobody chose: when a process is ended in the middle of an act, and the numbers that decide it.

/// Random moments of an act whose length is known only roughly, on a machine that is now busy and now idle.
package struct Aim {
  private var length: Duration

  package init(within length: Duration) {
    self.length = length
  }

  /// Somewhere between the start of the act and a little after its end.
  package func next(using random: inout some RandomNumberGenerator) -> Duration {
    length * Double.random(in: 0..<1.2, using: &random)
  }

  /// Half of the shots should fall before the end.
  package mutating func correct(wasTooLate: Bool) {
    length = length * (wasTooLate ? 0.85 : 1.15)
  }
}

/// Randomness from a seed, so that a failing run can be run again (Marsaglia: "Xorshift RNGs", 2003).
package struct Dice: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
  }

  package mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
