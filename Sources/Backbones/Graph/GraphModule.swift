/// The kind of a module of the graph.
package enum ModuleKind: Sendable {
  /// The backbone itself, with its class name.
  case root(String)
  /// `nn.Sequential`.
  case sequential
  /// `nn.ModuleList`.
  case moduleList
  /// A residual block, with its class name and the path, relative to the block, of the last norm before
  /// the addition, which some implementations initialise to 0.
  case block(String, lastNorm: String)
  /// A layer that owns the operation's parameters, with the operation.
  case layer(any GraphOperation)
}

extension ModuleKind: Hashable {
  package static func == (left: ModuleKind, right: ModuleKind) -> Bool {
    switch (left, right) {
    case (.root(let left), .root(let right)): left == right
    case (.sequential, .sequential), (.moduleList, .moduleList): true
    case (.block(let left, let leftNorm), .block(let right, let rightNorm)):
      left == right && leftNorm == rightNorm
    case (.layer(let left), .layer(let right)): left.isSame(as: right)
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .root(let name), .block(let name, _): hasher.combine(name)
    case .sequential, .moduleList: break
    case .layer(let operation): operation.hash(into: &hasher)
    }
  }
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

  /// The operation that uses its own parameters; nil for a module that only contains others.
  package var operation: (any GraphOperation)? {
    if case .layer(let operation) = kind { operation } else { nil }
  }
}
