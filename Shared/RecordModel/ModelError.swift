// The reasons a model file is refused, for the person who edits it. Each case names the line and the word, so that the
// message alone says what to fix.

/// The reason a text is not a valid model. Lines count from 1.
package enum ModelError: Error, Equatable, Sendable {
  /// The file is over ``RecordModel/bytesMax``.
  case tooLarge(bytes: Int)
  /// The text is not YAML. `problem` is the YAML parser's own message.
  case syntax(line: Int, problem: String)
  /// The file has an anchor (`&name`). A few of them can expand to a text of any size, so none is accepted.
  case anchor(line: Int)
  /// Lists and sections nest deeper than any model needs.
  case tooDeep(line: Int)
  /// A list or section has more entries than ``RecordModel/wordsMax``.
  case tooMany(line: Int, count: Int)
  /// A word occurs twice in one section or list.
  case duplicate(line: Int, word: String)
  case unknownWord(line: Int, word: String, section: String)
  case missing(line: Int, word: String, section: String)
  /// The value of a word is not what `expected` describes.
  case shape(line: Int, word: String, expected: String)
  /// A name is over 64 bytes, does not begin with a letter, or has characters other than small letters, digits and `_`
  /// (in spaces, roles and keys: `-`).
  case name(line: Int, name: String)
  /// A value is outside its closed set: a policy, type, delete policy, class of personal data, owner or access.
  case notOneOf(line: Int, word: String, value: String, allowed: [String])
  /// A `furthest` field lacks the order it moves along.
  case orderMissing(line: Int, field: String)
  /// A field that is not `furthest` has an order.
  case orderUnwanted(line: Int, field: String)
  /// A choice has no `choices`, or a field that is not a choice has some.
  case choices(line: Int, field: String)
  /// The type does not fit the policy: a counter must be an integer, a `furthest` a choice, a text policy a text.
  case typeOfPolicy(line: Int, field: String, policy: String, type: String)
  /// Name and type disagree: links, and only links, end in `_ref`, or in `_refs` if the field is a set or list of them.
  case linkName(line: Int, field: String)
  /// A kind has a field with the name of a common one.
  case commonField(line: Int, field: String)
  case group(line: Int, group: String, problem: GroupProblem)
  /// The title field is not a field of the kind.
  case titleField(line: Int, field: String)
  case unknownSpace(line: Int, space: String)
  case unknownRole(line: Int, role: String)
  /// A role without access to a kind may read a space in which its records live.
  case readsAgainstAccess(line: Int, space: String, role: String)
  /// Two kinds share a key prefix, so links by key would be ambiguous.
  case sharedKeyPrefix(line: Int, prefix: String)

  /// The fault of a group of fields.
  package enum GroupProblem: Equatable, Sendable {
    case notNamedForFirstField
    case fewerThanTwoFields
    case notAField(String)
    case fieldInTwoGroups(String)
    case mixedPolicies
    /// The fields have different access, but a group is written as one.
    case mixedAccess
    /// The policy cannot read a group, which is one value: only latest, review and once can.
    case unfitPolicy(String)
  }
}

extension ModelError: CustomStringConvertible {
  /// A plain sentence, with the line if there is one.
  package var description: String {
    switch self {
    case .tooLarge(let bytes):
      "The file is too large: \(bytes) bytes. A model has at most \(RecordModel.bytesMax)."
    case .syntax(let line, let problem): "Line \(line): this is not YAML: \(problem)."
    case .anchor(let line): "Line \(line): names with '&' are not taken. Write the words out."
    case .tooDeep(let line): "Line \(line): this is nested too deeply."
    case .tooMany(let line, let count):
      "Line \(line): there are \(count) entries here. There may be \(RecordModel.wordsMax)."
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
  /// The predicate of a sentence that begins "the group 'x'".
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
