// The reasons a line of an import file is refused. One bad line refuses the whole file, so that nobody has to find out
// afterwards which half was imported.

package import JSONText
internal import RecordModel

/// The fault of a line of an import file.
package enum SeedProblem: Error, Equatable, Sendable {
  case json(JSONError)
  case notAnObject
  /// A required part is missing or has the wrong type: `type`, `key` and `fields` of a line, `set` and `scope` of its
  /// fields.
  case missing(String)
  /// A line has a part other than `type`, `key` and `fields`.
  case extra(String)
  case unknownType(String)
  case unknownField(String)
  /// The value does not have the field's type in the model.
  case wrongType(field: String)
  /// The key is not the type's prefix, a slash and a name.
  case wrongKey(String)
  /// The link's key has no kind's prefix.
  case unknownLink(field: String, key: String)
  case unknownScope(String)
  /// Records of this type do not live in the scope's space.
  case wrongScope(type: String, scope: String)
  /// `_review` names the field, but it is not a list of two or more different values, or its policy is not `review`.
  case noQuestion(field: String)
  /// A field of one value has a list, and `_review` does not name it.
  case manyValues(field: String)
  case contactDetail(field: String, ContactDetail)
}

extension SeedProblem: CustomStringConvertible {
  /// A plain sentence, without the line.
  package var description: String {
    switch self {
    case .json(let error): "This is not one JSON object: \(error.reason)."
    case .notAnObject: "This is not a JSON object, in { }."
    case .missing(let word): "'\(word)' is missing, or is not text."
    case .extra(let word): "'\(word)' does not belong here. A line has 'type', 'key' and 'fields'."
    case .unknownType(let type): "There is no type '\(type)'."
    case .unknownField(let field): "This type has no field '\(field)'."
    case .wrongType(let field): "What stands in '\(field)' is not what this field holds."
    case .wrongKey(let key): "The key '\(key)' does not fit the type."
    case .unknownLink(let field, let key): "'\(field)' links to '\(key)', which is no kind of record."
    case .unknownScope(let scope): "There is no scope '\(scope)'."
    case .wrongScope(let type, let scope): "A record of the type '\(type)' cannot have the scope '\(scope)'."
    case .noQuestion(let field):
      "'_review' names '\(field)', which has no two values that a person could choose from."
    case .manyValues(let field): "'\(field)' holds one value, but a list stands there."
    case .contactDetail(let field, .emailAddress):
      "There is an e-mail address in '\(field)'. No contact details are ever imported."
    case .contactDetail(let field, .phoneNumber):
      "There is what looks like a phone number in '\(field)'. No contact details are ever imported."
    }
  }
}

extension JSONError {
  fileprivate var reason: String {
    switch self {
    case .truncated: "it ends too early"
    case .trailing: "something follows it"
    case .duplicateKey: "a name stands twice"
    case .tooDeep: "it is nested too deeply"
    case .text: "a text has characters that are not allowed"
    case .number: "a number is not written as JSON writes numbers, or is too large"
    case .syntax: "a character is out of place"
    }
  }
}
