// One line, taken apart: the same for a person and a script.

import BoardTerminal
import Testing

@Suite("Commands")
struct CommandTests {
  @Test("options may stand anywhere on the line")
  func options() throws {
    let command = try CommandLine([
      "--json", "record", "--home", "/tmp/x", "add", "meeting", "--space", "cab", "--agree",
    ])
    #expect(command.words == ["record", "add", "meeting"])
    #expect(command.isJSON && command.agrees && command.home == "/tmp/x" && command.space == "cab")
  }

  @Test("an option's word may stand behind an equals sign, and hold others")
  func equalsSigns() throws {
    let command = try CommandLine(["--home=/tmp/a=b", "status", "--space=cab"])
    #expect(command.words == ["status"] && command.home == "/tmp/a=b" && command.space == "cab")
  }

  @Test("after two dashes every word is a word")
  func dashes() throws {
    #expect(try CommandLine(["record", "--", "settle", "--json"]).words == ["record", "settle", "--json"])
  }

  @Test(
    "an option nobody knows, or one without its word, is refused",
    arguments: [["--jsn"], ["--json=yes"], ["status", "--home"], ["--home", ""], ["--space="]])
  func badOptions(arguments: [String]) {
    #expect(throws: Failure.self) { try CommandLine(arguments) }
  }

  @Test(
    "a line is parted at white space, but not between double quotation marks",
    arguments: [
      ("open 2", ["open", "2"]), ("  open\t2 ", ["open", "2"]), ("", []),
      ("record add meeting title=\"Board meeting\"", ["record", "add", "meeting", "title=Board meeting"]),
      ("find carer's \"bus", ["find", "carer's", "\"bus"]), ("find \"\"", ["find", ""]),
    ])
  func lines(line: String, words: [String]) {
    #expect(CommandLine.split(line) == words)
  }

  @Test(
    "a mistyped word is met with the nearest one we know, and a strange one with none",
    arguments: [
      ("agnda", nil), ("meetngs", "meetings"), ("sedn", "send"), ("staus", "status"), ("hlep", "help"),
      ("Papers", "papers"), ("xyzzy", nil), ("a", nil),
    ])
  func nearest(word: String, name: String?) {
    #expect(Command.nearest(to: word)?.name == name)
  }

  @Test("letters swapped with their neighbours count as one mistake")
  func swaps() {
    #expect(editDistance("send", "sned") == 1)
    #expect(editDistance("send", "sent") == 1)
    #expect(editDistance("", "send") == 4)
    #expect(editDistance(String(repeating: "a", count: 5_000), "send") == 5_000)
  }

  @Test(
    "the copy lies where the option says, else the environment, else the data folder",
    arguments: [
      ("/o", ["BOARD_HOME": "/b", "XDG_DATA_HOME": "/x", "HOME": "/h"], "/o"),
      (nil, ["BOARD_HOME": "/b", "XDG_DATA_HOME": "/x", "HOME": "/h"], "/b"),
      (nil, ["XDG_DATA_HOME": "/x", "HOME": "/h"], "/x/board"),
      (nil, ["XDG_DATA_HOME": "relative", "HOME": "/h"], "/h/.local/share/board"),
      (nil, ["BOARD_HOME": "", "HOME": "/h"], "/h/.local/share/board"), (nil, [:], nil),
    ] as [(String?, [String: String], String?)])
  func home(option: String?, environment: [String: String], path: String?) {
    #expect(HomeFolder.path(option: option, environment: environment) == path)
  }
}
