import PthBackbones
import PthBytes
import PthCheckpoints
import PthTensors

/// Writes a backbone with its weights as an ONNX model.
///
/// - The input is called `input`, of shape `[batch, channels, height, width]` with symbolic batch, height and
///   width; the outputs have the graph's names (`layer1`…, `fc`).
/// - Nodes have the graph's names, and initialisers have the state dict's keys; `num_batches_tracked`, which
///   inference does not read, is left out.
/// - The model computes in the dtype of its weights.
/// - The weights are written between the serialised messages, not through a message in memory; those that are stored
///   in the same form in a file are copied by the kernel. A model over 2 GB, which no protobuf reader accepts, has
///   its weights in a second file, `model.onnx.data` beside `model.onnx`.
package struct ONNXWriter {
  private let graph: ONNXGraph
  private let messages: ModelMessages
  private let externalDataLimit: Int

  /// Makes the model's messages. With `fold`, the values of batch norms are read; other values are not.
  ///
  /// - Parameters:
  ///   - weights: All parameters and buffers that the graph reads, in its shapes and in one dtype: float32,
  ///     float16, bfloat16 or float64. A batch norm's statistics may be float32 in any case.
  ///   - fold: Whether batch norms are folded into the convolution before them if that has no other reader,
  ///     computed in float64 and rounded to the weights' dtype.
  ///   - producerVersion: The version of the program that writes the model.
  ///   - externalDataLimit: The size in bytes from which on the weights are in a separate file.
  /// - Throws: ``ONNXExportError``; with `fold`, errors of reading values.
  package init(
    _ graph: ModelGraph, weights: StateDict, fold: Bool = false, producerVersion: String,
    externalDataLimit: Int = Int(Int32.max)
  ) throws {
    self.graph = try ONNXGraph(graph, weights: weights, fold: fold)
    self.externalDataLimit = min(externalDataLimit, WireFormat.messageLimit)
    messages = ModelMessages(self.graph, producerVersion: producerVersion)
  }

  /// Size in bytes of the weights that will be written.
  package var weightBytes: Int { graph.initializers.reduce(0) { $0 + $1.byteCount } }

  /// Writes the model; an existing file is replaced only when the new one is complete.
  ///
  /// - Parameters:
  ///   - inputs: Files that must not be overwritten.
  ///   - replaces: Whether an existing file may be replaced.
  ///   - progress: Called from time to time, on any thread, with the number of bytes written since the last call.
  /// - Returns: The written files: the model, and its weights if they are separate.
  /// - Throws: `WriteError`; ``ONNXExportError/tooLarge(bytes:)``; errors of reading a tensor's bytes.
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
      // The weights first, since a model must not appear before the file that it refers to.
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
