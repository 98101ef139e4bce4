// Partner universities through the real programs: Birmingham's hub is served, and Leeds's dials it. What no rule names is
// looked for in every file of the other hub and in every answer of its commands.

import Foundation
import JSONText
import ProgramKit
import Replication
import TestKit
import Testing

@Suite("Partner universities through the programs", .serialized, .timeLimit(.minutes(10)))
struct PartnerProgramTests {
  let workshop: Workshop
  private let birminghamName = "University of Birmingham"
  private let leedsName = "University of Leeds"
  private let agreement = "birmingham-leeds"

  init() throws {
    workshop = try Workshop()
  }

  // MARK: Two universities

  private func leeds(_ act: String, _ words: String...) async throws -> Outcome { try await leeds(act, words) }

  private func leeds(_ act: String, _ words: [String]) async throws -> Outcome {
    try await workshop.run(
      "board-hub",
      act.split(separator: " ").map(String.init) + ["--data", workshop.file("leeds"), "--json"] + words)
  }

  @discardableResult
  private func leedsDone(_ act: String, _ words: String...) async throws -> JSON {
    let outcome = try await leeds(act, words)
    try #require(outcome.end == .exit(0), "leeds: board-hub \(act) \(words.joined(separator: " ")): \(outcome.errors)")
    return outcome.json
  }

  private func date(inDays days: Int) -> String {
    let time = Date(timeIntervalSinceNow: Double(days) * 86_400)
    return String(Timestamp(milliseconds: Int64(time.timeIntervalSince1970 * 1_000)).iso8601.prefix(10))
  }

  private func text(version: Int = 1, daysLeft: Int = 200) -> String {
    """
    agreement: \(agreement)
    version: \(version)
    purpose: Show each other's public events and research centres
    lawful_basis: Public task (UK GDPR article 6(1)(e))
    from: \(date(inDays: -30))
    to: \(date(inDays: daysLeft))
    at_end: delete
    retention: As long as the agreement is in force
    us: {name: \(birminghamName), country: United Kingdom, role: sole}
    them: {name: \(leedsName), country: United Kingdom, role: sole}
    we_share:
      - kind: event
        space: public
        fields: [title, date, date_precision, time, host_refs]
        free_text: [summary]
        suggest: [date, date_precision, time]
      - kind: organisation
        space: public
        fields: [name]
    they_share:
      - kind: research_centre
        space: public
        fields: [name, status]
        suggest: [name]

    """
  }

  private func seed(_ kind: String, _ key: String, _ fields: [String: JSON]) -> String {
    let common: [String: JSON] = ["scope": .string("public"), "set": .string("core")]
    return JSON.object([
      "type": .string(kind), "key": .string(key),
      "fields": .object(common.merging(fields) { $1 }),
    ]).text
  }

  /// Birmingham's records: what crosses is plain, and everything else is a canary.
  private func importBirmingham() async throws {
    let lines = [
      seed(
        "organisation", "org/host",
        [
          "name": .string("The host"), "kind": .string("CANARY-org-kind"), "short_name": .string("CANARY-short"),
          "country": .string("CANARY-country"), "place": .string("CANARY-place"),
        ]),
      seed("topic", "topic/canary", ["name": .string("CANARY-topic")]),
      seed(
        "event", "event/open-day",
        [
          "title": .string("Open day"), "kind": .string("CANARY-kind"), "date": .string("2027-03-04"),
          "date_precision": .string("day"), "audience": .string("CANARY-audience"),
          "summary": .string("CANARY-summary"), "source": .string("CANARY-source"),
          "host_refs": .array([.string("org/host")]), "topic_ref": .string("topic/canary"),
        ]),
    ]
    let file = try workshop.write(lines.joined(separator: "\n") + "\n", to: "birmingham.jsonl")
    try await workshop.hubDone("import", file)
  }

  /// Leeds's centre, which is planned, open or closed.
  private func importLeeds(_ status: String) async throws {
    let centre = seed(
      "research_centre", "rc/choral",
      [
        "name": .string("CHORL"), "status": .string(status), "priority": .string("NIGHTINGALE-priority"),
        "source": .string("NIGHTINGALE-source"),
      ])
    try await leedsDone("import", try workshop.write(centre + "\n", to: "leeds.jsonl"))
  }

