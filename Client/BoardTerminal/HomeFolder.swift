// Where a member's copy lies on this computer, so that it is found again from any folder and by any script.

/// The folder of a copy.
package enum HomeFolder {
  /// The file inside the folder that holds the copy.
  package static let fileName = "replica.db"
  /// The file beside it that holds the device's key, for its owner's eyes alone.
  package static let keyFileName = "device.key"

  /// The option `--home`, else `BOARD_HOME`, else `board` in the XDG data folder (XDG Base Directory Specification).
  /// A relative `XDG_DATA_HOME` is no answer, as that specification says.
  ///
  /// - Returns: `nil` where not even `HOME` is set.
  package static func path(option: String?, environment: [String: String]) -> String? {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let folder = option ?? value("BOARD_HOME") { return folder }
    if let data = value("XDG_DATA_HOME"), data.hasPrefix("/") { return "\(data)/board" }
    return value("HOME").map { "\($0)/.local/share/board" }
  }
}
