// What two hubs write for each other, with fixed names and times.

import Cryptography
import PartnerExchange
import Replication

let introduction = Introduction(
  hub: hub, sealing: SealingKey(secret: (1...32).map { UInt8($0) })!.publicKey, model: "version: 2\n")

/// The turn to which the golden replies are.
let knownTurn = Turn.answer([0x00, 0xff]).encoded

/// Between `hub`, whose key everybody knows, and `otherHub`, whose key is the device's.
let knownAgreement = Agreement(
  id: "birmingham-leeds", version: 2,
  parties: [
    Agreement.Party(
      hub: hub, key: knownKey.publicKey, name: "University of Birmingham", country: "United Kingdom", role: .sole),
    Agreement.Party(
      hub: otherHub, key: deviceKey.publicKey, name: "Café University", country: "Canada", role: .joint,
      safeguard: "Standard clauses"),
  ],
  purpose: "Show each other's public events", basis: "Public task", from: CivilDay("2026-09-01")!,
  to: CivilDay("2027-07-31")!, atEnd: .delete, retention: "As long as the agreement is in force",
  rules: [
    Agreement.Rule(
      giver: 0, kind: "event", space: "public", conditions: [Agreement.Condition(field: "kind", word: "seminar")],
      fields: ["title", "date"], freeText: ["summary"], suggested: ["date"]),
    Agreement.Rule(giver: 1, kind: "organisation", space: "public", fields: ["name"]),
  ])

let knownEnding = Ending(of: digest(0x44), by: hub, at: time, reason: "over", signedWith: knownKey)
