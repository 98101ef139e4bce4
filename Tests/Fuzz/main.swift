// What a stranger's bytes can do to what reads them. libFuzzer makes them up, led by what they reach; whatever traps, or
// reads back as something else than it was, is a find. Built by Scripts/fuzz with coverage and the address sanitizer.
//
//   board-fuzz cbor|message|model|import [libFuzzer's own options and folders]

import BoardModel
import Cryptography
import Foundation
import RecordModel
import Replication
import SyncProtocol

/// What is fuzzed: each takes the bytes, and stops the program where a promise is broken.
let targets: [String: ([UInt8]) -> Void] = [
  "cbor": { bytes in
    var reader = CBORReader(bytes)
    do throws(CBORError) {
      let value = try Value(from: &reader)
      try reader.finish()
      precondition(value.canonicalBytes == bytes, "two encodings of one value")
    } catch { return }
  },
  "message": { bytes in
    do throws(CBORError) {
      let messages = try Message.decode(bytes)
      // Keys and messages of later versions are not written again.
      let written = Message.encode(messages)
      precondition(written.count <= bytes.count, "two encodings of one message")
      do throws(CBORError) {
        let read = try Message.decode(written)
        precondition(read == messages, "a message that is read as another")
      } catch { preconditionFailure("a message that cannot be read again") }
      for message in messages {
        do throws(Change.DecodingError) {
          switch message {
          case .offer(let header, let body):
            let change = try Change(headerBytes: header, bodyBytes: body)
            precondition(change.headerBytes == change.header.encoded, "two encodings of one header")
          case .segment(let segment):
            // Nobody can make up a signature of the hub's.
            let key = PublicKey(bytes: [UInt8](repeating: 7, count: 32))!
            let hub = HubID(bytes: [UInt8](repeating: 7, count: 16))!
            precondition(segment.proved(of: hub, by: key) == nil, "a segment that nobody signed")
          default: continue
          }
        } catch { continue }
      }
    } catch { return }
  },
  "model": { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    do throws(ModelError) { _ = try RecordModel(parsing: text) } catch { _ = "\(error)" }
  },
  "import": { bytes in
    do throws(SeedProblem) { _ = try SeedReader(.board).record(bytes[...]) } catch { _ = "\(error)" }
  },
]

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

let chosen = CommandLine.arguments.dropFirst().first.flatMap { targets[$0] }
guard chosen != nil else {
  FileHandle.standardError.write(Data("Name one of: \(targets.keys.sorted().joined(separator: ", "))\n".utf8))
  exit(64)
}
var count = CommandLine.argc - 1
// libFuzzer takes the first word for the program's name.
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(
  runDriver(&count, &arguments) { bytes, count in
    chosen!(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  })
