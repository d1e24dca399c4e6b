import PthTensors

/// An operation of a node: its hyper-parameters, and everything about it that does not depend on
/// the engine or writer that uses it.
///
/// Each operation is a type in a file of `Graph/Operations`. Each consumer of graphs (an engine, the ONNX
/// writer) has its own implementation of the operation and finds it by the type in an ``OperationTable``.
package protocol GraphOperation: Sendable, Hashable {
  /// PyTorch's name for it (`Conv2d`, `ReLU`, `cat`…).
  var label: String { get }

  /// Last component of the name of a node without a module (`relu`, `add`).
  var nodeSuffix: String { get }

  /// The parameters and buffers that its module registers, in PyTorch's order; the weight first.
  var parameters: [ParameterDeclaration] { get }

  /// An error message about impossible hyper-parameters; nil if they are possible.
  var fault: String? { get }

  /// The shape of the output. Heights and widths are unknown when a graph is built, and known before it runs.
  ///
  /// Throws ``ShapeFault`` if the operation does not accept the inputs' shapes.
  func outputShape(of inputs: [Shape]) throws(ShapeFault) -> Shape

  /// Distance in the input, in pixels, between neighbouring pixels of the output.
  var stride: Size2D { get }

  /// The layer class by which rules of initialisation select the operation.
  var layerType: LayerType { get }

  /// The version that its module writes into a state dict's `_metadata`.
  var stateVersion: Int { get }

  /// The operation's name in messages (`3×3 average pooling`).
  var wording: String { get }

  /// Which channels of the inputs each channel of the output is computed from.
  var channelFlow: ChannelFlow { get }
}

extension GraphOperation {
  package var parameters: [ParameterDeclaration] { [] }
  package var fault: String? { nil }
  package var stride: Size2D { 1 }
  package var layerType: LayerType { LayerType(rawValue: label) }
  package var stateVersion: Int { 1 }
  package var wording: String { label }
  package var channelFlow: ChannelFlow { .mixed }

  /// Whether `other` is the same operation with the same hyper-parameters.
  package func isSame(as other: any GraphOperation) -> Bool { self == other as? Self }
}

/// A class of layers, by its PyTorch name.
public struct LayerType: Sendable, Hashable, RawRepresentable {
  /// The class's name.
  public let rawValue: String

  /// The class of this name.
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// A parameter or a buffer that the module of an operation registers.
package struct ParameterDeclaration: Sendable, Hashable {
  package let role: StateRole
  /// Its name inside of the module (`weight`, `running_mean`).
  package let attribute: String
  package let shape: [Int]
  /// Whether PyTorch registers it with `register_buffer`, so that no optimizer touches it.
  package let isBuffer: Bool
  /// PyTorch's default dtype for it.
  package let dtype: DType
  /// The initial values from the module's constructor.
  package let initializer: Initializer

  /// A parameter.
  package init(
    _ role: StateRole, _ attribute: String, _ shape: [Int], initializer: Initializer
  ) {
    self.init(role, attribute, shape, isBuffer: false, dtype: .float32, initializer: initializer)
  }

  private init(
    _ role: StateRole, _ attribute: String, _ shape: [Int], isBuffer: Bool, dtype: DType,
    initializer: Initializer
  ) {
    self.role = role
    self.attribute = attribute
    self.shape = shape
    self.isBuffer = isBuffer
    self.dtype = dtype
    self.initializer = initializer
  }

  /// A buffer, all of whose elements start as `value`.
  package static func buffer(
    _ role: StateRole, _ attribute: String, _ shape: [Int], dtype: DType = .float32,
    value: Double
  ) -> ParameterDeclaration {
    ParameterDeclaration(
      role, attribute, shape, isBuffer: true, dtype: dtype, initializer: .constant(value))
  }
}
