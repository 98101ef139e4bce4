// The administrator's acts, as values: the same act runs in the command itself or, while the hub is served, in the
// serving process, where it arrives as JSON over a socket in the data folder.

package import Replication

/// One act of a data administrator.
package enum AdminCommand: Equatable, Sendable {
  /// The file's bytes, not its path: the serving process may stand in another folder.
  case importFile(text: String, set: String?)
  /// A preview says what an act would do, and does nothing.
  case invite(member: String, role: String, spaces: [String], isPreview: Bool = false)
  case leave(member: String, space: String, isPreview: Bool = false)
  case deviceList
  /// A device by its fingerprint, as `device list` shows it.
  case deviceRevoke(String, reason: String, isPreview: Bool = false)
  case proposalList
  /// A proposal by its number in the list, or its id.
  case proposalTake(String, isUnproved: Bool = false)
  case proposalDecline(String)
  case reviewList
  case reviewShow(String)
  case reviewSettle(String, value: String)
  /// A record by its id, or by its key where it was imported.
  case erase(String, reason: String)
  /// An absolute path that is not there yet.
  case backup(path: String)
  case digest
  case verify
  /// Only what happened in one space, by its name; `nil` for everything.
  case audit(space: String?)
  case status

  package var json: JSON {
    switch self {
    case .importFile(let text, let set):
      .object(["act": .string("import"), "text": .string(text), "set": set.map { .string($0) } ?? .null])
    case .invite(let member, let role, let spaces, let isPreview):
      .object([
        "act": .string("invite"), "member": .string(member), "role": .string(role),
        "spaces": .array(spaces.map { .string($0) }), "preview": .bool(isPreview),
      ])
    case .leave(let member, let space, let isPreview):
      .object([
        "act": .string("leave"), "member": .string(member), "space": .string(space), "preview": .bool(isPreview),
      ])
    case .deviceList: .object(["act": .string("device list")])
    case .deviceRevoke(let fingerprint, let reason, let isPreview):
      .object([
        "act": .string("device revoke"), "fingerprint": .string(fingerprint), "reason": .string(reason),
        "preview": .bool(isPreview),
      ])
    case .proposalList: .object(["act": .string("proposal list")])
    case .proposalTake(let id, let isUnproved):
      .object(["act": .string("proposal take"), "id": .string(id), "unproved": .bool(isUnproved)])
    case .proposalDecline(let id): .object(["act": .string("proposal decline"), "id": .string(id)])
    case .reviewList: .object(["act": .string("review list")])
    case .reviewShow(let id): .object(["act": .string("review show"), "id": .string(id)])
    case .reviewSettle(let id, let value):
      .object(["act": .string("review settle"), "id": .string(id), "value": .string(value)])
    case .erase(let record, let reason):
      .object(["act": .string("erase"), "record": .string(record), "reason": .string(reason)])
    case .backup(let path): .object(["act": .string("backup"), "path": .string(path)])
    case .digest: .object(["act": .string("digest")])
    case .audit(let space): .object(["act": .string("audit"), "space": space.map { .string($0) } ?? .null])
    case .verify: .object(["act": .string("verify")])
    case .status: .object(["act": .string("status")])
    }
  }

  /// - Returns: `nil` for anything but an act as `json` writes it.
  package init?(_ json: JSON) {
    guard case .object(let members) = json, let act = members["act"]?.string else { return nil }
    func text(_ name: String) -> String? { members[name]?.string }
    switch act {
    case "import":
      guard let file = text("text") else { return nil }
      self = .importFile(text: file, set: text("set"))
    case "invite":
      guard let member = text("member"), let role = text("role"), case .array(let items)? = members["spaces"],
        case .bool(let isPreview)? = members["preview"]
      else { return nil }
      let spaces = items.compactMap(\.string)
      guard spaces.count == items.count else { return nil }
      self = .invite(member: member, role: role, spaces: spaces, isPreview: isPreview)
    case "leave":
      guard let member = text("member"), let space = text("space"), case .bool(let isPreview)? = members["preview"]
      else { return nil }
      self = .leave(member: member, space: space, isPreview: isPreview)
    case "device list": self = .deviceList
    case "device revoke":
      guard let fingerprint = text("fingerprint"), let reason = text("reason"),
        case .bool(let isPreview)? = members["preview"]
      else { return nil }
      self = .deviceRevoke(fingerprint, reason: reason, isPreview: isPreview)
    case "proposal list": self = .proposalList
    case "proposal take":
      guard let id = text("id"), case .bool(let isUnproved)? = members["unproved"] else { return nil }
      self = .proposalTake(id, isUnproved: isUnproved)
    case "proposal decline":
      guard let id = text("id") else { return nil }
      self = .proposalDecline(id)
    case "review list": self = .reviewList
    case "review show":
      guard let id = text("id") else { return nil }
      self = .reviewShow(id)
    case "review settle":
      guard let id = text("id"), let value = text("value") else { return nil }
      self = .reviewSettle(id, value: value)
    case "erase":
      guard let record = text("record"), let reason = text("reason") else { return nil }
      self = .erase(record, reason: reason)
    case "backup":
      guard let path = text("path") else { return nil }
      self = .backup(path: path)
    case "digest": self = .digest
    case "audit": self = .audit(space: text("space"))
    case "verify": self = .verify
    case "status": self = .status
    default: return nil
    }
  }
}

extension JSON {
  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }
}

/// Why an act was not done, as a person and a script are told.
package struct AdminError: Error, Equatable, Sendable {
  /// What kind of thing went wrong; decides the exit code.
  package enum Kind: String, Sendable {
    /// The act's words are off.
    case usage
    /// What was given does not make sense.
    case data
    /// The disk failed or is full.
    case disk
    /// Something else holds the data; try again.
    case busy
  }

  package let kind: Kind
  /// A stable word for scripts.
  package let code: String
  /// Plain words for people.
  package let message: String

  package init(_ kind: Kind, _ code: String, _ message: String) {
    self.kind = kind
    self.code = code
    self.message = message
  }

  package var json: JSON {
    .object(["error": .string(code), "message": .string(message), "kind": .string(kind.rawValue)])
  }

  /// - Returns: `nil` for anything but an error as `json` writes it.
  package init?(_ json: JSON) {
    guard case .object(let members) = json, let code = members["error"]?.string,
      let message = members["message"]?.string, let kind = members["kind"]?.string.flatMap(Kind.init)
    else { return nil }
    self.init(kind, code, message)
  }

  /// What a store's failure means to an administrator.
  package init(_ error: StoreError) {
    switch error {
    case .inUse: self.init(.busy, "inUse", "Another program is using this hub's data. Try again in a moment.")
    case .full: self.init(.disk, "diskFull", "The disk is full. Nothing was changed. Make some space and try again.")
    case .unreadable(let why): self.init(.data, "unreadable", "This hub's data cannot be opened: \(why)")
    case .corrupt(let what): self.init(.disk, "corrupt", "This hub's data is damaged: \(what)")
    case .failed(let why): self.init(.disk, "diskFailed", "The disk did not do what was asked: \(why)")
    }
  }
}
