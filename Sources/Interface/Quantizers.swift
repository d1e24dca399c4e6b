// The function of `pthconv.h` that returns scales and zero points of a quantized tensor.

import CPthInterface
import PthConvKit
import PthReports
import PthTensors

@_cdecl("pthconv_quantizer")
public func quantizer(
  _ checkpoint: OpaquePointer?, _ tensor: UInt64, _ json: Answer?, _ message: Message?
) -> pthconv_status {
  answering(message) {
    let opened = try checkpoint.checkpoint()
    let tensors = opened.table.tensors
    guard tensor < tensors.count else {
      throw InvalidArgument("there is no tensor \(tensor): there are \(tensors.count)")
    }
    let wanted = tensors[Int(tensor)]
    switch wanted.quantizer {
    case nil: throw InvalidArgument("tensor \(tensor) is not quantised")
    case .perTensor(let scale, let zeroPoint):
      try answer(json) { writer in
        writer.object { writer in
          writer.field("scale", scale)
          writer.field("zero_point", zeroPoint)
        }
      }
    case .perChannel(let scales, let zeroPoints, let axis):
      try opened.checkFiles()
      let path = opened.checkpoint.path
      let (scaleValues, zeroPointValues) = try CheckpointError.naming(path) {
        (try TensorElements(scales).values(), try TensorElements(zeroPoints).values())
      }
      guard wanted.shape.indices.contains(axis), scaleValues.count == wanted.shape[axis],
        zeroPointValues.count == wanted.shape[axis]
      else {
        throw InputProblem(
          "\(path): the scales of the quantiser do not fit the shape of the tensor")
      }
      try answer(json) { writer in
        writer.object { writer in
          writer.field("axis", axis)
          writer.field("scales_dtype", scales.dtype.rawValue)
          writer.key("scales")
          writer.array { writer in for value in scaleValues { writer.value(value.real) } }
          writer.field("zero_points_dtype", zeroPoints.dtype.rawValue)
          writer.key("zero_points")
          writer.array { writer in for value in zeroPointValues { writer.value(value.real) } }
        }
      }
    }
  }
}
