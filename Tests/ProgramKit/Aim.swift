// Moments that nobody chose: when a process is ended in the middle of its work.

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