  /// Both hubs with their records, Birmingham's served, and an agreement that both have signed and confirmed.
  private func begin(daysLeft: Int = 200) async throws -> ServedHub {
    try await workshop.hubDone("init")
    try await leedsDone("init")
    try await importBirmingham()
    try await importLeeds("planned")
    let hub = try await workshop.serve()
    let code = try #require(try await workshop.hubDone("partner invite", "--name", leedsName)["code"].word)
    try await leedsDone("partner join", hub.url, code, "--name", birminghamName)
    try await sign(text(daysLeft: daysLeft))
    return hub
  }

  private func sign(_ text: String) async throws {
    let file = try workshop.write(text, to: "agreement.yaml")
    try await workshop.hubDone("agreement propose", file, "--with", leedsName)
    try await workshop.hubDone("agreement sign", agreement)
    try await leedsDone("partner sync")
    // What was not read is not signed, and what was not seen is not confirmed.
    #expect(try await leeds("agreement sign", agreement).errorCode == "notShownYet")
    try await leedsDone("agreement show", agreement)
    try await leedsDone("agreement sign", agreement)
    try await leedsDone("partner sync")
    #expect(try await leeds("agreement confirm", agreement).errorCode == "notShownYet")
    try await workshop.hubDone("agreement preview", agreement)
    try await leedsDone("agreement preview", agreement)
    try await workshop.hubDone("agreement confirm", agreement)
    try await leedsDone("agreement confirm", agreement)
  }

  private func received(atLeeds: Bool) async throws -> [JSON] {
    let outcome =
      atLeeds
      ? try await leeds("partner records", birminghamName) : try await workshop.hub("partner records", leedsName)
    try #require(outcome.end == .exit(0), "\(outcome.errors)")
    return outcome.lines.filter { $0["id"].word != nil }
  }

  private func questions(atLeeds: Bool) async throws -> [JSON] {
    let answer = atLeeds ? try await leedsDone("review list") : try await workshop.hubDone("review list")
    return answer["questions"].items.filter { $0["id"].word?.contains("/") == true }
  }

