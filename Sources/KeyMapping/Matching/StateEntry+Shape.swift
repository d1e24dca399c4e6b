import PthBackbones

extension StateEntry {
  /// Whether a tensor of this shape can be loaded.
  func accepts(_ shape: [Int]) -> Bool { self.shape.acceptsShape(shape) }
}

extension [Int] {
  /// Whether a tensor of another shape can be loaded where this one is wanted: the same shape, or, for
  /// a scalar, the single element in one dimension that PyTorch before 0.4 wrote in its place.
  func acceptsShape(_ shape: [Int]) -> Bool { shape == self || isEmpty && shape == [1] }
}
