// A failure in its three forms: a stable code and a message for scripts, plain words for people, an exit code for the
// shell. Every error from the layers below is mapped here, and only here.

package import ClientCore
internal import Glibc
package import JSONText
internal import ProgramIO
package import Replication
package import SafeText
package import SyncProtocol

/// The failure of a command.
package struct Failure: Error, Equatable, Sendable {
  /// The stable code, for scripts.
  package let code: String
  /// Whole sentences for people, one per line.
  package let words: [TerminalText]
  package let exit: ExitCode

  package init(_ code: String, _ exit: ExitCode, _ words: TerminalText...) {
    self.init(code: code, exit: exit, words: words)
  }

  /// The hub has revoked this device.
  static func revoked(_ words: [TerminalText]) -> Failure { Failure(code: "revoked", exit: .notAllowed, words: words) }

  /// `{"error": code, "message": …}`.
  package var json: JSON {
    .object(["error": .string(code), "message": .string(words.joined(by: " ").description)])
  }

  /// The arguments form no valid command.
  package static func usage(_ words: TerminalText) -> Failure {
    Failure("usage", .usage, words)
  }

  /// An argument is not UTF-8. No command was run.
  package static let notText = Failure("notText", .badData, Wording.notText)

  /// Other users of the computer may read the copy's folder.
  package static func homeIsOpen(_ folder: String) -> Failure {
    Failure("homeOpen", .notAllowed, Wording.homeIsOpen(folder), Wording.homeIsOpenHint(folder))
  }

  /// The file does not exist or is not text.
  static func noSuchFile(_ path: String) -> Failure { Failure("noSuchFile", .badData, Wording.noSuchFile(path)) }

  /// No option and no environment variable names the copy's folder.
  package static let noHome = Failure("noHome", .usage, Wording.noHome)

  /// The command was carried out, but its answer could not be written.
  ///
  /// - Parameter isSaved: True if the command saved something of the member's, which repeating it would save twice.
  package static func notShown(isSaved: Bool) -> Failure {
    isSaved
      ? Failure("savedNotShown", .disk, Wording.notShown, Wording.savedAllTheSame)
      : Failure("notShown", .disk, Wording.notShown)
  }

  /// Maps any error from the layers below. An unforeseen one is reported as a fault of this program.
  package init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as ClientError: self.init(error)
    case let error as StoreError: self.init(error)
    case let error as TransportError: self.init(error)
    case let problem as SyncProblem: self.init(problem) { _ in Wording.partOfCopy }
    case let error as SecretFileError: self.init(error)
    default: self.init("fault", .fault, Wording.fault("\(error)"))
    }
  }

  /// The same failure with other words.
  func saying(_ words: [TerminalText]) -> Failure {
    Failure(code: code, exit: exit, words: words)
  }

  init(code: String, exit: ExitCode, words: [TerminalText]) {
    self.code = code
    self.exit = exit
    self.words = words
  }

  /// Maps an error of the client core.
  package init(_ error: ClientError) {
    switch error {
    case .revoked(let time):
      self = .revoked([Wording.revoked(at: CivilTime(time, offset: 0).day.inWords), Wording.joinHint])
    case .notJoined: self.init("notJoined", .usage, Wording.notJoined, Wording.joinHint)
    case .alreadyJoined(let url): self.init("alreadyJoined", .usage, Wording.alreadyJoined(url))
    case .noSuchRecord(let id): self.init("noSuchRecord", .badData, Wording.noSuchRecord(id))
    case .noSuchKind(let kind): self.init("noSuchKind", .badData, Wording.noSuchKind(kind))
    case .noSuchField(let field, let kind): self.init("noSuchField", .badData, Wording.noSuchField(field, kind))
    case .noSuchSpace(let name): self.init("noSuchSpace", .badData, Wording.noSuchSpace(name))
    case .badValue(let field, let expected): self.init("badValue", .badData, Wording.badValue(field, expected))
    case .nothingToSettle(let field): self.init("nothingToSettle", .badData, Wording.nothingToSettle(field))
    case .refused(.unsettled, let field):
      self.init("unsettled", .badData, Wording.settleFirst(field), Wording.howToSettle(field))
    case .refused(let reason, let field):
      self.init("refused", .badData, Wording.refusedHere(field), Wording.reason(reason))
    case .notAllowed(let reason, let rights):
      let words = [Wording.refusedHere("")] + Wording.notAllowed(reason, rights)
      self.init(code: reason.rawValue, exit: .notAllowed, words: words)
    case .modelUnreadable(let detail): self.init("modelUnreadable", .badData, Wording.tooOld, Wording.detail(detail))
    }
  }

  /// Maps an error of the copy's store.
  package init(_ error: StoreError) {
    switch error {
    case .inUse: self.init("inUse", .tryAgain, Wording.inUse)
    case .full: self.init("full", .disk, Wording.diskFull, Wording.diskFullHint)
    case .unreadable(let detail): self.init("unreadable", .disk, Wording.unreadable, Wording.detail(detail))
    case .corrupt(let detail): self.init("corrupt", .disk, Wording.corrupt, Wording.detail(detail))
    case .failed(let detail): self.init("failed", .disk, Wording.diskFailed, Wording.detail(detail))
    }
  }

  private init(_ error: SecretFileError) {
    switch error {
    case .open(let path): self.init("keyOpen", .notAllowed, Wording.keyIsOpen(path), Wording.keyHint)
    case .unreadable(let path): self.init("keyUnreadable", .disk, Wording.keyIsDamaged(path), Wording.keyHint)
    case .system(let step, let code):
      self.init(
        code == ENOSPC ? "full" : "failed", .disk, code == ENOSPC ? Wording.diskFull : Wording.diskFailed,
        Wording.detail("\(step): \(String(cString: strerror(code)))"))
    }
  }

  /// Maps a transport error of a copy that has joined.
  package init(_ error: TransportError) {
    switch error {
    case .unreachable(let detail), .silent(let detail), .cut(let detail):
      self.init("unreachable", .hubAway, Wording.offline, Wording.noConnection(detail))
    case .notKnown: self.init("notKnown", .notAllowed, Wording.notKnown, Wording.safeHere)
    case .revoked: self.init("revoked", .notAllowed, Wording.revoked, Wording.safeHere)
    case .notAllowed(let detail): self.init("notAllowed", .notAllowed, Wording.notAllowed(detail), Wording.safeHere)
    case .busy: self.init("busy", .tryAgain, Wording.busy, Wording.safeHere)
    case .rejected(let detail): self.init("rejected", .badData, Wording.rejected(detail), Wording.safeHere)
    case .hubFailed(let status): self.init("hubFailed", .tryAgain, Wording.hubFailed(status), Wording.safeHere)
    case .notAHub: self.init("notAHub", .hubAway, Wording.notTheCentre, Wording.portalHint, Wording.safeHere)
    case .notProved: self.init("notProved", .hubAway, Wording.notProved, Wording.proofHint, Wording.safeHere)
    }
  }

  /// Maps a transport error while joining. Codes are the same as later, but the words mention no work, as there is
  /// none.
  package init(joining error: TransportError) {
    let failure = Failure(error)
    self =
      switch error {
      case .unreachable(let detail), .silent(let detail), .cut(let detail):
        failure.saying([Wording.noConnection(detail), Wording.checkAddress])
      case .rejected(let detail): failure.saying([Wording.notJoinable(detail)])
      case .notAHub: failure.saying([Wording.notTheCentre, Wording.checkAddress])
      case .notProved: failure.saying([Wording.notProved, Wording.proofHint])
      case .notAllowed(let detail): failure.saying([Wording.notAllowed(detail)])
      case .revoked: failure.saying([Wording.revoked, Wording.revokedHint])
      case .notKnown, .busy, .hubFailed: failure.saying(Array(failure.words.prefix(1)))
      }
  }

  /// Maps the problem that ended a sync.
  ///
  /// - Parameter label: Labels a space of the copy that was synced.
  package init(_ problem: SyncProblem, label: (SpaceID) -> TerminalText) {
    switch problem {
    case .transport(let error): self.init(error)
    case .forgotten: self.init("forgotten", .tryAgain, Wording.forgotten, Wording.safeHere)
    case .massRemoval(let removals):
      // Whoever agrees, agrees to all of them.
      let words = removals.map { Wording.massRemoval($0.vanishing, of: $0.total, in: label($0.space)) }
      self.init(code: "massRemoval", exit: .tryAgain, words: words + [Wording.massRemovalHint])
    case .restoring: self.init("restoring", .tryAgain, Wording.restoring, Wording.safeHere)
    case .session(let failure):
      switch failure {
      case .notAHub: self.init(TransportError.notAHub)
      case .cut: self.init("cut", .hubAway, Wording.cut, Wording.safeHere)
      case .wrongHub: self.init("wrongHub", .hubAway, Wording.wrongCentre, Wording.safeHere)
      case .programTooOld: self.init("programTooOld", .badData, Wording.tooOld)
      case .nonsense(let detail): self.init("nonsense", .badData, Wording.nonsense(detail), Wording.safeHere)
      }
    }
  }
}
