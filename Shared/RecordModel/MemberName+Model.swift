// A member's name under a model, whose roles are words that the programs say of people.

package import Replication

extension MemberName {
  /// Judges a name as typed.
  ///
  /// - Parameter role: The name of the person's role; `nil` if it is not known.
  package init(_ typed: String, role: String?, in model: RecordModel) throws(Problem) {
    try self.init(typed, ownRole: role.map(model.label(ofRole:)), roles: model.roles.map(\.label))
  }

  /// A stored name as the programs may say it.
  package static func shown(_ name: String, role: String?, in model: RecordModel) -> String {
    shown(name, ownRole: role.map(model.label(ofRole:)), roles: model.roles.map(\.label))
  }
}

extension MemberName.Problem {
  /// A description of a valid name, in plain words, that says what is wrong with this one.
  package var expectation: String {
    switch self {
    case .blank: "a name that can be seen"
    case .tooLong: "a name of at most \(MemberName.lettersMax) letters"
    case .hidden: "a name on one line, without characters that nobody can see"
    case .taken(let word): "a name of the person's own: '\(word)' is what these programs say of people"
    }
  }
}
