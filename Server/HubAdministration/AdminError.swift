// The error of an administrative command: a code for scripts, sentences for people, and a kind that decides the exit
// code.

package import JSONText
package import Replication

/// The reason an administrative command failed.
package struct AdminError: Error, Equatable, Sendable {
  /// The class of an error, which decides the exit code.
  package enum Kind: String, JSONConvertible {
    /// The arguments do not form a valid command, or do not apply to this hub.
    case usage
    /// The input is invalid, or names something that does not exist.
    case data
    /// The disk failed or is full.
    case disk
    /// Another process holds the data; the same command may work later.
    case busy
  }

  /// A stable code for scripts.
  package enum Code: String, JSONConvertible {
    case usage, notAHub, alreadyAHub, fileExists, badFolder, badInvitation, badReason, badDays, badRoom, noSuchRole,
      notForRole, noSuchSet
    case memberKnown, manyMembers
    case notText, noSuchFile, badFile, badModel, badBackup, oldBackup, badCertificate, badValue, unreadable, damaged
    case noSuchSpace, noSuchMember, noSuchDevice, noSuchRecord, noSuchField, noSuchQuestion, noSuchProposal
    case noSuchPartner, noSuchAgreement, manyAgreements, badAgreement, notJoined, noAddress, notKnownThere, notShownYet
    case manyRecords, erasedAlready, refused, noChange, notProved
    case diskFull, diskFailed, corrupt, noSuchFolder, notShown, failed
    case inUse, notAnswering, cannotServe

    fileprivate var kind: Kind {
      switch self {
      case .usage, .notAHub, .alreadyAHub, .fileExists, .badFolder, .badInvitation, .badReason, .badDays,
        .badRoom, .noSuchRole, .notForRole, .noSuchSet, .memberKnown, .manyMembers:
        .usage
      case .notText, .noSuchFile, .badFile, .badModel, .badBackup, .oldBackup, .badCertificate, .badValue, .unreadable,
        .damaged,
        .noSuchSpace, .noSuchMember, .noSuchDevice, .noSuchRecord, .noSuchField, .noSuchQuestion, .noSuchProposal,
        .noSuchPartner, .noSuchAgreement, .manyAgreements, .badAgreement, .notJoined, .noAddress,
        .notKnownThere, .notShownYet,
        .manyRecords, .erasedAlready, .refused, .noChange, .notProved:
        .data
      case .diskFull, .diskFailed, .corrupt, .noSuchFolder, .notShown, .failed: .disk
      case .inUse, .notAnswering, .cannotServe: .busy
      }
    }
  }

  package let kind: Kind
  package let code: Code
  /// Plain sentences for people.
  package let message: String

  /// - Parameter kind: The error's class, if it differs from the usual one of the code.
  package init(_ code: Code, kind: Kind? = nil, _ message: String) {
    self.kind = kind ?? code.kind
    self.code = code
    self.message = message
  }

  /// Maps a store's error to the terms of an administrator.
  package init(_ error: StoreError) {
    switch error {
    case .inUse: self.init(.inUse, "Another program is using this hub's data. Try again in a moment.")
    case .full: self.init(.diskFull, "The disk is full. Nothing was changed. Make some space and try again.")
    case .unreadable(let why): self.init(.unreadable, "This hub's data cannot be opened: \(why)")
    case .corrupt(let what): self.init(.corrupt, "This hub's data is damaged: \(what)")
    case .failed(let why): self.init(.diskFailed, "The disk did not do what was asked: \(why)")
    }
  }
}

extension AdminError: JSONConvertible {
  package var json: JSON { .object(["error": code.json, "message": message.json, "kind": kind.json]) }

  package init(json: JSON) throws(JSONMismatch) {
    self.init(try json.member("error"), kind: try json.member("kind"), try json.member("message"))
  }
}
