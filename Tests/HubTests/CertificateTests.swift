// A certificate that ends is warned about before members notice.

import HubAdministration
import HubTerminal
import Replication
import SafeText
import TestKit
import Testing

@Suite("The hub's certificate")
struct CertificateTests {
  private let day: Int64 = 86_400_000

  @Test("status warns before a certificate's end, after it, and before its beginning, and of no other")
  func warnings() throws {
    let clock = ManualClock(milliseconds: 1_000 * day)
    let hub = try TestHub(clock: clock)
    for (begins, ends, warning) in [
      (900, 1_100, nil), (900, 1_010, "in 10 days"), (900, 1_000, "ended at"), (900, 990, "ended at"),
      (1_001, 1_100, "begins at"),
    ] as [(Int64, Int64, String?)] {
      let validity = CertificateValidity(
        begins: Timestamp(milliseconds: begins * day), ends: Timestamp(milliseconds: ends * day))
      try CertificateValidity.remember(validity, in: hub.store)
      let lines = try hub.administration.run(.status).lines.map(\.description).filter { $0.contains("certificate") }
      #expect(lines.count == (warning == nil ? 0 : 1) && lines.first?.contains(warning ?? "") != false, "\(lines)")
    }
    try CertificateValidity.remember(nil, in: hub.store)
    #expect(try hub.administration.run(.status).certificate == nil)
  }
}
