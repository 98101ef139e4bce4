// Kinds of record, as data. One file that a data administrator can read and extend defines the kinds, how they merge and
// their names on screen; this is that file, parsed and checked. The engine and a hub see only `rules`; screens see the
// labels. It exists so that a new field needs no new build of the programs.

package import Replication

/// One version of the model: rules for the engine, and words for people.
package struct RecordModel: Sendable {
  /// The version number; every change of definitions raises it.
  package var version: UInt64 { rules.version }
  /// The rules by which the engine and the hub work: every kind's fields, including the common ones.
  package let rules: RuleBook
  /// The spaces in which records live, in the order of the file.
  package let spaces: [SpaceDescription]
  /// The roles of writers, in the order of the file.
  package let roles: [RoleDescription]
  /// Kind name → its description for people.
  package let kinds: [String: KindDescription]
  /// The kind of the records by which members know each other: one for each member in each of their spaces, with the
  /// member's id and the fields `name` and `role`.
  package let memberKind: String
  /// The kind of the questions that an import leaves open: about the `field` of the record `target_ref`, in the words of
  /// `question`, with a `status` of `open`, then `chosen`, and the `answer`.
  package let questionKind: String
  /// The text of the file, byte for byte, as a hub sends it to devices.
  package let source: String

  /// The space with that name; `nil` if the model has none.
  package func space(named name: String) -> SpaceDescription? {
    spaces.first { $0.name == name }
  }

  /// The label of a role, as in "Version B, by the note taker"; the name itself if the model lacks the role.
  package func label(ofRole name: String) -> String {
    roles.first { $0.name == name }?.label ?? name
  }

  /// The kind whose records' fixed keys begin with `prefix` and a slash; `nil` if there is none.
  package func kind(ofKeyPrefix prefix: some StringProtocol) -> KindDescription? {
    kinds.values.first { $0.keyPrefix.map { $0 == prefix } ?? false }
  }
}

/// A space as the model describes it. Its `SpaceID` is made when the space is created.
package struct SpaceDescription: Equatable, Sendable {
  package let name: String
  package let label: String
  /// True if each member has one such space of their own, created when an invitation names it.
  package let isPerMember: Bool
  /// The names of the roles that may read the space.
  package let readers: [String]
  /// True if what is in the space is on public pages, so that it may be given to partners in any country.
  package let isPublic: Bool
}

/// A role of a writer.
package struct RoleDescription: Equatable, Sendable {
  package let name: String
  /// Fits after "by": `the note taker`.
  package let label: String
}

/// A kind of record, described for people.
package struct KindDescription: Equatable, Sendable {
  /// The names of the fields whose date is shown beside a title and orders lists: the first of them that a record has.
  package static let dateFields = ["date", "due", "decided_on", "due_date"]

  package let name: String
  /// The name on screen, singular: `open question`.
  package let label: String
  package let plural: String
  /// The field that names a record on screen. If it is a link, the linked record's title names it.
  package let titleField: String
  /// The spaces in which new records of this kind may live, preferred first; never empty.
  package let spaces: [String]
  /// The part of an imported record's fixed key before the slash; `nil` if the kind is not imported.
  package let keyPrefix: String?
  /// Field → label in plain words, for every field, including the common ones.
  package let fieldLabels: [String: String]
  /// Every field in display order: the kind's own in the order of the file, then the common ones.
  package let fieldOrder: [String]
  package let personal: PersonalData
  /// The lawful basis for holding such records, in plain words.
  package let basis: String
  /// The retention period of such records, in plain words.
  package let keep: String
}

/// The class of personal data that records of a kind hold.
package enum PersonalData: String, Sendable, CaseIterable {
  case none
  /// A name from a public page.
  case publicName = "public-name"
  /// A person's own words or details.
  case own
  /// Special category data (UK GDPR article 9).
  case special
}
