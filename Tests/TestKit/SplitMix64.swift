// Chance, given by a seed. It exists so that whatever a simulation draws can be drawn again: the same seed, the same
// numbers, on every machine and with every version of Swift's own generators.

/// A small generator of random numbers: 64 bits of state, every seed as good as any other.
///
/// - SeeAlso: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to, not including, `bound`.
  package mutating func below(_ bound: Int) -> Int {
    // Taken from the high bits, and without the standard library's rejection loop, whose details are its own.
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// True `numerator` times in `denominator`.
  package mutating func chance(_ numerator: Int, in denominator: Int) -> Bool {
    below(denominator) < numerator
  }
}
