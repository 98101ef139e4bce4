// Command lines for records: importing them, settling questions about them, erasing one.

import ArgumentParser
import Foundation
import HubAdministration
import HubTerminal
import Replication

struct Import: HubCommandLine {
  static let configuration = CommandConfiguration(
    abstract: "Loads records from a file, one JSON object a line. Loading again writes only what differs.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The file.") var file: String
  @Option(help: "Load only this set of the file, for example core, leeds or names.") var set: String?

  var command: ImportCommand {
    .importFile(URL(fileURLWithPath: file).standardizedFileURL.path, set: set)
  }

  /// Tells a person how far it has come, at most once a second. A script reads the answer alone.
  func run() async throws {
    var last = ContinuousClock.now
    try await options.perform(command) { progress in
      guard let now = progress.last, last.duration(to: .now) >= .seconds(1) else { return }
      last = .now
      Output.progress(now.lines, json: options.json)
    }
  }
}

struct Review: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What waits for a person.", subcommands: [List.self, Show.self, Settle.self], defaultSubcommand: List.self
  )

  struct List: HubCommandLine {
    static let configuration = CommandConfiguration(abstract: "Lists the open questions, numbered.")
    @OptionGroup var options: HubOptions

    var command: ReviewListCommand { .reviewList }
  }

  struct Show: HubCommandLine {
    static let configuration = CommandConfiguration(abstract: "Shows one question with every version.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its number in the list, or its id.") var question: String

    var command: ReviewShowCommand { .reviewShow(question) }
  }

  struct Settle: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Settles one question. Every version stays in the record's history.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its number in the list, or its id.") var question: String
    @Argument(help: "The value that is right; of fields that go together, a JSON map.") var value: String

    var command: ReviewSettleCommand { .reviewSettle(question, value: value) }
  }
}

struct Erase: HubCommandLine {
  static let configuration = CommandConfiguration(
    abstract: "Erases one record, for good: from the hub at once, from each computer when it next joins up.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The record's id, or its key.") var record: String
  @Option(help: "Why, in a word or a few. It is printed with the receipt and kept nowhere.") var reason: String

  var command: EraseCommand { .erase(record, reason: reason) }
}
