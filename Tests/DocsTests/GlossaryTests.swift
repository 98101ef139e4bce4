// One word for each idea: the glossary's words are types that are there, and its retired words do not come back.

import Testing

@Suite("Glossary")
struct GlossaryTests {
  private let page: Page

  init() throws {
    page = try Page("Docs/glossary.md")
  }

  @Test("no retired word is an identifier of the product")
  func retired() throws {
    let retired = page.rows(under: "Retired words").dropFirst().flatMap { Page.words(in: $0[0]) }
    #expect(retired.count > 30)
    for file in try SourceFile.product() {
      for word in retired { #expect(!file.identifiers.contains(word), "\(file.path): \(word)") }
    }
  }

  @Test("every word appears once and names types of the product")
  func words() throws {
    let rows = ["Records and changes", "Sync"].flatMap { page.rows(under: $0).dropFirst() }
    #expect(rows.count > 30)
    #expect(Set(rows.map { $0[0] }).count == rows.count)
    let types = Set(try SourceFile.product().flatMap(\.types))
    for row in rows {
      let named = Page.words(in: row[2])
      #expect(!named.isEmpty, "\(row[0])")
      for type in named { #expect(types.contains(type), "\(row[0]): \(type)") }
    }
  }
}
