// Every backend is held to the store contract.

import StoreConformance
import Testing

@Suite("The store contract")
struct StoreConformanceTests {
  @Test("each backend keeps every promise", arguments: [.inMemory, .sqlite] as [StoreBackend], StorePromise.all)
  func keeps(_ backend: StoreBackend, _ promise: StorePromise) throws { try backend.keep(promise) }
}
