// The kinds of records in the control space. Only the hub writes there, and the model file does not affect it.

internal import Replication

/// The control space's own rules, which the model file does not affect.
enum ControlRules {
  static let member = "hub_member"
  static let device = "device"
  static let invitation = "invitation"
  static let proposal = "held"
  static let partner = "partner"

  static let book = RuleBook(
    version: 1,
    kinds: [
      member: KindRules(
        deletes: .archive,
        fields: [
          "name": FieldRules(.latest), "role": FieldRules(.latest), "spaces": FieldRules(.set),
          // The spaces a member has left, which their devices are told to clear. Absence from `spaces` says less: a hub
          // that went back to a backup may only have forgotten the space, and with it work that a device alone still
          // holds.
          "left": FieldRules(.set),
        ]),
      device: KindRules(
        deletes: .archive,
        fields: [
          "member": FieldRules(.once, type: .link), "key": FieldRules(.once),
          "revoked": FieldRules(.once, type: .integer), "reason": FieldRules(.once),
          "cleared": FieldRules(.once, type: .integer),
        ]),
      proposal: KindRules(
        deletes: .archive,
        fields: [
          "member": FieldRules(.once, type: .link), "device": FieldRules(.once),
          "received": FieldRules(.once, type: .integer), "reason": FieldRules(.once),
          "header": FieldRules(.once, type: .any), "body": FieldRules(.once, type: .any),
          "words": FieldRules(.once), "answer": FieldRules(.once), "dot": FieldRules(.once),
          "owner": FieldRules(.once),
        ]),
      // The hub of a partner university. The record of the partner itself is a member's.
      partner: KindRules(
        deletes: .archive,
        fields: [
          "hub": FieldRules(.once), "signing": FieldRules(.once), "sealing": FieldRules(.once),
          "address": FieldRules(.latest, type: .any), "roots": FieldRules(.latest, type: .any),
        ]),
      invitation: KindRules(
        deletes: .archive,
        fields: [
          "member": FieldRules(.once, type: .link), "expires": FieldRules(.once, type: .integer),
          "secret": FieldRules(.once), "spent_by": FieldRules(.once), "tries": FieldRules(.counter, type: .integer),
        ]),
    ])
}
