// An import file on disk. It may be larger than memory, so it is read in batches of bounded size; and it is read twice,
// once to check all of it and once to load it, so it must be a file that can be read again: no pipe, no device.

internal import Cryptography
internal import Glibc
internal import Replication

/// An import file, open until this is released. What replaces the file meanwhile is not read.
final class ImportFile {
  /// The most bytes of a line: as many as one change can carry.
  static let lineBytesMax = Limits.changeBytesMax

  /// The size when it was opened, for estimates.
  let byteCount: Int
  fileprivate let descriptor: Int32
  fileprivate let path: String

  /// - Throws: ``AdminError``, `noSuchFile` if it cannot be opened, `badFile` if it is no regular file.
  init(path: String) throws(AdminError) {
    self.path = path
    // A pipe without a writer would block the opening for ever.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      // The process that serves a hub may run in another account, or see other folders, than who types the command.
      throw AdminError(
        .noSuchFile,
        errno == EACCES
          ? "The file \(path) may not be read by the account that the hub runs in."
          : "There is no file \(path) that can be read.")
    }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw AdminError(.badFile, "\(path) is no file that can be read twice. Save what it holds to a file first.")
    }
    byteCount = Int(facts.st_size)
  }

  deinit { close(descriptor) }

  /// The batches of the file, from its start.
  func batches() -> ImportBatches { ImportBatches(of: self) }
}

/// Some lines of an import file that stand together: enough for one commit.
struct ImportBatch {
  /// The lines that are not blank, with their numbers from 1, without line breaks.
  let lines: [(number: Int, bytes: ArraySlice<UInt8>)]
  /// The number of the last line, blank or not.
  let lastNumber: Int
  /// The bytes of the file up to the end of this batch.
  let bytesRead: Int
  /// The digest of the batch's bytes, by which two readings of the file are compared.
  let digest: Digest
}

/// One reading of an import file. Every reading of the same bytes gives the same batches.
struct ImportBatches {
  /// The most lines of a batch that are not blank: as many as the hub takes of a member's changes in one commit, so that
  /// an import makes nobody wait longer than a member does.
  private static let linesMax = 500
  /// The bytes after which a batch takes no further line. With this, no batch is larger than this and one line.
  private static let bytesMax = 1024 * 1024
  private static let readBytes = 256 * 1024

  private let file: ImportFile
  private var offset = 0
  private var isAtEnd = false
  private var number = 0
  /// The bytes that were read and belong to no batch yet.
  private var held: [UInt8] = []

  fileprivate init(of file: ImportFile) { self.file = file }

  /// Reads the next batch; `nil` at the end of the file.
  ///
  /// - Throws: ``AdminError``, `badFile` for a line over ``ImportFile/lineBytesMax``, `diskFailed`.
  mutating func next() throws(AdminError) -> ImportBatch? {
    var lines: [(number: Int, bytes: Range<Int>)] = []
    // The end of the lines taken, and of what has no further line break.
    var (end, searched) = (0, 0)
    while lines.count < Self.linesMax && end < Self.bytesMax {
      let line: Range<Int>
      if let newline = held.firstNewline(from: searched) {
        line = end..<newline
      } else if !isAtEnd {
        searched = held.count
        guard held.count - end <= ImportFile.lineBytesMax else { throw Self.tooLong(number + 1) }
        try fill()
        continue
      } else if end < held.count {
        line = end..<held.count
      } else {
        break
      }
      number += 1
      guard line.count <= ImportFile.lineBytesMax else { throw Self.tooLong(number) }
      end = min(line.upperBound + 1, held.count)
      searched = end
      if !held[line].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { lines.append((number, line)) }
    }
    guard end > 0 else { return nil }
    let bytes = Array(held[..<end])
    held = Array(held[end...])
    return ImportBatch(
      lines: lines.map { ($0.number, bytes[$0.bytes]) }, lastNumber: number, bytesRead: offset - held.count,
      digest: Self.digest(of: bytes))
  }

  private static func digest(of bytes: [UInt8]) -> Digest {
    var hasher = Hasher256()
    hasher.update(bytes)
    return hasher.finish()
  }

  private mutating func fill() throws(AdminError) {
    let part = [UInt8](unsafeUninitializedCapacity: Self.readBytes) { buffer, count in
      repeat {
        count = max(-1, pread(file.descriptor, buffer.baseAddress, buffer.count, off_t(offset)))
      } while count < 0 && errno == EINTR
      // An array has no negative count; no end of a file has this one.
      isAtEnd = count == 0
      if count < 0 { count = 0 }
    }
    guard !part.isEmpty || isAtEnd else { throw AdminError(.diskFailed, "The file \(file.path) cannot be read on.") }
    offset += part.count
    held += part
  }

  private static func tooLong(_ number: Int) -> AdminError {
    AdminError(.badFile, "Line \(number): This line is too long. It may have \(ImportFile.lineBytesMax) bytes.")
  }
}

extension [UInt8] {
  /// The place of the first line break at or after `start`. A file of one long line is searched at the speed of memory.
  fileprivate func firstNewline(from start: Int) -> Int? {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count,
        let found = memchr(base + start, 0x0a, bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }
}
