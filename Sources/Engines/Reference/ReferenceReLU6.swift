import PthBackbones

extension ReLU6: ReferenceOperation {
  /// NaN stays NaN.
  func compute(_ call: ReferenceCall) { call.map { $0 < 0 ? 0 : $0 > 6 ? 6 : $0 } }
}
