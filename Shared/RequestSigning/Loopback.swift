// The one place where bytes may travel in the clear: this very computer. Everywhere else a hub is reached by TLS alone.

/// Whether a host, as typed, can only be this computer: `localhost`, `127.0.0.1` and its like, `::1`.
package func isLoopback(_ host: some StringProtocol) -> Bool {
  let host = host.lowercased()
  if ["localhost", "::1", "[::1]"].contains(host) { return true }
  let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
  return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
}