  private func expectNoCanary(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for word in ["CANARY", "topic/canary"] {
      #expect(try workshop.files("leeds", holding: word) == [], "\(word)", sourceLocation: sourceLocation)
    }
    for act in [
      "partner list", "partner status", "agreement show", "review list", "status", "audit", "digest", "member list",
    ] {
      let answer = try await leeds(act)
      #expect(
        !(answer.output + answer.errors).contains("CANARY"), "\(act): \(answer.output)",
        sourceLocation: sourceLocation)
    }
    for act in ["partner status", "partner records"] {
      let answer = try await leeds(act, birminghamName)
      #expect(!answer.output.contains("CANARY"), "\(act)", sourceLocation: sourceLocation)
    }
  }

  // MARK: AS-12

  @Test("two universities share records both ways: what no rule names is in no file and no answer of the other")
  func exactlyWhatIsNamed() async throws {
    let hub = try await begin()
    // Before the first send, somebody sees what would go.
    let preview = try await workshop.hubDone("agreement preview", agreement)
    let event = try #require(preview["kinds"].items.first { $0["kind"].word == "event" })
    #expect(event["crossing"].number == 1)
    #expect(!event["fields"].keys.contains("audience") && event["fields"].keys.contains("title"))
    #expect(!"\(preview)".contains("CANARY-audience") && !"\(preview)".contains("CANARY-kind"))

    try await leedsDone("partner sync")
    #expect(try await received(atLeeds: true).compactMap { $0["title"].word }.sorted() == ["Open day", "The host"])
    #expect(try await received(atLeeds: false).compactMap { $0["title"].word } == ["CHORL"])
    try await expectNoCanary()
    #expect(try workshop.files("hub", holding: "NIGHTINGALE") == [])
    #expect(try !workshop.files("hub", holding: "CANARY-audience").isEmpty, "the canaries are real")

    // Free text crosses once somebody has looked at it, in the words that they gave.
    let look = try #require(try await questions(atLeeds: false).first { $0["id"].word?.hasPrefix("text/") == true })
    try await workshop.hubDone("review settle", look["id"].word ?? "", "edit Everybody is welcome")
    try await leedsDone("partner sync")
    try await expectNoCanary()
    #expect(try !workshop.files("leeds", holding: "Everybody is welcome").isEmpty)

    // Leeds is home for its centre: its change stands, and Birmingham's is a suggestion there.
    try await importLeeds("open")
    let centre = try #require(try await received(atLeeds: false).first?["id"].word)
    try await workshop.hubDone("partner suggest", centre, "name=CHORAL", "--why", "a letter is missing")
    try await leedsDone("partner sync")
    let question = try #require(try await questions(atLeeds: true).first)
    #expect(question["title"].word == "CHORL" && question["question"].word?.contains("a letter is missing") == true)
    try await leedsDone("review settle", question["id"].word ?? "", "take")
    try await leedsDone("partner sync")
    #expect(try await received(atLeeds: false).compactMap { $0["title"].word } == ["CHORAL"])
    let status = try await workshop.hubDone("partner status", leedsName)["partners"][0]
    #expect(status["suggestionsTaken"].number == 1 && status["suggestionsOpen"].number == 0)
    #expect(status["agreements"][0]["given"]["event"].number == 1)
    await hub.stop()
  }

  @Test("a member reads what a partner gave, finds it, and cannot change it")
  func member() async throws {
    let hub = try await begin()
    try await leedsDone("partner sync")
    let served = try await workshop.serve(workshop.file("leeds"))
    let invitation = try await leedsDone(
      "invite", "--member", "staff", "--role", "centre-staff", "--space", "public")
    try await workshop.done("staff", "join", served.url, invitation["code"].word ?? "")
    try await workshop.done("staff", "send")
    let event = try #require(
      try await workshop.done("staff", "record", "list", "event")["records"].items.first {
        $0["title"].word == "Open day" || $0["fields"]["title"].word == "Open day"
      })
    #expect("\(try await workshop.done("staff", "find", "Open day"))".contains("Open day"))
    let set = try await workshop.board("staff", "record", "set", event["id"].word ?? "", "title=Ours")
    #expect(set.end == .exit(65) && set.errorCode == "refused", "\(set.errors)")
    #expect(set.errors.contains("Only the other university can change what it gave."), "\(set.errors)")
    #expect(try await workshop.unsent("staff") == 0)
    #expect(try workshop.files("staff", holding: "CANARY") == [])
    await served.stop()
    await hub.stop()
  }

  // MARK: AS-13

  @Test(
    "both sides are warned before the end", arguments: [(90, false), (60, true), (30, true), (7, true), (0, true)])
  func warned(daysLeft: Int, isWarned: Bool) async throws {
    let hub = try await begin(daysLeft: daysLeft)
    for folder in ["hub", "leeds"] {
      let status = try await workshop.run("board-hub", ["status", "--data", workshop.file(folder), "--json"]).json
      let warned: [JSON] = isWarned ? [.integer(Int64(daysLeft))] : []
      #expect(status["endings"].items.map { $0["daysLeft"] } == warned, "\(folder): \(status)")
      let words = ["agreement", "show", "--data", workshop.file(folder), "--json", agreement]
      let shown = try await workshop.run("board-hub", words).json["agreements"][0]
      #expect(shown["daysLeft"].number == Int64(daysLeft) && shown["atEnd"].word == "delete", "\(folder): \(shown)")
    }
    await hub.stop()
  }

  @Test("at the end both sides clear what they had and certify it, and a renewal brings it once")
  func ends() async throws {
    let hub = try await begin()
    try await leedsDone("partner sync")
    let centre = try #require(try await received(atLeeds: false).first?["id"].word)
    try await workshop.hubDone("partner suggest", centre, "name=CHORAL")
    let early = try await leeds("agreement certificate", agreement)
    #expect(early.end == .exit(0) && early.json["ours"] == .null && early.json["theirs"] == .null)

    try await workshop.hubDone("agreement end", agreement, "--reason", "the project is over")
    try await leedsDone("partner sync")
    try await leedsDone("partner sync")
    for atLeeds in [true, false] { #expect(try await received(atLeeds: atLeeds).isEmpty) }
    for word in ["Open day", "The host"] { #expect(try workshop.files("leeds", holding: word) == [], "\(word)") }
    let ours = try await leedsDone("agreement certificate", agreement)
    let theirs = try await workshop.hubDone("agreement certificate", agreement)
    #expect(ours["ours"]["records"].number == 2 && ours["theirs"]["records"].number == 1, "\(ours)")
    #expect(theirs["theirs"] == ours["ours"] && theirs["ours"] == ours["theirs"])
    #expect(try await leedsDone("agreement show", agreement)["agreements"][0]["ended"].word == "the project is over")
    let again = try await workshop.hub("agreement end", agreement, "--reason", "twice")
    #expect(again.end == .exit(65) && again.errorCode == "badAgreement")

    try await sign(text(version: 2))
    for _ in 0..<2 { try await leedsDone("partner sync") }
    #expect(try await received(atLeeds: true).compactMap { $0["title"].word }.sorted() == ["Open day", "The host"])
    #expect(try await received(atLeeds: false).count == 1)
    try await expectNoCanary()
    await hub.stop()
  }

  // MARK: What goes wrong

  @Test("commands that name nothing, or the wrong thing, say so in plain words under a stable code")
  func mistakes() async throws {
    try await workshop.hubDone("init")
    try await leedsDone("init")
    let hub = try await workshop.serve()
    func expect(_ words: [String], _ code: Int32, _ error: String) async throws {
      let outcome = try await leeds(words[0], Array(words.dropFirst()))
      #expect(outcome.end == .exit(code) && outcome.errorCode == error, "\(words): \(outcome.errors)")
      #expect(outcome.output.isEmpty, "\(words): \(outcome.output)")
      for noise in ["Error(", "PartnerError", "TransportError"] {
        #expect(!outcome.errors.contains(noise), "\(outcome.errors)")
      }
    }
    try await expect(["partner status", "York"], 65, "noSuchPartner")
    try await expect(["partner sync", "York"], 65, "noSuchPartner")
    try await expect(["partner records", "York"], 65, "noSuchPartner")
    try await expect(["agreement show", "york"], 65, "noSuchAgreement")
    try await expect(["agreement sign", "york"], 65, "noSuchAgreement")
    try await expect(["agreement preview", "york"], 65, "noSuchAgreement")
    try await expect(["agreement confirm", "york"], 65, "noSuchAgreement")
    try await expect(["agreement end", "york", "--reason", "over"], 65, "noSuchAgreement")
    try await expect(["agreement certificate", "york"], 65, "noSuchAgreement")
    try await expect(["agreement check", workshop.file("none.yaml"), "--with", "York"], 65, "noSuchFile")
    try await expect(["partner suggest", "x", "name=y"], 65, "noSuchRecord")
    try await expect(["partner suggest", "x", "name"], 64, "usage")
    try await expect(["partner invite"], 64, "usage")
    try await expect(["partner join", hub.url], 64, "usage")
    try await expect(["agreement preview", "york", "--examples", "101"], 64, "usage")
    try await expect(["partner invite", "--name", ""], 64, "badInvitation")

    let name = ["--name", birminghamName]
    try await expect(["partner join", hub.url, "AAAA-AAAA-AAAA-AAAA-AAAA"] + name, 65, "notProved")
    try await expect(["partner join", "http://127.0.0.1:1", "AAAA-AAAA-AAAA-AAAA-AAAA"] + name, 75, "notAnswering")
    try await expect(["partner join", "nowhere", "AAAA-AAAA-AAAA-AAAA-AAAA"] + name, 75, "notAnswering")
    let member = try await workshop.code(for: "chair")
    try await expect(["partner join", hub.url, member] + name, 65, "notProved")
    #expect(try await leedsDone("partner list")["partners"].items.isEmpty)
    // The member's code still opens, and so does the right one.
    try await workshop.done("chair", "join", hub.url, member)
    let code = try #require(try await workshop.hubDone("partner invite", "--name", leedsName)["code"].word)
    let wrong = try await workshop.board("taker", "join", hub.url, code)
    #expect(wrong.end != .exit(0))
    try await leedsDone("partner join", hub.url, code, "--name", birminghamName)
    try await workshop.run(
      "board-hub", ["init", "--data", workshop.file("york"), "--json"]
    ).expectDone()
    let spent = try await workshop.run(
      "board-hub",
      ["partner", "join", "--data", workshop.file("york"), "--json", hub.url, code, "--name", birminghamName])
    #expect(spent.end == .exit(65) && spent.errorCode == "notProved", "\(spent.errors)")

    try await expect(["partner invite", "--name", birminghamName], 64, "memberKnown")
    let bad = try workshop.write(text().replacing("kind: event", with: "kind: evnet"), to: "bad.yaml")
    try await expect(["agreement check", bad, "--with", birminghamName], 65, "badAgreement")
    let late = try await workshop.hub("partner sync", leedsName)
    #expect(late.end == .exit(65) && late.errorCode == "noAddress", "\(late.errors)")
    await hub.stop()
    try await expect(["partner sync"], 75, "notAnswering")
  }

  @Test("a hub killed during exchanges, on either side: everything arrives, and once")
  func killed() async throws {
    var hub = try await begin()
    try await leedsDone("partner sync")
    var random = SplitMix64(seed: 12)
    var aim = Aim(within: try await ContinuousClock().measure { try await leedsDone("partner sync") })
    var cut = 0
    for round in 0..<16 {
      let events = (0..<50).map { number in
        seed("event", "event/\(round)-\(number)", ["title": .string("Event \(round)-\(number)")])
      }
      let file = try workshop.write(events.joined(separator: "\n") + "\n", to: "more.jsonl")
      try await workshop.hubDone("import", file)
      let exchange = try workshop.start(
        "board-hub", ["partner", "sync", "--data", workshop.file("leeds"), "--json"])
      try await Task.sleep(for: aim.next(using: &random))
      if round.isMultiple(of: 2) {
        await hub.crash()
      } else {
        exchange.end(by: SIGKILL)
      }
      let outcome = await exchange.outcome()
      if round.isMultiple(of: 2) { #expect([0, 75].contains(outcome.code), "\(outcome.errors)") }
      aim.correct(wasTooLate: outcome.end == .exit(0))
      if outcome.end != .exit(0) { cut += 1 }
      if round.isMultiple(of: 2) { hub = try await workshop.serve(port: hub.port) }
    }
    #expect(cut > 0, "no kill met an exchange half-way")
    for _ in 0..<2 { try await leedsDone("partner sync") }
    let titles = try await received(atLeeds: true).compactMap { $0["title"].word }.filter { $0.hasPrefix("Event ") }
    #expect(titles.count == 800 && Set(titles).count == 800, "\(titles.count)")
    #expect(try await received(atLeeds: false).compactMap { $0["title"].word } == ["CHORL"])
    try await expectNoCanary()
    let status = try await leedsDone("partner status", birminghamName)["partners"][0]
    #expect(status["agreements"][0]["confirmed"] == .bool(true))
    await hub.stop()
  }

  @Test("two hubs that are both served exchange by themselves")
  func bothServed() async throws {
    let hub = try await begin()
    let served = try await workshop.serve(workshop.file("leeds"))
    let end = ContinuousClock.now + .seconds(120)
    while try await received(atLeeds: true).count < 2, ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(200))
    }
    #expect(try await received(atLeeds: true).count == 2)
    #expect(try await received(atLeeds: false).count == 1)
    await served.stop()
    await hub.stop()
    #expect(hub.program.errors.isEmpty && served.program.errors.isEmpty, "\(hub.program.errors)")
  }
}

extension Outcome {
  fileprivate func expectDone() { #expect(end == .exit(0), "\(errors)") }
}
