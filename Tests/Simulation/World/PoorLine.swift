// A line that is slow and soon breaks: it never heals, so whatever needs more of it at a time than it carries never
// arrives. Neither side minds how long an exchange takes while bytes move (`RequestDeadline`, `HTTPTransport`).

internal import SyncProtocol

/// What a poor line does to one request and its answer.
struct PoorLine {
  /// The longest that a hub waits for the end of a request, in milliseconds.
  private static let requestMilliseconds: Int64 = 120_000
  /// The fewest bytes a second at which a hub goes on reading and answering: 4 KiB in 20 s.
  private static let pace = 205
  /// How long a program waits on a line on which nothing moves, in milliseconds.
  private static let idleMilliseconds: Int64 = 60_000

  /// The bytes that it carries until it breaks, request and answer together.
  let bytesMax: Int
  let bytesPerSecond: Int

  /// How long it takes to carry so much.
  func milliseconds(for bytes: Int) -> Int64 {
    bytesPerSecond == 0 ? 0 : Int64(bytes) * 1_000 / Int64(bytesPerSecond)
  }

  /// Whether it carries a request.
  func carries(request: Int) -> Bool {
    request <= bytesMax && keepsPace && milliseconds(for: request) <= Self.requestMilliseconds
  }

  private var keepsPace: Bool { bytesPerSecond == 0 || bytesPerSecond >= Self.pace }

  /// How long a program waits for all of an answer, in milliseconds.
  var patience: Int64 { milliseconds(for: bytesMax) + Self.idleMilliseconds }

  /// Whether it carries an answer to that request as well, before it breaks or the hub ends it.
  func carries(answer: Int, to request: Int) -> Bool {
    request + answer <= bytesMax && keepsPace
  }
}

extension World {
  /// The poor line of a device; `nil` for a good one.
  func poorLine(of device: DeviceNode) -> PoorLine? {
    guard device.hasPoorLine else { return nil }
    return PoorLine(bytesMax: plan.setting.lineBytes, bytesPerSecond: plan.setting.bytesPerSecond)
  }

  /// Puts an answer on its way over a poor line.
  func carry(_ exchange: Exchange, _ result: Result<[UInt8], TransportError>, over line: PoorLine, in way: Int64) {
    guard case .success(let bytes) = result else { return schedule(.answer(exchange, result), in: way) }
    guard !line.carries(answer: bytes.count, to: exchange.request.count) else {
      exchange.device.tooMuch = nil
      return schedule(.answer(exchange, result), in: way + line.milliseconds(for: bytes.count))
    }
    reach(.lineTooPoor)
    exchange.device.tooMuch = "an answer of \(bytes.count) bytes"
    note(exchange.device.name, "has its line break after \(line.bytesMax) bytes")
    exchange.told = [:]
    schedule(
      .answer(exchange, .failure(.cut("the line broke"))),
      in: way + line.milliseconds(for: line.bytesMax - exchange.request.count))
  }
}
