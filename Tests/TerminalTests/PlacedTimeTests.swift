// Times with their places, through every change of summer time.

import BoardTerminal
import Foundation
import Replication
import SafeText
import Testing

@Suite("Times with their places")
struct PlacedTimeTests {
  private static func offset(of zone: String, at time: Timestamp) -> Int64? {
    TimeZone(identifier: zone).map {
      Int64($0.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)))
    }
  }

  @Test(
    "a webinar at half past ten in London is at another hour for Hamilton after its clocks moved, and before London's do",
    arguments: [
      ("2027-03-04", "America/Toronto", "10:30am UK time, 5:30am in Toronto"),
      ("2027-03-18", "America/Toronto", "10:30am UK time, 6:30am in Toronto"),
      ("2027-04-01", "America/Toronto", "10:30am UK time, 5:30am in Toronto"),
      ("2027-03-04", "Australia/Melbourne", "10:30am UK time, 9:30pm in Melbourne"),
      ("2027-04-01", "Australia/Melbourne", "10:30am UK time, 8:30pm in Melbourne"),
      ("2027-03-04", "Europe/London", "10:30am UK time"),
      ("2027-03-04", "Europe/Lisbon", "10:30am UK time"),
      ("2027-07-01", "Pacific/Kiritimati", "10:30am UK time, 11:30pm in Kiritimati"),
    ])
  func webinar(date: String, local: String, words: String) {
    let text = TerminalText(time: "10:30 Europe/London", on: date, local: local, offset: Self.offset)
    #expect(text.description == words)
  }

  @Test("a time that is on another day where the reader is says so")
  func anotherDay() {
    let text = TerminalText(
      time: "18:00 Europe/London", on: "2027-03-04", local: "Australia/Melbourne", offset: Self.offset)
    #expect(text.description == "6:00pm UK time, 5:00am on Friday 5 March 2027 in Melbourne")
  }

  @Test("a time keeps its place where its day or its time zone is not known")
  func unknown() {
    func words(_ time: String, _ date: String?) -> String {
      TerminalText(time: time, on: date, local: "America/Toronto", offset: Self.offset).description
    }
    #expect(words("10:30 Europe/London", nil) == "10:30 in London")
    #expect(words("10:30 Europe/London", "2027-spring") == "10:30 in London")
    #expect(words("10:30 Moon/Base_One", "2027-03-04") == "10:30am Base One time")
    #expect(words("half past ten", "2027-03-04") == "half past ten")
  }

  @Test(
    "a time without a place is no time",
    arguments: [
      "10:30", "10:30 ", "1:30 Europe/London", "24:00 Europe/London", "10:60 Europe/London", "10:30 London",
      "10:30 europe/london", "10:30  Europe/London", "10:30 Europe/", "10:30 Europe/London/a/b", "10.30 Europe/London",
    ])
  func notATime(text: String) {
    #expect(!text.isTimeWithPlace)
  }

  @Test(
    "times of every place of the tz database are times",
    arguments: ["Europe/London", "America/Port-au-Prince", "America/Argentina/Buenos_Aires"])
  func aTime(zone: String) {
    #expect("23:59 \(zone)".isTimeWithPlace)
  }
}
