import PthTensors

/// The role of a parameter or buffer in the operation that reads it.
package struct StateRole: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package var description: String { rawValue }
}

/// One key of the model's `state_dict()`.
public struct StateEntry: Sendable, Hashable {
  /// The key, such as `layer1.0.bn1.running_mean`.
  public let name: String
  /// The module's declaration of it.
  package let declaration: ParameterDeclaration
  /// Index, in ``ModelGraph/modules``, of the module that owns it.
  package let module: Int
  /// The part of the backbone that it belongs to.
  package let stage: Stage
  /// Whether training does not change it: its stage is within `frozen_stages`, or it is a parameter of a norm
  /// with `requires_grad=False`.
  public let isFrozen: Bool

  /// Its shape.
  public var shape: [Int] { declaration.shape }
  package var role: StateRole { declaration.role }
  /// Its name inside of its module (`weight`, `running_mean`…).
  package var attribute: String { declaration.attribute }
  /// Its type.
  public var dtype: DType { declaration.dtype }
  /// Whether it is a buffer, which no optimizer touches.
  public var isBuffer: Bool { declaration.isBuffer }
  /// Product of the shape.
  package var elementCount: Int { shape.reduce(1, *) }
}
