// The store contract as promises. Every backend is held to all of them; what no promise says, no caller may use.
//
// A test target holds a backend to the contract with one test:
//
//   @Test("keeps the contract", arguments: StorePromise.all)
//   func keeps(_ promise: StorePromise) throws { try StoreBackend.sqlite.keep(promise) }

package import Replication
internal import TestKit
internal import Testing

/// One promise of the store contract.
package struct StorePromise: Sendable, CustomTestStringConvertible {
  package let testDescription: String
  /// Checks the promise on an empty store, with expectations of the running test.
  fileprivate let check: @Sendable (any ReplicaStore) throws -> Void

  /// Creates a promise that is checked on an empty store.
  init(ofEmptyStore description: String, _ check: @escaping @Sendable (any ReplicaStore) throws -> Void) {
    testDescription = description
    self.check = check
  }

  /// Creates a promise that is checked on a store with one space, called "Board".
  init(_ description: String, _ check: @escaping @Sendable (any ReplicaStore) throws -> Void) {
    self.init(ofEmptyStore: description) { store in
      try store.write { try $0.put(Space(id: board, name: "Board")) }
      try check(store)
    }
  }

  /// The whole contract.
  package static let all =
    transactions + commits + localState + spaces + records + lists + logs + rescueBox + comparisons
}

/// A make of store to be held to the contract.
package struct StoreBackend: Sendable, CustomTestStringConvertible {
  package let testDescription: String
  private let withStore: @Sendable ((any ReplicaStore) throws -> Void) throws -> Void

  /// - Parameter withStore: Calls its body once, with a new and empty store.
  package init(_ name: String, withStore: @escaping @Sendable ((any ReplicaStore) throws -> Void) throws -> Void) {
    testDescription = name
    self.withStore = withStore
  }

  /// Checks a promise on a new store.
  package func keep(_ promise: StorePromise) throws { try withStore(promise.check) }

  /// The in-memory store of the tests, with which every other is compared.
  package static let inMemory = StoreBackend("the in-memory store") { try $0(InMemoryStore()) }
}
