// A hub takes the rows of a segment as they are, so nobody but the hub may have made them.

import Cryptography
import Replication
import SyncProtocol
import Testing

@Suite("Segments of a hub's log")
struct SegmentTests {
  @Test("a segment is proved by the hub's signature at its end, whichever rows it leaves out")
  func proved() throws {
    let places = places(nextRefusedFor: .unknownField)
    let void = LogEntry.void(VoidEntry(of: nextChange, reason: .unknownField))
    let stub = LogSegment.Row.Content.stub(firstChange.digest, refusedFor: nil)
    let refusedStub = LogSegment.Row.Content.stub(nextChange.digest, refusedFor: .unknownField)
    for (segment, entries) in [
      (segment(.entry(firstEntry), .entry(nextVoid)), [.change(firstChange), void]),
      (segment(stub, .entry(nextVoid)), [nil, void]),
      (segment(.entry(firstEntry), refusedStub), [.change(firstChange), nil]),
      (segment(stub, refusedStub), [nil, nil]),
    ] as [(LogSegment, [LogEntry?])] {
      let rows = try #require(segment.proved(of: hub, by: knownKey.publicKey))
      #expect(rows.map(\.entry) == entries && rows.map(\.place) == places)
    }
  }

  @Test("a remainder proves the change that it is of, because no digest covers it")
  func remainders() throws {
    let rows = try #require(
      segment(.entry(nothingLeft), .entry(oneEditLeft)).proved(of: hub, by: knownKey.publicKey))
    #expect(rows.map(\.place) == places())
  }

  @Test("a segment that differs in anything from what the hub signed proves nothing", arguments: Forgery.allCases)
  func forged(_ forgery: Forgery) throws {
    let genuine = segment(.entry(firstEntry), .entry(nextVoid))
    let owner = forgery == .anotherHub ? otherHub : hub
    let key = forgery == .anotherKey ? SigningKey().publicKey : knownKey.publicKey
    #expect(try forgery.forge(genuine).proved(of: owner, by: key) == nil)
  }

  @Test("a segment with a row that is no entry proves nothing")
  func undecodable() {
    let swapped = RawEntry(headerBytes: firstChange.headerBytes, content: .body(nextChange.bodyBytes))
    #expect(segment(.entry(swapped), .entry(nextVoid)).proved(of: hub, by: knownKey.publicKey) == nil)
  }

  @Test("as many rows as one segment may have are read, and no more", arguments: [1, 255, 256])
  func length(_ count: Int) throws {
    let stub = LogSegment.Row(time: time, content: .stub(digest(1), refusedFor: nil))
    let long = LogSegment(
      space: space, epoch: epoch, from: Limits.counterMax - UInt64(count), start: digest(0x30),
      rows: [LogSegment.Row](repeating: stub, count: count), signature: [UInt8](repeating: 0, count: 64))
    #expect(try Message.decode(Message.encode([.segment(long)])) == [.segment(long)])
  }
}

/// A change of a segment of `firstChange` and the refusal of `nextChange`.
enum Forgery: CaseIterable {
  case anotherHub, anotherKey, anotherSpace, anotherEpoch, anotherFrom, anotherStart, anotherTime, anotherReason, taken,
    rowLeftOut,
    rowsSwapped, rowTwice, anotherSignature, stubOfAnother, stubTaken, rowOfAnotherSpace

  func forge(_ segment: LogSegment) throws -> LogSegment {
    var (space, epoch, from, start) = (segment.space, segment.epoch, segment.from, segment.start)
    var (rows, signature) = (segment.rows, segment.signature)
    func row(_ content: LogSegment.Row.Content, at milliseconds: Int64 = time.milliseconds) -> LogSegment.Row {
      LogSegment.Row(time: Timestamp(milliseconds: milliseconds), content: content)
    }
    switch self {
    case .anotherHub, .anotherKey: break
    case .anotherSpace: space = otherSpace
    case .anotherEpoch: epoch = otherEpoch
    case .anotherFrom: from += 1
    case .anotherStart: start = digest(0x31)
    case .anotherTime: rows[0] = row(.entry(firstEntry), at: time.milliseconds + 1)
    case .anotherReason:
      rows[1] = row(.entry(RawEntry(headerBytes: nextChange.headerBytes, content: .void(.notAllowed))))
    case .taken: rows[1] = row(.entry(nextEntry))
    case .rowLeftOut: rows.removeFirst()
    case .rowsSwapped: rows.swapAt(0, 1)
    case .rowTwice: rows.append(rows[1])
    case .anotherSignature: signature[5] ^= 1
    case .stubOfAnother: rows[0] = row(.stub(digest(1), refusedFor: nil))
    case .stubTaken: rows[1] = row(.stub(nextChange.digest, refusedFor: nil))
    case .rowOfAnotherSpace:
      // Under a signature that holds: the space is what is wrong.
      let stranger = Change(
        edits: firstChange.edits, space: otherSpace, replica: replica, previous: nil, lamport: 1, author: author,
        time: time, modelVersion: 1)
      let place = LogPlace(after: from, start, of: stranger.digest, refusedFor: nil, at: time)
      rows = [row(.entry(RawEntry(.change(stranger))))]
      signature = WireTests.signature(at: place)
    }
    return LogSegment(space: space, epoch: epoch, from: from, start: start, rows: rows, signature: signature)
  }
}
