import ArgumentParser
import PthConvKit

/// Writing a backbone's weights in the format that the file's name asks for.
enum WeightsOutput {
  /// - Throws: `ValidationError` for a format that cannot be written, or an option it lacks.
  static func check(_ path: String?, prefix: String?, fold: Bool) throws {
    let isONNX = path?.hasSuffix(".onnx") ?? false
    if fold && !isONNX { throw ValidationError("--fold needs an --output that ends in .onnx") }
    if isONNX && prefix != nil {
      throw ValidationError("--to-prefix is for state dicts; an ONNX model is the backbone alone")
    }
    guard let path, !isONNX, !path.hasSuffix(".safetensors") else { return }
    throw ValidationError("\(path): only .safetensors and .onnx can be written so far")
  }

  static func write(
    _ graph: ModelGraph, _ weights: StateDict, prefix: String, fold: Bool, to path: String,
    inputs: [String], quiet: Bool
  ) throws {
    let total: Int
    let written: String
    if path.hasSuffix(".onnx") {
      let writer = try ONNXWriter(
        graph, weights: weights, fold: fold, producerVersion: Pthconv.configuration.version)
      (total, written) = (writer.weightBytes, "ONNX model")
      try report(total) { try writer.write(to: path, inputs: inputs, progress: $0) }
    } else {
      let tensors = weights.tensors.map { (name: prefix + $0.key, tensor: $0.value) }
      (total, written) = (weights.byteCount, "\(tensors.count) tensors")
      let writer = try SafetensorsWriter(tensors)
      try report(total) { try writer.write(to: path, inputs: inputs, progress: $0) }
    }
    if !quiet {
      Terminal.write(
        "\nwrote \(Terminal.printable(path)): \(written), \(Format.bytes(total))\n")
    }
  }

  private static func report(_ total: Int, _ write: ((Int) -> Void) throws -> Void) throws {
    let progress = Progress("writing", total: total)
    defer { progress.finish() }
    try write { progress.advance(by: $0) }
  }
}
