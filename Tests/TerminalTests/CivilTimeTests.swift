// Dates in plain words.

import BoardTerminal
import Replication
import SafeText
import Testing

@Suite("Dates and times")
struct CivilTimeTests {
  @Test(
    "a moment is said in words, at the clocks of this place",
    arguments: [
      (1_795_516_920_000, 0, "10:42am on Tuesday 24 November 2026"),
      (1_795_516_920_000, 39_600, "9:42pm on Tuesday 24 November 2026"),
      (1_795_516_920_000, -39_600, "11:42pm on Monday 23 November 2026"),
      (0, 0, "12:00am on Thursday 1 January 1970"),
      (-1, 0, "11:59pm on Wednesday 31 December 1969"),
      (951_825_600_123, 0, "12:00pm on Tuesday 29 February 2000"),
      (4_107_542_399_999, 0, "11:59pm on Sunday 28 February 2100"),
    ] as [(Int64, Int64, String)])
  func moments(milliseconds: Int64, offset: Int64, words: String) {
    let time = Timestamp(milliseconds: milliseconds)
    #expect(CivilTime(time, offset: offset).inWords.description == words)
  }

  @Test("no clock, however wrong, stops the program", arguments: [Int64.min, Int64.max, -1_000, 9_999_999_999_999_999])
  func wrongClocks(milliseconds: Int64) {
    let time = Timestamp(milliseconds: milliseconds)
    #expect(!CivilTime(time, offset: 0).inWords.isEmpty)
    #expect(time.iso8601.hasSuffix("Z"))
  }

  @Test(
    "scripts get a moment in UTC, before 1970 and beyond four digits too",
    arguments: [
      (1_795_516_920_999, "2026-11-24T10:42:00Z"), (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
      (253_402_300_800_000, "10000-01-01T00:00:00Z"), (-62_167_219_200_001, "-0001-12-31T23:59:59Z"),
    ] as [(Int64, String)])
  func utc(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
  }

  @Test("every day of a hundred and sixty years is its own number's day")
  func roundTrip() {
    for number in Int64(-29_220)...29_220 {
      let day = CivilDay(number: number)
      #expect(day.number == number)
    }
  }

  @Test(
    "a date is said as far as it is known",
    arguments: [
      ("2026-12-10", "Thursday 10 December 2026"), ("2026-12", "December 2026"), ("2022-autumn", "autumn 2022"),
      ("2026", "2026"), ("2026-02-30", "2026-02-30"), ("soon", "soon"), ("2026-13", "2026-13"),
    ])
  func dates(date: String, words: String) {
    #expect(TerminalText(date: date).description == words)
  }
}
