// The pages are held to the sources: whatever they link to or name in code marks is there.

import Foundation
import Testing

@Suite("Pages")
struct PageTests {
  @Test("every link leads to an existing file and heading")
  func links() throws {
    for page in try Page.all() {
      let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
      for link in page.links {
        let path = link.path.isEmpty ? page.path : URL(filePath: folder + "/" + link.path, relativeTo: project).path
        let target = path.hasPrefix("/") ? path.replacing(project.path + "/", with: "") : path
        #expect(exists(target), "\(page): \(link.path)")
        if let heading = link.heading { #expect(try Page(target).anchors.contains(heading), "\(page): #\(heading)") }
      }
    }
  }

  @Test("every path in code marks exists")
  func paths() throws {
    let roots = ["Shared", "Server", "Client", "Sources", "Tests", "Docs", "Scripts"]
    for page in try Page.all() {
      for mark in page.marks {
        var path = String(mark.prefix { $0 != " " })
        guard path.contains("/"), roots.contains(String(path.prefix { $0 != "/" })) else { continue }
        if let star = path.firstIndex(of: "*") { path = String(path[..<star].prefix { $0 != "*" }) }
        #expect(exists(path), "\(page): \(mark)")
      }
    }
  }

  @Test("every test in code marks exists: Target/Suite, Suite.test or both")
  func tests() throws {
    let sources = try SourceFile.tests()
    for page in try Page.all() {
      for mark in page.marks {
        guard let match = mark.wholeMatch(of: /(?:(\w+)\/)?(\w+)(?:\.(\w+))?/) else { continue }
        let (target, suite, test) = (match.1.map(String.init), String(match.2), match.3.map(String.init))
        let isSuite = suite.wholeMatch(of: /\w+(Tests|Rig|Stories|Laws|Worlds)/) != nil
        guard target.map({ exists("Tests/" + $0) }) ?? isSuite else { continue }
        if target == nil, test == nil, exists("Tests/" + suite) { continue }
        let files = sources.filter { file in
          file.types.contains(suite) && target.map { file.path.hasPrefix("Tests/\($0)/") } ?? true
        }
        #expect(!files.isEmpty, "\(page): \(mark)")
        if let test { #expect(files.contains { $0.members.contains(test) }, "\(page): \(mark)") }
      }
    }
  }

  @Test("every file and identifier in code marks exists")
  func names() throws {
    let sources = try SourceFile.product() + SourceFile.tests()
    let (types, members) = (Set(sources.flatMap(\.types)), Set(sources.flatMap(\.members)))
    let identifiers = sources.reduce(into: Set<String>()) { $0.formUnion($1.identifiers) }
    let fileNames = Set(sources.map(\.name))
    for page in try Page.all() {
      for mark in page.marks where !mark.hasPrefix("Package.") {
        let isThere =
          if mark.hasSuffix(".swift"), !mark.contains("/") {
            fileNames.contains(mark)
          } else if let match = mark.wholeMatch(of: /([A-Z]\w*)\.([a-z]\w*)/), match.2 != "md" {
            types.contains(String(match.1)) && members.contains(String(match.2))
          } else if mark.wholeMatch(of: /[A-Za-z][a-z0-9]+[A-Z]\w*/) != nil {
            identifiers.contains(mark) || fileNames.contains(mark + ".swift") || exists("Tests/" + mark)
          } else {
            true
          }
        #expect(isThere, "\(page): \(mark)")
      }
    }
  }

  @Test("P17: the README and the help say where a copy is kept and how to have two, as the program looks for it")
  func homes() throws {
    let marks = try Set(Page("README.md").marks)
    #expect(marks.isSuperset(of: ["--home FOLDER", "$BOARD_HOME", "~/.local/share/board"]), "\(marks)")
    let source = try text(of: "Client/BoardTerminal/HomeFolder.swift")
    #expect(source.contains(#"value("BOARD_HOME")"#) && source.contains("/.local/share/board"))
    let help = try text(of: "Client/BoardTerminal/Wording/Wording.swift")
    let words = ["'board --home FOLDER'", "BOARD_HOME", ".local/share/board"]
    for word in words { #expect(help.contains(word), "\(word)") }
  }

  @Test("every decision stands in the index, with its number, title, status and date")
  func decisions() throws {
    let index = try Page("Docs/decisions/README.md")
    let linked = Set(index.links.map(\.path))
    for file in try files(below: "Docs/decisions", endingIn: ".md") where !file.hasSuffix("README.md") {
      #expect(linked.contains(String(file.split(separator: "/").last!)), "\(file)")
    }
    for row in index.rows().dropFirst() {
      #expect(row.count == 4 && row[3].wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil, "\(row)")
    }
  }
}
