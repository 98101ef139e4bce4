// Every administrative command carries its actor and its door, so that the audit can name both.

package import Replication

/// The origin of an administrative command: who gave it, and through which door it came.
package struct AdminActor: Hashable, Sendable {
  package enum Identity: Hashable, Sendable {
    /// The account that holds the hub's files.
    case machineOwner
    /// A member of this hub who administers it.
    case member(MemberID)
    /// The hub itself, of what it notices about its own files.
    case hub
  }

  /// An entrance for commands. The raw values stand in files for ever.
  package enum Door: String, CaseIterable, Sendable {
    /// The program opened the hub's data itself.
    case commandLine = "command line"
    /// The program handed the command to the process that serves the hub.
    case socket
    case webPage = "web page"
  }

  package let identity: Identity
  package let door: Door

  package init(_ identity: Identity, through door: Door) {
    self.identity = identity
    self.door = door
  }

  package static func machineOwner(through door: Door) -> AdminActor { AdminActor(.machineOwner, through: door) }
}
