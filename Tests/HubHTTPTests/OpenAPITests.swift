// The hub's description of itself is held against the hub: its routes, its words for programs, and its bytes. Whether
// the answers are as described is for ProgramTests, where Schemathesis asks.

import AsyncHTTPClient
import Foundation
import HubHTTP
import Hummingbird
import JSONText
import NIOCore
import NIOHTTP1
import SyncHub
import TestKit
import Testing

@Suite("The hub's description", .timeLimit(.minutes(5)))
struct OpenAPITests {
  private static let file = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Server/HubHTTP/openapi.json")

  private let description: JSON

  init() throws {
    description = try JSON(parsing: Array(Data(contentsOf: Self.file)))
  }

  @Test("every route of the hub is described, and no other")
  func routes() throws {
    let hub = try TestHub()
    let router = HubRoutes(hub: hub.hub, clock: hub.clock.read, limits: ServerLimits()).router()
    let described = description["paths"].members.flatMap { path, methods in
      methods.members.keys.map { "\($0.uppercased()) \(path)" }
    }
    #expect(Set(described) == Set(router.routes.map { "\($0.method) \($0.path)" }))
  }

  @Test("every word for programs that a principal can be answered is described, with its status, and no other")
  func problems() {
    let components = description["components"]
    let ofVisitors = Set(ProblemCode.allCases).subtracting([.badAct])
    let words = components["schemas"]["Problem"]["properties"]["code"]["enum"].words
    #expect(words == words.sorted() && Set(words) == Set(ofVisitors.map(\.rawValue)))
    var answered: Set<ProblemCode> = []
    for (name, answer) in components["responses"].members {
      let properties = answer["content"]["application/problem+json"]["schema"]["properties"]
      for code in properties["code"]["enum"].words.compactMap(ProblemCode.init(rawValue:)) {
        #expect(properties["status"]["const"] == .integer(Int64(code.status.code)), "\(name): \(code)")
        answered.insert(code)
      }
    }
    #expect(answered == ofVisitors)
  }

  @Test("an answer stands under its own status, in every route")
  func statuses() {
    let answers = description["components"]["responses"]
    for (path, methods) in description["paths"].members {
      for (status, answer) in methods.members.values.flatMap({ $0["responses"].members }) where status != "200" {
        let name = answer["$ref"].word.split(separator: "/").last.map(String.init) ?? ""
        let schema = answers[name]["content"]["application/problem+json"]["schema"]
        #expect(schema["properties"]["status"]["const"] == .integer(Int64(status) ?? 0), "\(path) \(status) \(name)")
      }
    }
  }

  @Test("a hub serves the description byte for byte")
  func served() async throws {
    try await LoopbackHub.open { door in
      let question = HTTPClientRequest(url: door.url + "/v1/openapi.json")
      let response = try await HTTPClient.shared.execute(question, timeout: .seconds(10))
      let body = try await response.body.collect(upTo: 1 << 20)
      #expect(response.status == .ok && response.headers["Content-Type"] == ["application/json"])
      #expect(Data(body.readableBytesView) == (try Data(contentsOf: Self.file)))
    }
  }
}

extension JSON {
  fileprivate subscript(name: String) -> JSON { members[name] ?? .null }
  fileprivate var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
  fileprivate var word: String { if case .string(let word) = self { word } else { "" } }
  fileprivate var words: [String] { if case .array(let items) = self { items.map(\.word) } else { [] } }
}
