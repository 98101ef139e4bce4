// The board's kinds of record, as data. One file a data administrator can read and extend says what there is, how
// it merges and how it is called on a screen; this is that file, read and checked. The engine and a hub see only
// `rules`; screens see the labels. It exists so that no program has to be built anew for a new field.

package import Replication

/// One version of the model: the rules for the engine and the words for people.
package struct BoardModel: Sendable {
  /// Counts up with every change of the file.
  package var version: UInt64 { rules.version }
  /// What the engine and the hub judge by: every kind's fields, the common ones included.
  package let rules: RuleBook
  /// Where records live, in the order of the file.
  package let spaces: [SpaceDescription]
  /// How writers are shown, in the order of the file.
  package let roles: [RoleDescription]
  /// Kind name → its words for people.
  package let kinds: [String: KindDescription]
  /// The file as it was read, byte for byte; this is what a hub hands to devices.
  package let source: String

  /// The model this program was built with; a hub may have a newer one.
  ///
  /// The file is part of the program and is read in a test, so it can only be broken in a broken build.
  package static let standard: BoardModel = {
    do throws(ModelError) {
      return try BoardModel(parsing: String(decoding: PackageResources.board_model_yaml, as: UTF8.self))
    } catch {
      preconditionFailure("the model built into this program: \(error)")
    }
  }()

  /// The space of a name, `nil` if the model has none.
  package func space(named name: String) -> SpaceDescription? {
    spaces.first { $0.name == name }
  }

  /// How a role is shown, in the words of "Version B, by the note taker"; the name itself if the model lacks it.
  package func label(ofRole name: String) -> String {
    roles.first { $0.name == name }?.label ?? name
  }

  /// The kind whose records' fixed keys begin with `prefix` and a slash.
  package func kind(ofKeyPrefix prefix: some StringProtocol) -> KindDescription? {
    kinds.values.first { $0.keyPrefix.map { $0 == prefix } ?? false }
  }
}

/// A space as the model names it. Its `SpaceID` is made at creation; this is only what it is for.
package struct SpaceDescription: Equatable, Sendable {
  package let name: String
  package let label: String
  /// One such space for each member, made when an invitation names it.
  package let isPerMember: Bool
  /// The roles that may be readers, as the file names them.
  package let readers: [String]
}

/// A role of a writer.
package struct RoleDescription: Equatable, Sendable {
  package let name: String
  /// Fits after "by": `the note taker`.
  package let label: String
}

/// A kind of record, in words for people.
package struct KindDescription: Equatable, Sendable {
  package let name: String
  /// Singular, plain: `open question`.
  package let label: String
  package let plural: String
  /// The field that names a record on a screen. It may be a link: then the linked record's title names it.
  package let titleField: String
  /// Where new records of this kind live, best first; never empty.
  package let spaces: [String]
  /// What fixed keys of imported records begin with, before the slash; `nil` if the kind is not imported.
  package let keyPrefix: String?
  /// Field → plain words, for every field, the common ones included.
  package let fieldLabels: [String: String]
  /// Every field in the order to show: the kind's own as in the file, then the common ones.
  package let fieldOrder: [String]
  package let personal: PersonalData
  /// The lawful basis for holding such records, in plain words.
  package let basis: String
  /// How long such records are kept, in plain words.
  package let keep: String
}

/// Whether records of a kind are about a person.
package enum PersonalData: String, Sendable, CaseIterable {
  case none
  /// A name from a public page.
  case publicName = "public-name"
  /// A person's own words or details.
  case own
  /// Special category data (UK GDPR article 9).
  case special
}
