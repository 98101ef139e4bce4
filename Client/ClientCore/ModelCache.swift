// Caches the last model parsed. Every command needs the model, and parsing it costs more than reading a record.

internal import RecordModel
internal import Synchronization

/// A cache of one model, keyed by its text, so that it can never disagree with the store.
final class ModelCache: Sendable {
  private let last = Mutex<(text: [UInt8], model: RecordModel)?>(nil)
  private let parses = Mutex(0)

  /// The number of times a text was parsed.
  var parseCount: Int { parses.withLock { $0 } }

  /// Returns the model of a text, parsing it only if the text differs from the last.
  ///
  /// - Throws: ``ClientError/modelUnreadable(_:)``.
  func model(of text: [UInt8]) throws -> RecordModel {
    if let model = last.withLock({ $0?.text == text ? $0?.model : nil }) { return model }
    parses.withLock { $0 += 1 }
    let model: RecordModel
    do throws(ModelError) {
      model = try RecordModel(parsing: String(decoding: text, as: UTF8.self))
    } catch { throw ClientError.modelUnreadable("\(error)") }
    last.withLock { $0 = (text, model) }
    return model
  }
}
