// Every admin command carries its actor and its door, so that the audit can name both.

package import Replication

/// The origin of an admin command: who gave it, and the door it came through.
package struct AdminActor: Hashable, Sendable {
  /// The giver of a command.
  package enum Identity: Hashable, Sendable {
    /// The owner of the account that holds the hub's files.
    case machineOwner
    /// A member of this hub who administers it.
    case member(MemberID)
    /// The hub itself, for events it notices in its own files.
    case hub
  }

  /// An entrance for commands. The raw values are stored in files and never change.
  package enum Door: String, CaseIterable, Sendable {
    /// The program opened the hub's data itself.
    case commandLine = "command line"
    /// The program sent the command to the process that serves the hub.
    case socket
    case webPage = "web page"
  }

  package let identity: Identity
  package let door: Door

  package init(_ identity: Identity, through door: Door) {
    self.identity = identity
    self.door = door
  }

  /// The machine's owner, through a door.
  package static func machineOwner(through door: Door) -> AdminActor { AdminActor(.machineOwner, through: door) }
}
