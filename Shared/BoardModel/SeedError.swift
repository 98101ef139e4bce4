// Why an import file is refused. One bad line refuses the whole file, so that nobody has to find out afterwards
// which half of it is in.

package import Replication

/// A problem of an import file and the line it is on.
package struct SeedError: Error, Equatable, Sendable {
  /// Counts from 1; 0 for the file as a whole.
  package let line: Int
  package let problem: SeedProblem

  package init(line: Int, problem: SeedProblem) {
    self.line = line
    self.problem = problem
  }
}

/// What is wrong with a line of an import file.
package enum SeedProblem: Equatable, Sendable {
  /// The whole file is over ``SeedFile/bytesMax``.
  case fileTooLarge(bytes: Int)
  /// The line is over ``SeedFile/lineBytesMax``.
  case lineTooLarge(bytes: Int)
  case json(JSONError)
  case notAnObject
  /// A line has `type`, `key` and `fields`, and nothing else; every record has fields `set` and `scope`.
  case missing(String)
  case extra(String)
  case unknownType(String)
  case unknownField(String)
  /// Something else stands in a field than its type in the model says.
  case wrongType(field: String)
  /// The key is not the type's prefix, a slash, and a name.
  case wrongKey(String)
  /// The key stands on an earlier line with other content.
  case keyTwice(String)
  /// The link names no kind of record.
  case unknownLink(field: String, key: String)
  case unknownScope(String)
  /// Records of this type do not live where the scope says.
  case wrongScope(type: String, scope: String)
  /// `_review` names the field, but it is not a list of two or more different values, or its policy takes only one.
  case noQuestion(field: String)
  /// A list stands in a field of one value, and `_review` does not name it.
  case manyValues(field: String)
  case contactDetail(field: String, ContactDetail)
}

extension SeedError: CustomStringConvertible {
  /// Plain sentences, beginning with the line.
  package var description: String { line == 0 ? problem.description : "Line \(line): \(problem)" }
}

extension SeedProblem: CustomStringConvertible {
  /// A plain sentence, without the line.
  package var description: String {
    switch self {
    case .fileTooLarge(let bytes):
      "The file is too large: \(bytes) bytes. It may have \(SeedFile.bytesMax)."
    case .lineTooLarge(let bytes):
      "This line is too long: \(bytes) bytes. It may have \(SeedFile.lineBytesMax)."
    case .json(let error): "This is not one JSON object: \(error.reason)."
    case .notAnObject: "This is not a JSON object, in { }."
    case .missing(let word): "'\(word)' is missing, or is not text."
    case .extra(let word): "'\(word)' does not belong here. A line has 'type', 'key' and 'fields'."
    case .unknownType(let type): "There is no type '\(type)'."
    case .unknownField(let field): "This type has no field '\(field)'."
    case .wrongType(let field): "What stands in '\(field)' is not what this field holds."
    case .wrongKey(let key): "The key '\(key)' does not fit the type."
    case .keyTwice(let key): "The key '\(key)' stands on an earlier line with other content."
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
