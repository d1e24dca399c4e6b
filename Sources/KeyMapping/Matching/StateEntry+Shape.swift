import PthBackbones

extension StateEntry {
  /// Whether a tensor of this shape can be loaded: the same shape, or, for a scalar, the single
  /// element in one dimension that PyTorch before 0.4 wrote in its place.
  func accepts(_ shape: [Int]) -> Bool {
    shape == self.shape || (self.shape.isEmpty && shape == [1])
  }
}
