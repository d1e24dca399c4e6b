import PthKeyMapping
import PthONNXExport

extension LoadedBackbone {
  /// Writes the backbone as an ONNX model. The file appears whole or not at all.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - fold: Whether batch norms are folded into the convolutions before them.
  ///   - replaces: Whether an existing file may be replaced.
  /// - Throws: ``ONNXExportError``, ``WriteError``, and any error from reading the tensors.
  public func writeONNX(to path: String, fold: Bool = false, replaces: Bool = false) throws {
    try ONNXWriter(graph, weights: weights, fold: fold, producerVersion: toolkitVersion)
      .write(to: path, replaces: replaces)
  }
}
