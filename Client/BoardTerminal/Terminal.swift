// The member's program except for its choice of store, clock and transport. Arguments are a single command; without
// any, a session begins.

internal import ClientCore
internal import SafeText

/// The member's terminal program.
package enum Terminal {
  /// Runs the program.
  ///
  /// - Parameter arguments: The arguments after the program's name; `nil` in place of one that is not UTF-8.
  /// - Returns: The exit code.
  package static func run(_ arguments: [String?], _ environment: TerminalEnvironment, console: Console) async
    -> ExitCode
  {
    let line: CommandLine
    do throws(Failure) {
      let words = arguments.compactMap { $0 }
      guard words.count == arguments.count else { throw .notText }
      line = try CommandLine(words)
    } catch {
      console.complain(error, isJSON: arguments.contains("--json"))
      return error.exit
    }
    var session = Session(
      environment, console: console, home: line.home, isSingleCommand: !line.words.isEmpty)
    let exit = line.words.isEmpty ? await converse(&session, line) : await session.perform(line)
    console.flush()
    guard console.isCut, exit == .done else { return exit }
    let failure = Failure.notShown(isSaved: session.hasSaved)
    console.complain(failure, isJSON: line.isJSON)
    return failure.exit
  }

  private static func converse(_ session: inout Session, _ outer: CommandLine) async -> ExitCode {
    if let failure = await greet(&session, outer) { return failure }
    while !session.isOver, !session.console.isCut {
      do throws(Failure) {
        guard let typed = try session.console.ask("> ") else { break }
        guard !typed.isPasted else {
          session.console.discardPaste()
          throw Failure("pasted", .usage, Wording.pastedNotRun, Wording.pastedHint)
        }
        var line = try CommandLine(CommandLine.split(typed.text))
        guard line.home == nil else { throw .usage(Wording.homeOnlyAtStart) }
        line.inherit(outer)
        if !line.words.isEmpty { _ = await session.perform(line) }
      } catch {
        session.console.say(error.words)
      }
    }
    return .done
  }

  /// Begins a session: shows the home screen, or how to join if there is no copy yet.
  ///
  /// - Returns: An exit code if the copy cannot be used; otherwise `nil`.
  private static func greet(_ session: inout Session, _ outer: CommandLine) async -> ExitCode? {
    do {
      try session.reading { _ in }
    } catch ClientError.notJoined {
      session.console.say([Wording.emptyCopy, Wording.joinHint])
      return nil
    } catch {
      let failure = Failure(error)
      session.console.complain(failure, isJSON: outer.isJSON)
      return failure.exit
    }
    if let folder = session.namedFolder { session.say(Wording.namedFolder(folder), unless: outer) }
    _ = await session.perform(outer.replacing(first: 0, with: ["home"]))
    return nil
  }
}
