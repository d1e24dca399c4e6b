import PthBackbones

extension ReLU: ReferenceOperation {
  /// NaN stays NaN.
  func compute(_ call: ReferenceCall) { call.map { $0 < 0 ? 0 : $0 } }
}
