// The loopback exception: bytes travel in the clear only within one computer. Everywhere else a hub is reached by TLS
// alone.

/// Tests whether a host, as typed, can only be this computer: `localhost`, any `127.x.y.z`, `::1`.
package func isLoopback(_ host: some StringProtocol) -> Bool {
  let host = host.lowercased()
  if ["localhost", "::1", "[::1]"].contains(host) { return true }
  let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
  return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
}
