// What reaches a screen can never steer it, whoever wrote it.

import BoardTerminal
import SafeText
import Testing

@Suite("Text on the screen")
struct TerminalTextTests {
  @Test(
    "a character that steers a terminal, hides or turns text is shown by its number",
    arguments: [
      ("\u{1b}", "‹U+001B›"), ("\u{7}", "‹U+0007›"), ("\t", "‹U+0009›"), ("\r", "‹U+000D›"), ("\u{7f}", "‹U+007F›"),
      ("\u{9b}", "‹U+009B›"), ("\u{85}", "‹U+0085›"), ("\u{202e}", "‹U+202E›"), ("\u{2066}", "‹U+2066›"),
      ("\u{2069}", "‹U+2069›"), ("\u{200e}", "‹U+200E›"), ("\u{61c}", "‹U+061C›"), ("\u{200b}", "‹U+200B›"),
      ("\u{feff}", "‹U+FEFF›"), ("\u{ad}", "‹U+00AD›"), ("\u{2028}", "‹U+2028›"), ("\u{2029}", "‹U+2029›"),
      ("\u{e0041}", "‹U+E0041›"), ("\n", "‹U+000A›"),
    ])
  func steering(raw: String, shown: String) {
    #expect(TerminalText(words: "a\(raw)b").description == "a\(shown)b")
    let interpolated: TerminalText = "a\(raw)b"
    #expect(interpolated.description == "a\(shown)b")
  }

  @Test("every control character of every block is shown, and no line holds a line break")
  func everyControl() {
    for value in (UInt32(0)..<0x20).map({ $0 }) + (0x7f...0x9f) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = TerminalText(words: String(Character(scalar)))
      #expect(text.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
    }
  }

  @Test("a carriage return before a line break cannot slip through as one character")
  func carriageReturn() {
    #expect(TerminalText(words: "a\r\nb").description == "a‹U+000D›‹U+000A›b")
    #expect(TerminalText.lines(of: "a\r\nb\nc").map(\.description) == ["a", "b", "c"])
    #expect(TerminalText.lines(of: "a\rb").map(\.description) == ["a‹U+000D›b"])
    #expect(TerminalText.lines(of: "").map(\.description) == [""])
  }

  @Test(
    "words of every script are shown as they are written",
    arguments: ["The note taker", "Siân Ó Néill", "نیم‌فاصله", "क्‍ष", "👩‍👩‍👧", "会議", "‘quoted’ – dashed…"])
  func scripts(words: String) {
    #expect(TerminalText(words: words).description == words)
  }

  @Test("a sentence ends with one full stop")
  func sentence() {
    #expect(TerminalText(words: "Do it").sentence == "Do it.")
    #expect(TerminalText(words: "Do it.").sentence == "Do it.")
    #expect(TerminalText(words: "Really?").sentence == "Really?")
  }
}
