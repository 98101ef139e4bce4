// Words for files and pages: whoever wrote them, they run nothing and hide nothing.

import SafeText
import Testing

@Suite("Fields and pages")
struct SafeTextTests {
  @Test(
    "a field that a spreadsheet would run is text to it",
    arguments: ["=1+1", "+44 121", "-2", "@SUM(A1)", "=HYPERLINK(\"http://x\")"])
  func formulas(words: String) {
    #expect(CSVField(words: words).description.hasPrefix("\"'"))
    #expect(!CSVField(words: " \(words)").description.hasPrefix("\"'"), "only at the start is it a formula")
  }

  @Test("a tab or a return at the start is made visible, so no formula hides behind it")
  func hiddenFormulas() {
    #expect(CSVField(words: "\t=1").description == "\"‹U+0009›=1\"")
    #expect(CSVField(words: "plain").description == "\"plain\"")
  }

  @Test("quotation marks and line breaks end no field and no row")
  func quotes() {
    #expect(CSVField(words: "say \"yes\", then\ngo").description == "\"say \"\"yes\"\", then\r\ngo\"")
  }

  @Test("markup in anybody's words is no markup in a page")
  func markup() {
    #expect(
      HTMLText(words: "<script>alert('&')</script> \"x\"").description
        == "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt; &quot;x&quot;")
  }

  @Test(
    "what steers a screen or turns a line round is shown in both",
    arguments: ["\u{1b}[2J", "\u{202e}abc", "\u{7f}", "\u{9b}"])
  func invisible(words: String) {
    for shown in [CSVField(words: words).description, HTMLText(words: words).description] {
      #expect(shown.contains("‹U+") && !shown.unicodeScalars.contains { $0 == words.unicodeScalars.first })
    }
  }
}
