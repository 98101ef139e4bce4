// The steps to take about an answer, as the session names them; `AnswerApplication` takes them.

package import Cryptography
package import Replication

/// One thing to do about an answer. Steps are taken in order: those of membership in one transaction, the others in
/// another.
package enum SyncStep: Equatable, Sendable {
  /// The hub spoke: remember which it is, its epoch and its time.
  case remember(Welcome)
  case notice(Notice)
  case verdict(Verdict)
  /// The cursor is unknown there: forget it, and offer again what the hub's vector show that it lacks.
  case rewind(SpaceID, VersionVector)
  case apply(Page)
  /// The hub holds a rescue: it need not be kept here.
  case sealedChangeStored(Digest)
  /// The hub has heard what was cleared away.
  case clearingReported(Clearing)

  /// Whether it says who may hold what, or that the hub holds or has heard something: what no other step may hold up.
  package var isOfMembership: Bool {
    switch self {
    case .notice(.leave), .notice(.revoke), .notice(.restrict), .notice(.proposal), .notice(.proposalClosed),
      .sealedChangeStored, .clearingReported:
      true
    case .notice(.enter), .notice(.schema), .remember, .verdict, .rewind, .apply: false
    }
  }
}
