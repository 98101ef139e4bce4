// A plain TCP line to a hub on this machine, for what no honest client would do.

import Foundation
import Glibc

/// A connection; closed with the value.
final class Wire: Sendable {
  private let descriptor: Int32

  /// - Throws: Where nobody listens.
  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
    let descriptor = descriptor
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // Closed by `deinit`, which runs after a failed initialiser too once every property has its value.
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  func close() {
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  deinit {
    Glibc.close(descriptor)
  }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
  }

  /// Everything until the other end closes or pauses for ten seconds.
  func answer() async throws -> String {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [self] in
        var time = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { all += buffer[..<count] }
        continuation.resume(returning: String(decoding: all, as: UTF8.self))
      }
    }
  }
}
