import PthBackbones

extension StateEntry {
  /// Whether a tensor of this shape can be loaded.
  func accepts(_ shape: [Int]) -> Bool { self.shape.acceptsShape(shape) }
}

extension [Int] {
  /// Whether a tensor of the given shape can be loaded into one of this shape: the shapes are equal, or a scalar is
  /// loaded from shape `[1]`, which PyTorch before 0.4 wrote for scalars.
  func acceptsShape(_ shape: [Int]) -> Bool { shape == self || isEmpty && shape == [1] }
}
