// Files of a hub whose administrator acts as another account than the service. Root may read and write everything, but a
// file that root leaves behind is closed to the account that serves the hub, and one that may not be read must not pass
// for one that is not there.

internal import Foundation

extension HubFolder {
  /// Reads a small file of the folder; `nil` if there is none.
  ///
  /// - Throws: ``AdminError``, `diskFailed`, for a file that cannot be read.
  func text(ofFile path: String) throws(AdminError) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw unreadable(path, String(cString: strerror(errno)))
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    } catch {
      throw unreadable(path, error.localizedDescription)
    }
  }

  private func unreadable(_ path: String, _ reason: String) -> AdminError {
    AdminError(
      .diskFailed,
      "\(path) is there and cannot be read: \(reason). Nothing was changed. The hub's files belong to the account that "
        + "serves it; as root, type: chown -R --reference='\(self.path)' '\(self.path)'")
  }

  /// Gives the files of the folder to the folder's owner, where root has made them.
  package func keepOwners() {
    for file in [database, modelFile, epochFile, ledgerFile] { keepOwner(of: file) }
    for ending in ["-wal", "-shm", "-journal", ".lock"] { keepOwner(of: database + ending) }
  }

  /// Gives one file to the folder's owner, where root has made it. Does nothing for other accounts, which own what they
  /// make.
  func keepOwner(of file: String) {
    var (folder, facts) = (stat(), stat())
    guard geteuid() == 0, stat(path, &folder) == 0, lstat(file, &facts) == 0 else { return }
    guard folder.st_uid != facts.st_uid || folder.st_gid != facts.st_gid else { return }
    // Where even root may not, such as on a stick without owners, every file has the owner of its mount.
    _ = lchown(file, folder.st_uid, folder.st_gid)
  }
}
