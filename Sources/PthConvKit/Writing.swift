import PthKeyMapping
import PthONNXExport

extension LoadedBackbone {
  /// Writes the backbone as an ONNX model. The file appears whole or not at all.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - fold: Whether batch norms become part of the convolutions before them.
  ///   - replaces: Whether there may be such a file already.
  /// - Throws: ``ONNXExportError``, ``WriteError``; what reading the tensors throws.
  public func writeONNX(to path: String, fold: Bool = false, replaces: Bool = false) throws {
    try ONNXWriter(graph, weights: weights, fold: fold, producerVersion: toolkitVersion)
      .write(to: path, replaces: replaces)
  }
}
