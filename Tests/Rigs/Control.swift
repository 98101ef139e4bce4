// Something wrong on purpose, run through a rig as the product is and judged by the same checks. A rig whose checks do
// not see it is blind, and its test fails.

import Foundation
import ProgramKit
import Testing

/// What is wrong with the programs that stand in for the product; `wrong-programs.py` says more of each.
enum Fault: String {
  case receiptFirst = "receipt-first"
  case answerFirst = "answer-first"
  case takesTwice = "takes-twice"
  case clockDecides = "clock-decides"

  /// The command that stands in for the product.
  var programs: [String] {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("wrong-programs.py")
    return ["/usr/bin/python3", source.path, rawValue]
  }

  /// Runs a rig over wrong programs; whatever of theirs its checks find is expected, and to find nothing is a failure.
  ///
  /// - Parameter finding: A word that is in what the checks say of this fault; any other complaint is one about the rig.
  func mustShow<Found>(_ finding: String, _ rig: () async throws -> Found) async throws -> Found {
    var found: Found?
    try await withKnownIssue("the control, \(rawValue)") {
      found = try await rig()
    } matching: { issue in
      issue.comments.contains { $0.rawValue.contains(finding) }
    }
    return try #require(found)
  }
}
