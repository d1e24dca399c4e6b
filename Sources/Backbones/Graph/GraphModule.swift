/// What a module of the graph is, with the hyper-parameters that its initialisation needs.
package enum ModuleKind: Sendable, Hashable {
  /// The backbone itself, with its class name.
  case root(String)
  /// `nn.Sequential`.
  case sequential
  /// `nn.ModuleList`.
  case moduleList
  /// A residual block, with its class name and the name, relative to the block, of the last norm
  /// before the addition: the one that `zero_init_residual` sets to 0.
  case block(String, lastNorm: String)
  case conv2d(Conv2d)
  /// The convolution that predicts a deformable convolution's offsets (and masks); it starts as 0.
  case offsetConv2d(Conv2d)
  case deformConv2d(DeformConv2d)
  case batchNorm2d(BatchNorm2d)
  case groupNorm(GroupNorm)
  case linear(Linear)
}

/// A module that owns parameters, or contains modules that do.
///
/// Modules without parameters (ReLU, pooling, dropout) are not listed: they appear as nodes.
package struct GraphModule: Sendable, Hashable {
  /// Its path as in `named_modules()`; empty for the backbone itself.
  package let path: String
  package let kind: ModuleKind
  package let stage: Stage
  /// Index of the module that contains it; nil for the backbone itself.
  package let parent: Int?
  /// Indices, in ``ModelGraph/state``, of its own parameters and buffers.
  package let state: Range<Int>
}
