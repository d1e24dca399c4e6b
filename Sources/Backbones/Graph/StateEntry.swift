import PthTensors

/// What a parameter or buffer is to the module that owns it.
package enum StateRole: String, Sendable, Hashable, CaseIterable {
  /// `[out, in / groups, kernel height, kernel width]`.
  case convWeight
  case convBias
  case normWeight, normBias
  case runningMean, runningVar
  /// A scalar `int64`: batches that a batch norm has seen in training.
  case numBatchesTracked
  /// `[out, in]`.
  case linearWeight
  case linearBias

  /// Whether PyTorch registers it with `register_buffer`, so that no optimizer touches it.
  package var isBuffer: Bool {
    switch self {
    case .runningMean, .runningVar, .numBatchesTracked: true
    case .convWeight, .convBias, .normWeight, .normBias, .linearWeight, .linearBias: false
    }
  }

  /// The type that PyTorch gives it by default.
  package var dtype: DType { self == .numBatchesTracked ? .int64 : .float32 }

  /// Its name inside of its module (`weight`, `running_mean`…).
  package var attribute: String {
    switch self {
    case .convWeight, .normWeight, .linearWeight: "weight"
    case .convBias, .normBias, .linearBias: "bias"
    case .runningMean: "running_mean"
    case .runningVar: "running_var"
    case .numBatchesTracked: "num_batches_tracked"
    }
  }
}

/// One key of the model's `state_dict()`.
package struct StateEntry: Sendable, Hashable {
  /// The key, such as `layer1.0.bn1.running_mean`.
  package let name: String
  package let shape: [Int]
  package let role: StateRole
  /// Index, in ``ModelGraph/modules``, of the module that owns it.
  package let module: Int
  package let stage: Stage
  /// Whether training leaves it alone: `frozen_stages` covers it, or its norm has
  /// `requires_grad=False`.
  package let isFrozen: Bool

  package var dtype: DType { role.dtype }
  package var isBuffer: Bool { role.isBuffer }
  /// Product of the shape.
  package var elementCount: Int { shape.reduce(1, *) }
}
