// A failing plan of a hundred steps tells nobody anything; the three steps of it that matter do. Steps are left out, in
// ever smaller runs of them, for as long as the plan still fails (Zeller, Hildebrandt: "Simplifying and Isolating
// Failure-Inducing Input", 2002).

/// Makes failing plans small.
package enum Shrinker {
  /// - Parameters:
  ///   - runsMax: The most tries; a plan that is still long then is given back as it is.
  ///   - fails: Whether a plan fails as the first one did.
  package static func shrink(_ plan: Plan, runsMax: Int = 400, fails: (Plan) async throws -> Bool) async throws -> Plan
  {
    var plan = plan
    var runs = 0
    var chunk = max(1, plan.steps.count / 2)
    while chunk >= 1, runs < runsMax {
      var start = 0
      var isSmaller = false
      while start < plan.steps.count, runs < runsMax {
        var shorter = plan
        shorter.steps.removeSubrange(start..<min(start + chunk, shorter.steps.count))
        runs += 1
        if try await fails(shorter) {
          plan = shorter
          isSmaller = true
        } else {
          start += chunk
        }
      }
      if chunk == 1, !isSmaller { break }
      chunk = max(1, chunk / 2)
    }
    return plan
  }
}
