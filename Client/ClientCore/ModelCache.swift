// Reading a model file costs more than reading a record, and every command asks for the model; so the last one read is
// kept while its text is the same.

internal import BoardModel
internal import Synchronization

/// The last model read. The store stays the only truth: a text that differs is read anew.
final class ModelCache: Sendable {
  private let last = Mutex<(text: [UInt8], model: BoardModel)?>(nil)
  private let parses = Mutex(0)

  /// The number of texts parsed.
  var parseCount: Int { parses.withLock { $0 } }

  /// - Throws: ``ClientError/modelUnreadable(_:)``.
  func model(of text: [UInt8]) throws -> BoardModel {
    if let model = last.withLock({ $0?.text == text ? $0?.model : nil }) { return model }
    parses.withLock { $0 += 1 }
    let model: BoardModel
    do throws(ModelError) {
      model = try BoardModel(parsing: String(decoding: text, as: UTF8.self))
    } catch { throw ClientError.modelUnreadable("\(error)") }
    last.withLock { $0 = (text, model) }
    return model
  }
}
