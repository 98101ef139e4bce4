// Disks of a rig's own: small file systems that are mounted in its workshop and taken away with the value. What a
// machine does not allow is found out once, by trying, so that a rig can say why it is skipped.
//
// `Scripts/test` and `Scripts/soak` start the rigs in a mount namespace of their own: whatever becomes of a run, its
// mounts end with it, and with them the loop devices, which are given back as soon as nothing is mounted from them.

import Foundation
import Glibc
import ProgramKit

/// What a machine's tools did not do.
struct Refusal: Error, CustomStringConvertible {
  let description: String
}

enum Machine {
  /// Why no file system can be mounted in memory; `nil` where it can.
  static let memoryRefusal: String? = refusal { try MountedMemory(at: $0 + "/mount", kibibytes: 64).remove() }

  /// Why no image file can be mounted as a disk; `nil` where it can.
  static let imageRefusal: String? = refusal { try MountedImage(at: $0 + "/mount", mebibytes: 16).remove() }

  /// A C compiler, which the linker of Swift packages needs in any case.
  static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let compilerRefusal: String? = compiler == nil ? "there is no C compiler to make a wrong clock with" : nil

  private static func refusal(_ attempt: (String) throws -> Void) -> String? {
    guard geteuid() == 0 else { return "mounting needs root" }
    let folder = NSTemporaryDirectory() + "board-rig-probe-" + UUID().uuidString
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      // What stays of a probe in the temporary folder harms nobody, and says nothing of what was probed.
      defer { _ = try? FileManager.default.removeItem(atPath: folder) }
      try attempt(folder)
      return nil
    } catch {
      let reason = "\(error)".replacing(folder, with: "a folder of the rig's own")
      return reason.split(separator: "\n").first.map(String.init) ?? "mounting is not allowed"
    }
  }

  /// Runs one of the system's tools to its end; what it said.
  ///
  /// - Throws: ``Refusal`` with its own words where it fails or is missing.
  @discardableResult
  static func run(_ words: String...) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Refusal(description: "\(words[0]) failed: \(said)") }
    return said.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Whether somebody has a connection to a port of this machine.
  ///
  /// - SeeAlso: `proc(5)` of `/proc/net/tcp`; 01 is an established connection.
  static func isConnected(to port: Int) -> Bool {
    let table = String(decoding: FileManager.default.contents(atPath: "/proc/net/tcp") ?? Data(), as: UTF8.self)
    return table.split(separator: "\n").dropFirst().contains { line in
      let columns = line.split(separator: " ")
      return columns[1].hasSuffix(String(format: ":%04X", port)) && columns[3] == "01"
    }
  }

  /// Writes until no byte more goes in.
  ///
  /// - Returns: How many bytes went in, and whether it was for want of room that the next did not.
  static func fill(_ file: String) throws -> (bytes: Int, isFull: Bool) {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard descriptor >= 0 else { return (0, errno == ENOSPC) }
    defer { close(descriptor) }
    let block = [UInt8](repeating: 0x20, count: 4_096)
    var bytes = 0
    while true {
      let written = write(descriptor, block, block.count)
      guard written > 0 else { return (bytes, errno == ENOSPC) }
      bytes += written
    }
  }
}

/// A small file system in memory, which is full when its size is reached.
final class MountedMemory: Sendable {
  let path: String

  init(at path: String, kibibytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Machine.run("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k,mode=700", "tmpfs", path)
  }

  /// Gives it another size; what lies in it stays.
  func resize(kibibytes: Int) throws {
    try Machine.run("mount", "-o", "remount,size=\(kibibytes)k", path)
  }

  func remove() throws {
    try Machine.run("umount", path)
  }

  deinit {
    // Lazily: whoever still has a file open there must not keep the mount. After ``remove()`` there is none to unmount,
    // and a failure is no news.
    _ = try? Machine.run("umount", "--lazy", "--quiet", path)
  }
}

/// An ext4 disk in a file, whose power can be cut.
///
/// The cut is ext4's own `EXT4_IOC_SHUTDOWN` without flushing its log, which file system developers test crashes with:
/// from one moment to the next nothing more reaches the disk, neither data nor journal, and what only the kernel's
/// memory held is gone when the file is mounted again. That is one moment for the whole disk, which a copy of a file
/// that is being written would not be. What a disk's own cache may lose is not played: here whatever was handed to the
/// disk is on it.
///
/// - SeeAlso: `fs/ext4/ext4.h`, and `src/godown.c` of xfstests.
final class MountedImage: Sendable {
  let path: String
  private let file: String

  init(at path: String, mebibytes: Int) throws {
    self.path = path
    file = path + ".image"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Machine.run("truncate", "--size", "\(mebibytes)M", file)
    try Machine.run("mkfs.ext4", "-q", "-F", file)
    try attach()
  }

  private func attach() throws {
    let device = try Machine.run("losetup", "--find", "--show", file)
    // Given back at once, which takes effect when the mount ends: nothing can leave the device behind. Should that fail,
    // the namespace of the run ends it.
    defer { _ = try? Machine.run("losetup", "--detach", device) }
    try Machine.run("mount", "-t", "ext4", device, path)
  }

  /// Cuts the power. Whoever still writes there gets an error; they are to be ended before ``restorePower()``.
  func cutPower() throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { throw Refusal(description: "the disk cannot be opened: \(errno)") }
    defer { close(descriptor) }
    var withoutFlushing: UInt32 = 2
    let shutdown: UInt = 0x8004_587d
    guard ioctl(descriptor, shutdown, &withoutFlushing) == 0 else {
      throw Refusal(description: "the disk cannot be shut down: \(errno)")
    }
  }

  /// Mounts what reached the disk; the file system's journal is replayed, as after a power cut.
  func restorePower() throws {
    try Machine.run("umount", path)
    try attach()
  }

  func remove() throws {
    try Machine.run("umount", path)
  }

  deinit {
    // As above.
    _ = try? Machine.run("umount", "--lazy", "--quiet", path)
  }
}
