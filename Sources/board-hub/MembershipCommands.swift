// Command lines for membership: the members' spaces, their devices, and proposals of unsent work.

import ArgumentParser
import HubAdministration

/// The `--preview` option of every command that changes membership.
struct PreviewOption: ParsableArguments {
  @Flag(help: "Only say whom it reaches, and what of theirs has not arrived. Nothing is changed.")
  var preview = false
}

struct Invite: HubCommandLine {
  static let configuration = CommandConfiguration(abstract: "Makes a one-time code by which one computer joins.")
  @OptionGroup var options: HubOptions
  @Option(help: "How the member is called, for example \"the carer\".") var member: String
  @Flag(help: "The member of that name is meant: one more computer, another role or further spaces.") var again = false
  @Flag(help: "Another person is meant, who has the same name.") var newPerson = false
  @Option(help: "Their role, for example member or chair.") var role: String
  @Option(parsing: .upToNextOption, help: "The spaces they may read, for example public cab.") var space: [String]
  @OptionGroup var preview: PreviewOption

  var command: InviteCommand {
    let person: InviteCommand.Person = again ? .known : newPerson ? .new : .either
    return .invite(member: member, as: person, role: role, spaces: space, isPreview: preview.preview)
  }

  func validate() throws {
    if again && newPerson { throw ValidationError("--again is the same person, --new-person is another.") }
  }
}

struct Leave: HubCommandLine {
  static let configuration = CommandConfiguration(
    abstract: "Ends a member's reading of a space. Their computers clear it away at their next contact.",
    discussion: "What they had not sent comes sealed, as proposals. Reading it again is a new invitation.")
  @OptionGroup var options: HubOptions
  @Option(help: "How the member is called.") var member: String
  @Option(help: "The space.") var space: String
  @OptionGroup var preview: PreviewOption

  var command: LeaveCommand { .leave(member: member, space: space, isPreview: preview.preview) }
}

struct DeviceGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device", abstract: "The computers that have joined.",
    subcommands: [List.self, Revoke.self, Confirm.self, Dismiss.self],
    defaultSubcommand: List.self)

  struct List: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Lists them by member, each with the mark that its own screen shows too.")
    @OptionGroup var options: HubOptions

    var command: DeviceListCommand { .deviceList }
  }

  struct Revoke: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Takes one computer off, for good: from now on nothing is taken from it and nothing given to it.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The computer's mark, as 'device list' shows it.") var mark: String
    @Option(help: "Why, in a word or a few, for example lost.") var reason: String
    @OptionGroup var preview: PreviewOption

    var command: DeviceRevokeCommand { .deviceRevoke(mark, reason: reason, isPreview: preview.preview) }
  }

  struct Confirm: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Makes a computer known again that this hub knew before a backup was put back.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The computer's mark, as 'device list' shows it.") var mark: String

    var command: DeviceConfirmCommand { .deviceConfirm(mark) }
  }

  struct Dismiss: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Says no to a computer that this hub knew before a backup was put back.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The computer's mark, as 'device list' shows it.") var mark: String

    var command: DeviceDismissCommand { .deviceDismiss(mark) }
  }
}

struct ProposalGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proposal", abstract: "Work that came in sealed, from who has left or whose computer was taken off.",
    subcommands: [List.self, Take.self, Decline.self], defaultSubcommand: List.self)

  struct List: HubCommandLine {
    static let configuration = CommandConfiguration(abstract: "Lists what waits for a yes or a no, numbered.")
    @OptionGroup var options: HubOptions

    var command: ProposalListCommand { .proposalList }
  }

  struct Take: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract:
        "Puts one where it was meant to go, in its writer's name. Of a computer that was lost, ask its owner first.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its number in the list, or its id.") var proposal: String
    @Flag(help: "Take it though somebody else brought it than who it says wrote it: you have asked them.")
    var unproved = false

    var command: ProposalTakeCommand { .proposalTake(proposal, isUnproved: unproved) }
  }

  struct Decline: HubCommandLine {
    static let configuration = CommandConfiguration(abstract: "Says no to one. Its words are kept, and shown nowhere.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its number in the list, or its id.") var proposal: String

    var command: ProposalDeclineCommand { .proposalDecline(proposal) }
  }
}
