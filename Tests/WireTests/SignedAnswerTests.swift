// An answer is its hub's, to this device and this request, or nothing of it is believed.

import Cryptography
import Replication
import SyncProtocol
import Testing

@Suite("Signed answers")
struct SignedAnswerTests {
  private let request = Message.encode([Golden.firstHello])
  private let messages = [Message.welcome(welcome()), .notice(.revoke(time))]

  private var answer: [UInt8] {
    SignedAnswer.encode(messages, by: knownKey, of: hub, to: request, from: deviceKey.publicKey)
  }

  @Test("the hub's own answer is whole and proved")
  func proved() throws {
    let read = try SignedAnswer(answer)
    #expect(read.messages == messages)
    #expect(read.isSigned(by: knownKey.publicKey, of: hub, to: request, from: deviceKey.publicKey))
  }

  @Test("an answer to another request, to another device, of another hub or by another key is not proved")
  func elsewhere() throws {
    let read = try SignedAnswer(answer)
    #expect(!read.isSigned(by: knownKey.publicKey, of: hub, to: request + [0], from: deviceKey.publicKey))
    #expect(!read.isSigned(by: knownKey.publicKey, of: hub, to: request, from: knownKey.publicKey))
    #expect(!read.isSigned(by: knownKey.publicKey, of: otherHub, to: request, from: deviceKey.publicKey))
    #expect(!read.isSigned(by: deviceKey.publicKey, of: hub, to: request, from: deviceKey.publicKey))
  }

  @Test("no byte of an answer can be changed")
  func changed() throws {
    for place in answer.indices {
      var bytes = answer
      bytes[place] ^= 1
      guard let read = try? SignedAnswer(bytes) else { continue }
      #expect(!read.isSigned(by: knownKey.publicKey, of: hub, to: request, from: deviceKey.publicKey), "\(place)")
    }
  }

  @Test("an answer without its end was cut, and what is no answer is nobody's")
  func cut() {
    #expect(throws: SyncFailure.cut) { try SignedAnswer(Message.encode(messages)) }
    #expect(throws: SyncFailure.cut) { try SignedAnswer(Message.encode([.welcome(welcome())])) }
    for bytes in [[], Array("<html>Welcome</html>".utf8), answer.dropLast(), Message.encode([messages[1]])] as [[UInt8]]
    {
      #expect(throws: SyncFailure.notAHub) { try SignedAnswer(bytes) }
    }
    let end = Array(answer.suffix(70))
    #expect(throws: SyncFailure.notAHub) { try SignedAnswer(end + answer) }
  }
}
