// A hub in the same process, reached over a connection that fails where a test wants it to.

package import ClientCore
package import Cryptography
internal import Replication
package import SyncHub
package import SyncProtocol
internal import Synchronization

/// A connection to a hub in the same process.
package final class LoopbackTransport: HubTransport {
  private let hub: Mutex<SyncHub>
  private let faults = Mutex<[Fault?]>([])
  private let requests = Mutex<[[UInt8]]>([])
  private let waited = Mutex<[Duration]>([])

  package init(to hub: SyncHub) {
    self.hub = Mutex(hub)
  }

  /// From now on another hub answers.
  package func connect(to other: SyncHub) {
    hub.withLock { $0 = other }
  }

  /// The faults of the next exchanges, in order; `nil` lets one through.
  package func next(_ faults: Fault?...) {
    self.faults.withLock { $0 += faults }
  }

  /// From now on nothing fails.
  package func heal() {
    faults.withLock { $0 = [] }
  }

  /// Every wait for a hub that was busy. None of them took any time.
  package var waits: [Duration] { waited.withLock { $0 } }

  package func wait(_ duration: Duration) async { waited.withLock { $0.append(duration) } }

  /// Every request that was sent, as its bytes.
  package var sent: [[UInt8]] { requests.withLock { $0 } }

  package func join(
    at place: HubEndpoint, code: String, key: SigningKey
  ) async throws(TransportError) -> JoinReply {
    do {
      return try await hub.withLock { $0 }.reply(toJoiningWith: code, key: key.publicKey)
    } catch { throw .notAllowed("\(error)") }
  }

  package func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    requests.withLock { $0.append(request) }
    let fault = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if fault == .requestLost { throw .unreachable("the connection is down") }
    if case .status(let error)? = fault { throw error }
    if fault == .webPage { return Array("<html><body>Welcome to the library wifi</body></html>".utf8) }
    let answer: [UInt8]
    do {
      answer = try await hub.withLock { $0 }.answer(request, signedBy: key.publicKey, showing: ticket)
    } catch DirectoryError.deviceUnknown {
      throw .notKnown
    } catch DirectoryError.deviceRevoked {
      throw .revoked
    } catch let error as RequestError {
      throw error == .wrongHub ? .notAllowed("wrong hub") : .rejected("\(error)")
    } catch { throw .hubFailed(500) }
    if fault == .answerLost { throw .silent("the answer never came") }
    return fault == .answerCut ? Array(answer.prefix(answer.count / 2)) : answer
  }
}

extension SyncHub {
  /// Spends an invitation code, and answers what the device keeps of it.
  package func reply(
    toJoiningWith code: String, key: PublicKey, isPartner: Bool = false
  ) async throws -> JoinReply {
    let principal = try await join(code: code, key: key, isPartner: isPartner)
    return try store.read { reader in
      JoinReply(
        member: principal.member, memberName: principal.name, role: principal.role,
        hub: try HubIdentity.identity(in: reader).hub, keys: try HubIdentity.publicKeys(in: reader),
        spaces: try reader.spaces().filter { principal.spaces.contains($0.id) }.map { ($0.id, $0.name) },
        model: modelText)
    }
  }
}
