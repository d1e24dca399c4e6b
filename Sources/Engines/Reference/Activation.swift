import PthBackbones
import PthBytes
import PthTensors

/// A value of the reference engine: float64, contiguous, of any shape, mostly `[batch, channels, height, width]`;
/// `[batch, features]` is treated as an image of 1×1 pixels.
struct Activation {
  let shape: [Int]
  let buffer: OwnedBuffer
  /// Elements of one channel of one image.
  let area: Int

  /// Allocates memory without initialising it.
  init(shape: [Int]) {
    self.shape = shape
    area = shape.dropFirst(2).reduce(1, *)
    buffer = OwnedBuffer(count: shape.reduce(8, *))
  }

  var batch: Int { shape[0] }
  var channels: Int { shape[1] }
  var height: Int { shape.count == 4 ? shape[2] : 1 }
  var width: Int { shape.count == 4 ? shape[3] : 1 }
  var size: Size2D { Size2D(height, width) }
  /// Number of planes: one for each channel of each image.
  var planes: Int { batch * channels }

  var values: UnsafeMutableBufferPointer<Double> { buffer.memory.bindMemory(to: Double.self) }

  /// The pixels of channel `index % channels` of image `index / channels`.
  func plane(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(rebasing: values[index * area..<(index + 1) * area])
  }

  /// A tensor that shares this memory.
  func tensor(named name: String) throws(TensorError) -> Tensor {
    try Tensor(
      storage: TensorStorage(key: name, bytes: Bytes(buffer)), dtype: .float64, shape: shape)
  }
}
