// The kinds of records that two hubs write for each other beside what an agreement names. Their names begin with _, as none
// of a model does.

internal import Replication

/// The rules of the spaces between two hubs, which the model file does not affect. Each has one writer, so nothing ever
/// waits for a person there.
enum PartnerRules {
  /// One version of an agreement, as one side has it.
  static let agreement = "_agreement"
  /// A value that a partner's administrator suggests for a record of ours.
  static let suggestion = "_suggestion"
  /// What became of a suggestion.
  static let answer = "_answer"

  private static let any = FieldRules(.latest, type: .any)

  static let kinds: [String: KindRules] = [
    // `signature`, `ended` and `certificate` come one after the other, and stay.
    agreement: KindRules(
      deletes: .archive,
      fields: ["document": any, "signature": any, "ended": any, "certificate": any, "reached": any, "breach": any]),
    suggestion: KindRules(
      deletes: .archive,
      fields: [
        "target": any, "field": any, "value": any, "seen": any, "words": any, "writer": any, "agreement": any,
      ]),
    answer: KindRules(deletes: .archive, fields: ["outcome": any, "reason": any]),
  ]

  static let book = RuleBook(version: 1, kinds: kinds)
}

extension RuleBook {
  /// These rules for a space that an agreement fills: any kind of the model may be there.
  var forPartners: RuleBook {
    RuleBook(version: version, kinds: kinds.merging(PartnerRules.kinds) { own, _ in own })
  }
}
