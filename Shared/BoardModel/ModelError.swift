// Why a model file is refused, for the person who edits it: each case names the line and the word, so that the
// message alone says what to mend.

/// Why a text is no model. Lines count from 1.
package enum ModelError: Error, Equatable, Sendable {
  /// More than ``BoardModel/bytesMax``.
  case tooLarge(bytes: Int)
  /// Not YAML. `problem` is the YAML reader's own words.
  case syntax(line: Int, problem: String)
  /// An anchor (`&name`): a few of them can stand for a text of any size, so none is taken.
  case anchor(line: Int)
  /// Lists and sections nest deeper than a model ever does.
  case tooDeep(line: Int)
  /// A list or section has more entries than ``BoardModel/wordsMax``.
  case tooMany(line: Int, count: Int)
  /// The same word twice in one section or list.
  case duplicate(line: Int, word: String)
  case unknownWord(line: Int, word: String, section: String)
  case missing(line: Int, word: String, section: String)
  /// Something else than `expected` stands at a word.
  case shape(line: Int, word: String, expected: String)
  /// A name of other than small letters, digits and `_` (for spaces, roles and keys: `-`), or over 64 bytes.
  case name(line: Int, name: String)
  /// A word outside the ones there are: a policy, a type, a delete policy, a class of personal data, an owner.
  case notOneOf(line: Int, word: String, value: String, allowed: [String])
  /// `furthest` without the order it moves along.
  case orderMissing(line: Int, field: String)
  /// An order for a field that is not `furthest`.
  case orderUnwanted(line: Int, field: String)
  /// A choice without words to choose from, or such words for a field that is no choice.
  case choices(line: Int, field: String)
  /// A counter that is not an integer, or a `furthest` that is no choice.
  case typeOfPolicy(line: Int, field: String, policy: String, type: String)
  /// A name ending in `_ref` or `_refs` means a link and nothing else does, and `_refs` a set or list of them.
  case linkName(line: Int, field: String)
  /// A kind has a field of a common one's name.
  case commonField(line: Int, field: String)
  case group(line: Int, group: String, problem: GroupProblem)
  /// The field that is to name records is not a field of the kind.
  case titleField(line: Int, field: String)
  case unknownSpace(line: Int, space: String)
  case unknownRole(line: Int, role: String)
  /// Records that are not for a role may live in a space that it reads.
  case readsAgainstAccess(line: Int, space: String, role: String)
  /// Two kinds with one key prefix: links by key would be ambiguous.
  case sharedKeyPrefix(line: Int, prefix: String)

  /// What is wrong with a group of fields.
  package enum GroupProblem: Equatable, Sendable {
    case notNamedForFirstField
    case fewerThanTwoFields
    case notAField(String)
    case fieldInTwoGroups(String)
    case mixedPolicies
    /// A group is written as one, so its fields have one access.
    case mixedAccess
    /// A group is one value: only latest, review and once can read it.
    case unfitPolicy(String)
  }
}

extension ModelError: CustomStringConvertible {
  /// One plain sentence, with the line where there is one.
  package var description: String {
    switch self {
    case .tooLarge(let bytes):
      "The file is too large: \(bytes) bytes. A model has at most \(BoardModel.bytesMax)."
    case .syntax(let line, let problem): "Line \(line): this is not YAML: \(problem)."
    case .anchor(let line): "Line \(line): names with '&' are not taken. Write the words out."
    case .tooDeep(let line): "Line \(line): this is nested too deeply."
    case .tooMany(let line, let count):
      "Line \(line): there are \(count) entries here. There may be \(BoardModel.wordsMax)."
    case .duplicate(let line, let word): "Line \(line): '\(word)' stands twice."
    case .unknownWord(let line, let word, let section):
      "Line \(line): the word '\(word)' is not known in \(section)."
    case .missing(let line, let word, let section): "Line \(line): '\(word)' is missing in \(section)."
    case .shape(let line, let word, let expected): "Line \(line): '\(word)' must be \(expected)."
    case .name(let line, let name):
      "Line \(line): the name '\(name)' may only have small letters, digits and _ (in spaces, roles and keys: -)."
    case .notOneOf(let line, let word, let value, let allowed):
      "Line \(line): '\(word)' cannot be '\(value)'. It is one of: \(allowed.joined(separator: ", "))."
    case .orderMissing(let line, let field):
      "Line \(line): the field '\(field)' moves furthest, so it needs its 'order'."
    case .orderUnwanted(let line, let field):
      "Line \(line): the field '\(field)' has an 'order', but its policy is not furthest."
    case .choices(let line, let field):
      "Line \(line): the field '\(field)' must be a choice with 'choices', or neither."
    case .typeOfPolicy(let line, let field, let policy, let type):
      "Line \(line): the field '\(field)' cannot be of type \(type) with the policy \(policy)."
    case .linkName(let line, let field):
      "Line \(line): '\(field)': a field is a link if, and only if, its name ends in _ref, or _refs for a set."
    case .commonField(let line, let field): "Line \(line): every kind has the field '\(field)' already."
    case .group(let line, let group, let problem): "Line \(line): the group '\(group)' \(problem)."
    case .titleField(let line, let field): "Line \(line): the title '\(field)' is not a field of this kind."
    case .unknownSpace(let line, let space): "Line \(line): there is no space '\(space)'."
    case .unknownRole(let line, let role): "Line \(line): there is no role '\(role)'."
    case .readsAgainstAccess(let line, let space, let role):
      "Line \(line): the space '\(space)' has readers who are '\(role)', and this kind is not for them."
    case .sharedKeyPrefix(let line, let prefix): "Line \(line): another kind has the key '\(prefix)'."
    }
  }
}

extension ModelError.GroupProblem: CustomStringConvertible {
  /// Reads on from "the group 'x'".
  package var description: String {
    switch self {
    case .notNamedForFirstField: "is not named for its first field"
    case .fewerThanTwoFields: "has fewer than two fields"
    case .notAField(let field): "names '\(field)', which is not a field of this kind"
    case .fieldInTwoGroups(let field): "names '\(field)', which is in a group already"
    case .mixedAccess: "has fields of different access"
    case .mixedPolicies: "has fields of different policies"
    case .unfitPolicy(let policy): "has the policy \(policy), which cannot be that of a group"
    }
  }
}
