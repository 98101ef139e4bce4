// Command lines for partner universities and the agreements with them.

import ArgumentParser
import Foundation
import HubAdministration

struct PartnerGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "partner", abstract: "The universities whose hubs exchange records with this one.",
    subcommands: [Invite.self, Join.self, List.self, Status.self, Sync.self, Records.self, Suggest.self],
    defaultSubcommand: List.self)

  struct Invite: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Makes a one-time code with which a partner's hub joins this one.",
      discussion:
        "Their administrator types: board-hub partner join ADDRESS CODE --name \"the name of this university\"")
    @OptionGroup var options: HubOptions
    @Option(help: "How the partner is called, for example \"University of Leeds\".") var name: String

    var command: PartnerInviteCommand { PartnerInviteCommand(name) }
  }

  struct Join: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract:
        "Joins a partner's hub with the code that their administrator gave. Only one of the two need be reachable.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The address of the partner's hub, for example https://hub.example.org.") var address: String
    @Argument(help: "The code.") var code: String
    @Option(help: "How the partner is called, for example \"University of Birmingham\".") var name: String
    @Option(help: "The only authorities to trust at that address, in PEM.") var authorities: String?

    var command: PartnerJoinCommand {
      get throws {
        PartnerJoinCommand(
          address: address, code: code, partner: name, trustRoots: try authorities.map { try readText($0) })
      }
    }
  }

  struct List: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Lists the partners, each with the mark that both hubs show.")
    @OptionGroup var options: HubOptions

    var command: PartnerListCommand { PartnerListCommand() }
  }

  struct Status: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Shows what crossed, by agreement and kind, and what is not confirmed.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The partner; all if not given.") var name: String?

    var command: PartnerStatusCommand { PartnerStatusCommand(name) }
  }

  struct Sync: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Exchanges everything now. A hub that is being served does so by itself, about every minute.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The partner; all whose address is known if not given.") var name: String?

    var command: PartnerSyncCommand { PartnerSyncCommand(name) }
  }

  struct Records: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Lists what this hub holds of a partner's, with each record's id.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The partner.") var name: String

    var command: PartnerRecordsCommand { PartnerRecordsCommand(name) }
  }

  struct Suggest: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Suggests a value for a record of a partner's. Their administrator decides.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The record's id, as 'partner records' shows it.") var record: String
    @Argument(help: "The field and the value, for example date=2027-04-01.") var value: String
    @Option(help: "Why, in a sentence that their administrator reads.") var why: String = ""

    var command: PartnerSuggestCommand {
      get throws {
        guard let mark = value.firstIndex(of: "=") else {
          throw ValidationError("A suggestion is a field, = and a value.")
        }
        return PartnerSuggestCommand(
          record, field: String(value[..<mark]), value: String(value[value.index(after: mark)...]), words: why)
      }
    }
  }
}

struct AgreementGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agreement", abstract: "What crosses to and from partners, and until when.",
    discussion: """
      An agreement is a file of YAML. One side proposes it, both sign it, and each confirms what it gives after a \
      preview. Nothing that it does not name ever crosses.
      """,
    subcommands: [
      Check.self, Propose.self, Show.self, Sign.self, Preview.self, Confirm.self, End.self, Certificate.self,
    ], defaultSubcommand: Show.self)

  struct Check: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Reads a file word by word and says, with the line, what is wrong. Nothing is proposed.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The file.") var file: String
    @Option(help: "The partner.") var with: String

    var command: AgreementProposeCommand {
      get throws { AgreementProposeCommand(try readText(file), to: with, isCheck: true) }
    }
  }

  struct Propose: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Puts an agreement before a partner. Nothing is signed yet.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The file.") var file: String
    @Option(help: "The partner.") var with: String

    var command: AgreementProposeCommand { get throws { AgreementProposeCommand(try readText(file), to: with) } }
  }

  struct Show: HubCommandLine {
    static let configuration = CommandConfiguration(abstract: "Shows an agreement in plain words, or lists all.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its name, or its name, / and a version.") var id: String?

    var command: AgreementShowCommand { AgreementShowCommand(id) }
  }

  struct Sign: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Signs an agreement for this university. It is in force once both have signed, between its dates.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its name, or its name, / and a version.") var id: String

    var command: AgreementSignCommand { AgreementSignCommand(id) }
  }

  struct Preview: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Counts what would cross and what stays at home, with whole examples. Nothing is sent.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The agreement.") var id: String
    @Option(help: "Only records of this kind.") var kind: String?
    @Option(help: "The number of examples of each kind.") var examples = 3

    func validate() throws {
      guard (0...100).contains(examples) else { throw ValidationError("There are 0 to 100 examples.") }
    }

    var command: AgreementPreviewCommand { AgreementPreviewCommand(id, kind: kind, examples: examples) }
  }

  struct Confirm: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Lets go what the preview showed, from now on. Until then nothing is sent.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The agreement.") var id: String

    var command: AgreementConfirmCommand { AgreementConfirmCommand(id) }
  }

  struct End: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Ends an agreement, at once and for both sides.",
      discussion: "Each side's copies are cleared, and each hub answers with a signed certificate.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The agreement.") var id: String
    @Option(help: "Why, in a word or a few. The partner reads it.") var reason: String

    var command: AgreementEndCommand { AgreementEndCommand(id, reason: reason) }
  }

  struct Certificate: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Shows both sides' certificates of what became of what they had received.")
    @OptionGroup var options: HubOptions
    @Argument(help: "The agreement.") var id: String

    var command: AgreementCertificateCommand { AgreementCertificateCommand(id) }
  }
}

/// The text of a file that an administrator names.
private func readText(_ path: String) throws -> String {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw AdminError(.noSuchFile, "There is no file \(path), or it cannot be read.")
  }
  guard data.count <= 1024 * 1024, let text = String(validating: data, as: UTF8.self) else {
    throw AdminError(.badFile, "\(path) is no text in UTF-8 of at most 1 MiB.")
  }
  return text
}
