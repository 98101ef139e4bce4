// The ways in which an administrative command fails: a word for scripts, a sentence for people, and a kind that decides
// the exit code.

package import Replication

/// The reason why a command was not done.
package struct AdminError: Error, Equatable, Sendable {
  /// The class of an error; decides the exit code.
  package enum Kind: String, JSONConvertible {
    /// The command's words are off.
    case usage
    /// The input does not make sense.
    case data
    /// The disk failed or is full.
    case disk
    /// Something else holds the data; try again.
    case busy
  }

  /// A stable word for scripts.
  package enum Code: String, JSONConvertible {
    case usage, notAHub, alreadyAHub, fileExists, badFolder, badInvitation, badReason, noSuchRole, notForRole, noSuchSet
    case notText, noSuchFile, badFile, badModel, badBackup, badCertificate, badValue, unreadable, damaged
    case noSuchSpace, noSuchMember, noSuchDevice, noSuchRecord, noSuchField, noSuchQuestion, noSuchProposal
    case manyRecords, erasedAlready, refused, noChange, notProved
    case diskFull, diskFailed, corrupt, noSuchFolder, notShown, failed
    case inUse, notAnswering, cannotServe

    fileprivate var kind: Kind {
      switch self {
      case .usage, .notAHub, .alreadyAHub, .fileExists, .badFolder, .badInvitation, .badReason, .noSuchRole,
        .notForRole, .noSuchSet:
        .usage
      case .notText, .noSuchFile, .badFile, .badModel, .badBackup, .badCertificate, .badValue, .unreadable, .damaged,
        .noSuchSpace, .noSuchMember, .noSuchDevice, .noSuchRecord, .noSuchField, .noSuchQuestion, .noSuchProposal,
        .manyRecords, .erasedAlready, .refused, .noChange, .notProved:
        .data
      case .diskFull, .diskFailed, .corrupt, .noSuchFolder, .notShown, .failed: .disk
      case .inUse, .notAnswering, .cannotServe: .busy
      }
    }
  }

  package let kind: Kind
  package let code: Code
  /// Plain words for people.
  package let message: String

  /// - Parameter kind: Only where it is another than the code's usual one.
  package init(_ code: Code, kind: Kind? = nil, _ message: String) {
    self.kind = kind ?? code.kind
    self.code = code
    self.message = message
  }

  /// The meaning of a store's failure to an administrator.
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
