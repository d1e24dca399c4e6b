import PthBackbones
import PthBytes
import PthCheckpoints
import PthTensors

/// Writes a backbone with its weights as an ONNX model.
///
/// - The input is called `input`, of shape `[batch, channels, height, width]` with batch, height and
///   width left open; the outputs have the graph's names (`layer1`…, `fc`).
/// - Nodes have the graph's names, and the initialisers are called as in the state dict;
///   `num_batches_tracked`, which inference does not read, is left out.
/// - The model computes in the dtype of its weights.
/// - The weights never pass through a message in memory: they are spliced into the stream, copied by
///   the kernel where they lie in a file as they are. A model beyond 2 GB, which no protobuf reader
///   takes, has its weights in a second file, `model.onnx.data` beside `model.onnx`.
package struct ONNXWriter {
  private let graph: ONNXGraph
  private let messages: ModelMessages
  private let externalDataLimit: Int

  /// Lays out the model; of the weights' values, at most those of batch norms are read.
  ///
  /// - Parameters:
  ///   - weights: All that the graph reads, in its shapes, and all in one of float32, float16,
  ///     bfloat16 and float64. If that is half precision, a batch norm's statistics may be float32.
  ///   - fold: Whether batch norms become part of the convolution before them, computed in float64
  ///     and rounded to the weights' dtype. Only where that convolution feeds nothing else.
  ///   - producerVersion: The version of the program that wrote the model.
  ///   - externalDataLimit: A larger model has its weights in a file of their own.
  /// - Throws: ``ONNXExportError``; with `fold`, what reading values throws.
  package init(
    _ graph: ModelGraph, weights: StateDict, fold: Bool = false, producerVersion: String,
    externalDataLimit: Int = Int(Int32.max)
  ) throws {
    self.graph = try ONNXGraph(graph, weights: weights, fold: fold)
    self.externalDataLimit = min(externalDataLimit, WireFormat.messageLimit)
    messages = ModelMessages(self.graph, producerVersion: producerVersion)
  }

  /// Bytes of the weights that will be written.
  package var weightBytes: Int { graph.initializers.reduce(0) { $0 + $1.byteCount } }

  /// Writes the model, replacing an older one only when the new one is whole.
  ///
  /// - Parameters:
  ///   - inputs: Files that must not be overwritten.
  ///   - replaces: Whether there may be such a file already.
  ///   - progress: Told the number of bytes from time to time, from any thread.
  /// - Returns: The files that were written: the model, and its weights if they are apart.
  /// - Throws: `WriteError`; ``ONNXExportError/tooLarge(bytes:)``; what reading a tensor's bytes
  ///   throws.
  @discardableResult
  package func write(
    to path: String, inputs: [String] = [], replaces: Bool = true,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> [OutputWriter.Summary.File] {
    var layouts = [(path: path, layout: ModelLayout(messages, graph.initializers).file)]
    if layouts[0].layout.byteCount > externalDataLimit {
      let data = ExternalData(graph.initializers, modelPath: path)
      let model = ModelLayout(messages, graph.initializers, external: data)
      guard model.byteCount <= WireFormat.messageLimit else {
        throw ONNXExportError.tooLarge(bytes: model.byteCount)
      }
      // A model must not appear before what it refers to.
      layouts = [(data.path, data.file), (path, model.file)]
    }
    let files = try layouts.map { try AtomicFile($0.path, inputs: inputs, replaces: replaces) }
    for (file, layout) in zip(files, layouts.map(\.layout)) {
      try LayoutWriter(layout: layout, file: file, progress: progress).run()
    }
    try AtomicFile.commit(files)
    return layouts.reversed().map { .init(path: $0.path, byteCount: $0.layout.byteCount) }
  }
}
