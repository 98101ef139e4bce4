// A plain TCP or Unix connection, and what came back on it, for requests no HTTP client would make. Its calls block, so they
// run on threads that may.

import Foundation
import Glibc
import JSONText

/// A connection; closed with the value.
final class RawConnection: Sendable {
  private let descriptor: Int32

  /// - Parameters:
  ///   - host: The last number of the own address, 127.0.0.x.
  ///   - receivedBytesMax: How many bytes the system takes before they are read; `nil` for as many as it likes.
  init(port: Int, from host: UInt32 = 1, receivedBytesMax: Int32? = nil) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
    descriptor = try Self.connected(AF_INET, from: host, to: &address, receivedBytesMax: receivedBytesMax)
  }

  init(socket path: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    descriptor = try Self.connected(AF_UNIX, to: &address)
  }

  private static func connected<Address>(
    _ family: Int32, from host: UInt32 = 1, to address: inout Address, receivedBytesMax: Int32? = nil
  ) throws -> Int32 {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    if host != 1 {
      var own = sockaddr_in()
      own.sin_family = sa_family_t(AF_INET)
      own.sin_addr = in_addr(s_addr: (0x7f00_0000 | host).bigEndian)
      _ = withUnsafePointer(to: &own) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    if var bytes = receivedBytesMax {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    var time = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    return descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Sends what the other end still takes.
  ///
  /// - Returns: False where it has closed the connection.
  @discardableResult
  func send(_ bytes: [UInt8]) async -> Bool {
    await blocking {
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.send(self.descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }

  /// Says that nothing more will come.
  func finishSending() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// The first answer whole, or what came before the connection was closed.
  func answer() async -> RawAnswer {
    await blocking {
      var answer = RawAnswer(bytes: [], isClosed: false)
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while !answer.isWhole {
        let count = recv(self.descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return RawAnswer(bytes: answer.bytes, isClosed: count == 0 || errno == ECONNRESET) }
        answer = RawAnswer(bytes: answer.bytes + buffer[..<count], isClosed: false)
      }
      return answer
    }
  }

  /// Reads what is there, once something is.
  ///
  /// - Returns: How many bytes; 0 or less where the other end has closed the connection, or is silent for twenty seconds.
  func read(bytesMax: Int) async -> Int {
    await blocking {
      var buffer = [UInt8](repeating: 0, count: bytesMax)
      return recv(self.descriptor, &buffer, bytesMax, 0)
    }
  }

  /// Waits until the other end closes the connection, whatever it says before.
  ///
  /// - Returns: False where it was silent for twenty seconds instead.
  func isClosedAtLast() async -> Bool {
    await blocking {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = recv(self.descriptor, &buffer, buffer.count, 0)
        if count <= 0 { return count == 0 || errno == ECONNRESET }
      }
    }
  }

  private func blocking<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: work()) }
    }
  }
}

/// The bytes that came back.
struct RawAnswer: Sendable {
  let bytes: [UInt8]
  /// True if the other end closed the connection before the answer was whole.
  let isClosed: Bool

  private var parts: (head: [String], body: [UInt8])? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
    return (head.split(separator: "\r\n").map(String.init), Array(bytes[end.upperBound...]))
  }

  /// The body as sent.
  var body: [UInt8] { parts?.body ?? [] }

  var status: Int? { parts?.head.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } }

  func header(_ name: String) -> String? {
    parts?.head.dropFirst().first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }

  var isWhole: Bool {
    guard let parts else { return false }
    return parts.body.count >= header("Content-Length").flatMap(Int.init) ?? 0
  }

  /// The `code` of a problem document whose status is the answer's; `nil` for anything else.
  var problem: String? {
    guard let members = document, let status, members["status"] == .integer(Int64(status)),
      case .string(let code)? = members["code"],
      Set(members.keys)
        == Set(["type", "title", "status", "code", "detail"] + (code == "clock" ? ["time", "nonce"] : []))
    else { return nil }
    return code
  }

  /// A member of a problem document.
  func member(_ name: String) -> JSON? { document?[name] }

  private var document: [String: JSON]? {
    guard header("Content-Type") == "application/problem+json", let parts else { return nil }
    do throws(JSONError) {
      guard case .object(let members) = try JSON(parsing: parts.body) else { return nil }
      return members
    } catch { return nil }
  }
}

/// A request as bytes.
func request(
  _ method: String, _ path: String, _ headers: [(String, String)] = [], _ body: [UInt8] = [], length: Int? = nil
) -> [UInt8] {
  let fields = [("Host", "hub"), ("Content-Length", String(length ?? body.count))] + headers
  let head = fields.reduce("\(method) \(path) HTTP/1.1\r\n") { $0 + "\($1.0): \($1.1)\r\n" }
  return Array((head + "\r\n").utf8) + body
}

/// A request whose body comes in chunks and never says how long it is.
func chunked(
  _ method: String, _ path: String, _ headers: [(String, String)] = [], chunks: [[UInt8]], isFinished: Bool = true
) -> [UInt8] {
  let fields = [("Host", "hub"), ("Transfer-Encoding", "chunked")] + headers
  let head = fields.reduce("\(method) \(path) HTTP/1.1\r\n") { $0 + "\($1.0): \($1.1)\r\n" }
  let body = chunks.flatMap { Array((String($0.count, radix: 16) + "\r\n").utf8) + $0 + Array("\r\n".utf8) }
  return Array((head + "\r\n").utf8) + body + Array((isFinished ? "0\r\n\r\n" : "").utf8)
}
