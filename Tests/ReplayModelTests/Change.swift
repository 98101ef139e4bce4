// The facts of the model: changes and how they are named. A change is immutable and is its digest; two copies of it
// are one change. Names of replicas never repeat, because they are drawn from `Entropy`, which no restore rolls back.

/// A digest of 64 bits: enough for worlds of a hundred rows.
typealias Digest = UInt64

/// Chains two numbers into one digest (the finaliser of SplitMix64).
func chained(_ first: Digest, _ second: Digest) -> Digest {
  var value = first &* 0x9E37_79B9_7F4A_7C15 ^ second &+ 0x632B_E59B_D9B4_E019
  value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
  value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
  return value ^ value >> 31
}

/// Numbers that are never drawn twice, whatever is rolled back: the model's random bytes.
struct Entropy {
  private var drawn: UInt64 = 100

  mutating func draw() -> UInt64 {
    drawn += 1
    return drawn
  }
}

/// A replica's name. A device's proves the key of the device that drew it.
struct Replica: Hashable {
  enum Owner: Hashable {
    case device(key: Int)
    case hub
    /// A chain of one change, which the hub admitted under a name of its own.
    case readmission
  }

  var owner: Owner
  var salt: UInt64

  var digest: Digest {
    switch owner {
    case .device(let key): chained(UInt64(key), salt)
    case .hub: chained(1 << 32, salt)
    case .readmission: chained(2 << 32, salt)
    }
  }
}

/// The name of a change: a replica and its sequence number in one space.
struct Dot: Hashable {
  var replica: Replica
  var sequence: Int
}

/// A member's change of one space.
final class Change: Sendable {
  let dot: Dot
  let author: Int
  let lamport: Int
  /// The change before it in its chain; its digest is in the header.
  let previous: Change?
  /// The changes it names, for instance those whose values it supersedes. A header holds their dots alone.
  let names: [Change]
  /// The lowest version of the model that knows what it says.
  let model: Int
  /// The words that a person would recognise: re-issued and readmitted changes keep it.
  let words: Int
  /// The change that the hub readmitted under a name of its own.
  let original: Change?
  let id: Digest

  init(
    dot: Dot, author: Int, lamport: Int, previous: Change?, names: [Change], model: Int, words: Int,
    original: Change? = nil
  ) {
    self.dot = dot
    self.author = author
    self.lamport = lamport
    self.previous = previous
    self.names = names
    self.model = model
    self.words = words
    self.original = original
    var digest = chained(dot.replica.digest, UInt64(dot.sequence))
    if let original {
      digest = chained(digest, original.id)
    } else {
      digest = chained(chained(digest, UInt64(words)), UInt64(lamport))
      digest = names.reduce(chained(digest, previous?.id ?? 0)) { chained($0, $1.id) }
    }
    id = digest
  }

  /// The change as its author wrote it; bodies and erasures belong to it.
  var root: Change { original ?? self }

  /// The same words as a chain of its own, under a name of the hub's, with the time that they had.
  func readmitted(salt: UInt64, namesOriginal: Bool) -> Change {
    Change(
      dot: Dot(replica: Replica(owner: .readmission, salt: salt), sequence: 1), author: author, lamport: lamport,
      previous: nil, names: names, model: model, words: words, original: namesOriginal ? root : nil)
  }
}

extension Change: Equatable {
  static func == (first: Change, second: Change) -> Bool { first.id == second.id }
}

/// The hub's decision on a change, for good.
enum Outcome: Hashable {
  case taken
  case void(Reason)

  enum Reason: UInt64 {
    case notAllowed = 1
    case dependsOnRefused, lamport, model
  }

  var digest: Digest {
    switch self {
    case .taken: 0
    case .void(let reason): reason.rawValue
    }
  }
}
