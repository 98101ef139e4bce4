// The board's own model, beside the file that holds it: the model a new hub begins with, which its administrator may
// extend.

package import RecordModel

extension RecordModel {
  /// The board's model as built into this program; a hub may have a newer one.
  ///
  /// Traps if the file is invalid. A test parses it, so that can only happen in a broken build.
  package static let board: RecordModel = {
    do throws(ModelError) {
      return try RecordModel(parsing: String(decoding: PackageResources.board_model_yaml, as: UTF8.self))
    } catch {
      preconditionFailure("the model built into this program: \(error)")
    }
  }()
}
