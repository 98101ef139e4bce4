// The location of a member's copy on this computer, the same from any working directory and in any script.

/// The folder of a copy.
package enum HomeFolder {
  /// The name of the copy's file in the folder.
  package static let fileName = "replica.db"
  /// The name of the file beside it with the device's key, readable by its owner alone.
  package static let keyFileName = "device.key"

  /// The option `--home`, else `BOARD_HOME`, else `board` in the XDG data folder (XDG Base Directory Specification).
  /// A relative `XDG_DATA_HOME` is ignored, as that specification demands.
  ///
  /// - Returns: `nil` if not even `HOME` is set.
  package static func path(option: String?, environment: [String: String]) -> String? {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let folder = option ?? value("BOARD_HOME") { return folder }
    if let data = value("XDG_DATA_HOME"), data.hasPrefix("/") { return "\(data)/board" }
    return value("HOME").map { "\($0)/.local/share/board" }
  }
}
