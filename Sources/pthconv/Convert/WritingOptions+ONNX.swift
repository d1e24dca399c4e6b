import ArgumentParser
import OrderedCollections
import PthConvKit

/// ONNX output. It is not among the formats of ``OutputFormat``, since it holds a network and not a state dict.
extension WritingOptions {
  private static let onnx = "onnx"

  private func isONNX(_ path: String) -> Bool {
    to == Self.onnx || (to == nil && !legacy && path.lowercased().hasSuffix(".onnx"))
  }

  /// Checks that the options do not contradict each other.
  ///
  /// - Parameters:
  ///   - path: The output; nil if none is written.
  ///   - prefix: The prefix that the keys get.
  ///   - hasBackbone: Whether there is a network to write.
  ///   - keepsMetadata: Whether metadata are written.
  /// - Throws: `ValidationError` if they do.
  func check(
    _ path: String?, prefix: String?, hasBackbone: Bool, keepsMetadata: Bool = false
  ) throws {
    guard let path, isONNX(path) else {
      if fold { throw ValidationError("--fold is for ONNX: an output that ends in .onnx") }
      if let path { try check(format(for: path), keepsMetadata: keepsMetadata) }
      return
    }
    guard hasBackbone else {
      throw ValidationError("an ONNX model is a network with its weights: say which --backbone")
    }
    let stateDictOptions: [(name: String, isGiven: Bool)] = [
      ("--to-prefix", prefix != nil), ("--keep", !keep.isEmpty),
      ("--drop", !drop.isEmpty), ("--rename", !rename.isEmpty),
      ("--shard-size", shardSize != nil), ("--keep-views", keepViews), ("--wrap", wrap),
      ("--legacy", legacy),
      ("--keep-metadata", keepsMetadata),
    ]
    if let given = stateDictOptions.first(where: \.isGiven) {
      throw ValidationError("\(given.name) is for state dicts; an ONNX model is the network alone")
    }
  }

  /// Refuses options that the format cannot carry out, so that nothing is lost silently.
  private func check(_ format: OutputFormat, keepsMetadata: Bool) throws {
    for (name, isGiven) in [("--keep-views", keepViews), ("--wrap", wrap)] where isGiven {
      guard format.isTorch else { throw ValidationError("\(name) is for torch formats") }
    }
    if keepsMetadata, !format.hasMetadata {
      throw ValidationError("\(format.name) has no place for metadata; leave out --keep-metadata")
    }
    if keepsMetadata, shardSize != nil, format.isTorch {
      throw ValidationError("shards hold tensors alone; leave out --keep-metadata or --shard-size")
    }
  }

  /// Writes a loaded backbone. Weights that the file has in half precision stay in it unless `--dtype` is given; an
  /// ONNX model has one dtype, in which it computes.
  ///
  /// - Throws: The errors of ``write(_:_:prefix:to:input:keepsMetadata:)``.
  func write(
    _ backbone: LoadedBackbone, to path: String, input: Checkpoint, keepsMetadata: Bool? = nil
  ) throws -> WrittenOutput {
    let weights =
      isONNX(path)
      ? try backbone.weights(inOne: dtype?.dtype, castsStatistics: castStatistics)
      : try backbone.weightsInFilePrecision()
    return try write(
      backbone.graph, weights, prefix: backbone.report.targetPrefix, to: path, input: input,
      keepsMetadata: keepsMetadata)
  }

  /// Writes a backbone's weights, or for ONNX the network with its weights.
  ///
  /// - Throws: `WriteError`, `ONNXExportError`, `KeyMappingError`; the error of reading a tensor.
  func write(
    _ graph: ModelGraph, _ weights: StateDict, prefix: String, to path: String,
    input: Checkpoint?, keepsMetadata: Bool? = nil
  ) throws -> WrittenOutput {
    guard isONNX(path) else {
      return try write(
        OutputContents(weights, prefix: prefix), to: path, input: input,
        keepsMetadata: keepsMetadata)
    }
    let writer = try ONNXWriter(
      graph, weights: weights, fold: fold, producerVersion: Pthconv.configuration.version)
    let progress = Progress("writing", total: writer.weightBytes)
    defer { progress.finish() }
    let files = try writer.write(
      to: path, inputs: inputPaths(input), replaces: force
    ) { progress.advance(by: $0) }
    return WrittenOutput(
      format: Self.onnx, tensorCount: weights.tensors.count,
      summary: OutputWriter.Summary(files: files), inputByteCount: inputSize(input))
  }
}
