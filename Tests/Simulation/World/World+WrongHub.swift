// Another machine answers in the hub's place, with bytes of its own. It lacks the hub's key, and nothing else: it may know
// every answer that the device ever got.

internal import Cryptography
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

/// What a wrong hub answers.
private enum Lie: CaseIterable {
  /// The last answer of the hub itself.
  case stale
  /// Half of that.
  case cut
  case rubbish
  case revoke, leave, enter, forgotten, schema, kept
}

/// A copy before it was lied to.
struct BeforeLie {
  let spaces: [SpaceID]
  let unsent: Int
}

extension World {
  /// Answers an exchange in the hub's place.
  func misdirect(_ exchange: Exchange, seed: UInt64) {
    let device = exchange.device
    var random = SplitMix64(seed: seed)
    let lie = Lie.allCases.randomElement(using: &random)!
    reach(.wrongHub)
    figures.networkFaults += 1
    note(device.name, "meets another hub: \(lie)")
    do {
      if let store = device.store {
        device.beforeLie = try store.read {
          BeforeLie(spaces: try $0.spaces().map(\.id), unsent: try SyncClient.unsent(in: $0))
        }
      }
      let answer = try answer(lie, to: exchange, &random)
      schedule(.answer(exchange, .success(answer)), in: 10)
    } catch is StoreError {
      // The device's disk fails; then no line is found.
      schedule(.answer(exchange, .failure(.unreachable("no line"))), in: 10)
    } catch { broken.append("a lie that cannot be told: \(error)") }
  }

  private func answer(_ lie: Lie, to exchange: Exchange, _ random: inout SplitMix64) throws -> [UInt8] {
    let rubbish = (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
    guard let last = exchange.device.lastAnswer else { return rubbish }
    let messages = try SignedAnswer(last).messages
    guard case .welcome(let welcome)? = messages.first else { return rubbish }
    let spaces = exchange.device.beforeLie?.spaces ?? []
    let untruths: [Message]
    switch lie {
    case .stale: return last
    case .cut: return Array(last.prefix(last.count / 2))
    case .rubbish: return rubbish
    case .revoke: untruths = [.notice(.revoke(welcome.time))]
    case .leave: untruths = spaces.map { .notice(.leave($0)) }
    case .enter: untruths = (0..<300).map { .notice(.enter(.random(), name: "space \($0)")) }
    case .forgotten: untruths = [.notice(.forgotten), .notice(.restoring)]
    case .schema: untruths = [.notice(.schema(version: 1 << 52, text: "version: 1"))]
    case .kept:
      untruths = try Message.decode(exchange.request).compactMap {
        if case .sealedChange(let bytes) = $0 { .sealedChangeStored(SealedChange.digest(of: bytes)) } else { nil }
      }
    }
    return SignedAnswer.encode(
      [.welcome(welcome)] + untruths, by: neighbourKey, of: welcome.hub, to: exchange.request, from: exchange.key)
  }

  /// After a `send` that nobody but a wrong hub answered, the copy has all that it had.
  func checkLie(_ device: DeviceNode, after report: SyncReport) throws {
    guard let before = device.beforeLie else { return }
    device.beforeLie = nil
    guard report.hubTime == nil, let store = device.store else { return }
    if report.problem == nil { broken.append("\(device.name) believes another hub") }
    let (spaces, unsent) = try store.read { (try $0.spaces().map(\.id), try SyncClient.unsent(in: $0)) }
    if spaces != before.spaces || unsent < before.unsent { broken.append("\(device.name) lost work to another hub") }
  }
}
