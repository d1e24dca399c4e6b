import PthBackbones
import PthTensors

/// Dequantises the elements of a quantised tensor and gives PyTorch's text of the quantisation scheme.
package struct QuantizerText {
  /// The arguments that PyTorch prints after the values in `tensor(…)`.
  package let suffixes: [String]
  private let scales: [Double]
  private let zeroPoints: [Double]
  /// The dimension with a scale for each index; nil for a per-tensor scheme.
  private let axis: Int?

  /// - Throws: ``InputProblem`` if a channel of `shape` has no scale or zero point; the error of
  ///   ``TensorElements`` if the scales or zero points cannot be read.
  package init(_ quantizer: Quantizer, shape: [Int]) throws {
    switch quantizer {
    case .perTensor(let scale, let zeroPoint):
      (scales, zeroPoints, axis) = ([scale], [Double(zeroPoint)], nil)
      suffixes = [
        "quantization_scheme=torch.per_tensor_affine", "scale=\(scale)",
        "zero_point=\(zeroPoint)",
      ]
    case .perChannel(let scales, let zeroPoints, let axis):
      self.scales = try TensorElements(scales).values().map(\.real)
      self.zeroPoints = try TensorElements(zeroPoints).values().map(\.real)
      self.axis = axis
      guard shape.indices.contains(axis), self.scales.count >= shape[axis],
        self.zeroPoints.count >= shape[axis]
      else {
        throw InputProblem("the scales of the quantiser do not fit the shape of the tensor")
      }
      let scheme =
        zeroPoints.dtype.isFloatingPoint
        ? "per_channel_affine_float_qparams" : "per_channel_affine"
      suffixes = [
        "quantization_scheme=torch.\(scheme)", "scale=\(try TensorText(scales).text)",
        "zero_point=\(try TensorText(zeroPoints).text)", "axis=\(axis)",
      ]
    }
  }

  /// `(q - zero_point) * scale`, in float32 as PyTorch computes it.
  package func dequantized(_ value: ElementValue, at index: [Int]) -> Double {
    let channel = axis.map { index[$0] } ?? 0
    return Double(Float(value.real - zeroPoints[channel]) * Float(scales[channel]))
  }
}
