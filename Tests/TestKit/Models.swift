// Models for tests: a small one with few kinds, but a field of every policy, a group, and every way to delete; and the
// standard one without its rights.

internal import BoardModel
package import RecordModel

extension RecordModel {
  /// The small model that a world begins with, and the one that an administrator may bring later.
  package static let small: [RecordModel] = ["", "      extra: {policy: latest, label: Extra}"].enumerated().map {
    let text = smallText(version: $0 + 1, extra: $1)
    do throws(ModelError) { return try RecordModel(parsing: text) } catch { preconditionFailure("\(error)") }
  }

  /// The small models with two roles, of whom one writes only its own records, and with a space for each member; the
  /// newer one brings one more space.
  package static let smallWithRights: [RecordModel] = small.map { model in
    let (line, name) = model.version == 1 ? ("", "") : ("\n  annexe: {label: Annexe}", ", annexe")
    let text = model.source
      .replacing("keep: always}", with: "keep: always, access: {member: write, guest: own}}")
      .replacing(
        "  staff: {label: Staff}", with: "  staff: {label: Staff}\n  private: {label: Mine, owner: one}\(line)"
      )
      .replacing("  member: {label: a member}", with: "  member: {label: a member}\n  guest: {label: a guest}")
      .replacing("spaces: [public, staff]", with: "spaces: [public, staff, private\(name)]")
    do throws(ModelError) { return try RecordModel(parsing: text) } catch { preconditionFailure("\(error)") }
  }

  /// The standard model without its rights, and with the kinds of public facts at home in the board's space, too: for tests
  /// in which who may write what, and where, is not the subject.
  package static let withoutRights: RecordModel = {
    do throws(ModelError) {
      return try RecordModel(
        parsing: board.source.replacing(/\n *access:\s*{[^}]*}/, with: "")
          .replacing(/, access: {[^}]*}/, with: "")
          .replacing("spaces: [public, staff]", with: "spaces: [public, staff, cab, cab-reserved]"))
    } catch {
      preconditionFailure("the model without rights: \(error)")
    }
  }()
}

private func smallText(version: Int, extra: String) -> String {
  """
  version: \(version)
  defaults: {personal: none, basis: none, keep: always}
  spaces:
    public: {label: Facts}
    staff: {label: Staff}
  roles:
    member: {label: a member}
  common:
    key: {policy: once, label: Key}
    source: {policy: once, type: any, label: Source}
    scope: {policy: once, label: Scope}
    set: {policy: once, label: Set}
    home_ref: {policy: once, type: link, label: Home}
  kinds:
    member:
      label: member
      plural: members
      title: name
      spaces: [public, staff]
      delete: archive
      fields:
        name: {policy: latest, label: Name}
        role: {policy: latest, label: Role}
    thing:
      label: thing
      plural: things
      title: name
      spaces: [public, staff]
      key: thing
      delete: revive
      groups:
        left: [left, right]
      fields:
        name: {policy: review, label: Name}
        colour: {policy: latest, label: Colour}
        left: {policy: review, label: Left}
        right: {policy: review, label: Right}
        total: {policy: counter, type: integer, label: Total}
        words: {policy: set, label: Words}
        remarks: {policy: append-only, label: Remarks}
        stage: {policy: furthest, order: [begun, halfway, nearly, done], label: Stage}
        sealed: {policy: once, label: Sealed}
        essay: {policy: text, label: Essay}
  \(extra)
    view:
      label: view
      plural: views
      title: name
      spaces: [staff, public]
      delete: final
      fields:
        name: {policy: text, label: Name}
        colour: {policy: latest, label: Colour}
    paper:
      label: paper
      plural: papers
      title: name
      spaces: [public, staff]
      delete: archive
      fields:
        name: {policy: review, label: Name}
        colour: {policy: latest, label: Colour}

  """
}
