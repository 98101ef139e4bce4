// What a stranger's bytes can do to what reads them. libFuzzer makes them up, led by what they reach; whatever traps, or
// breaks a promise, is a find. Built by Scripts/fuzz with coverage and the address sanitizer.
//
//   board-fuzz TARGET [libFuzzer's own options and folders]

import Dispatch
import Foundation
import FuzzTargets

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

let chosen = FuzzTarget.all.first { $0.name == CommandLine.arguments.dropFirst().first }
guard chosen != nil else {
  let names = FuzzTarget.all.map(\.name).joined(separator: " ")
  // Scripts/fuzz reads the names from here.
  print(names)
  exit(64)
}
var count = CommandLine.argc - 1
// libFuzzer takes the first word for the program's name.
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(
  runDriver(&count, &arguments) { bytes, count in
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let done = DispatchSemaphore(value: 0)
    let target = chosen!
    Task.detached {
      do { try await target.run(input) } catch { fatalError("\(target.name): \(error)") }
      done.signal()
    }
    done.wait()
    return 0
  })
