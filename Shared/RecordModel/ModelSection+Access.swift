// Parses access rights in a model file: `access` is a section of roles, each with one word. A kind or field lists only
// the differences from the level above; the defaults name every role, so that nobody's rights are left to be guessed.

internal import Replication

extension ModelSection {
  /// The roles that may read a space; every role if the section does not say.
  func readers(roles: [String]) throws(ModelError) -> [String] {
    guard let node = optional("readers") else { return roles }
    let readers = try node.list("readers")
    for reader in readers where !roles.contains(reader) { throw .unknownRole(line: node.line, role: reader) }
    return readers
  }

  /// Role → access, for the roles that this section's `access` names.
  ///
  /// - Parameter allowed: The kinds of access that may be given here.
  /// - Returns: `nil` if the section has no `access`.
  func access(
    roles: [String], allowed: [Access] = Access.allCases
  ) throws(ModelError) -> [String: Access]? {
    guard let node = optional("access") else { return nil }
    var access: [String: Access] = [:]
    let section = try ModelSection(node, "the access of \(name)")
    for (role, node) in section.words {
      guard roles.contains(role) else { throw .unknownRole(line: node.line, role: role) }
      access[role] = try section.choice(role, among: allowed)
    }
    return access
  }

  /// Role → access, for every role; throws if one is left out. `nil` if the section has no `access`.
  func accessOfEverybody(roles: [String]) throws(ModelError) -> [String: Access]? {
    guard let access = try access(roles: roles) else { return nil }
    if let role = roles.first(where: { access[$0] == nil }) {
      throw .missing(line: try required("access").line, word: role, section: "the access of \(name)")
    }
    return access
  }
}
