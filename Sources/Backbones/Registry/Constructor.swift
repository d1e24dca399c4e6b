/// A class's constructor as data: its arguments, the values with which it is known to build and run, and the
/// values with which it is known to stop.
///
/// A value of neither kind is reported as "cannot be told": an unknown value is never called right.
package struct Constructor: Sendable {
  /// A pattern for Python values.
  package indirect enum Form: Sendable {
    case none
    case boolean
    case integer(ClosedRange<Int>)
    /// A float.
    case fraction
    /// Any text.
    case text
    case choice([String])
    /// A list or a tuple whose elements all have the form; an empty one fits too.
    case sequence(Form)
    /// A list, not a tuple, whose elements all have the form.
    case list(Form)
    case tuple
    /// A list or a tuple with at least one element of the form.
    case containing(Form)
    case emptySequence
    case dictionary
    case anything
  }

  /// The kind of object that an argument's value configures.
  package enum Role: Sendable {
    case value
    /// A norm; with `isOptional`, None means no norm.
    case norm(isOptional: Bool)
    case convolution
    /// A deformable convolution.
    case deformable
    case activation
    /// Keyword arguments of `torch.nn.functional.interpolate`.
    case upsampling
    /// mmengine's `init_cfg`.
    case initialiser
  }

  package struct Argument: Sendable {
    package let name: String
    package let isRequired: Bool
    package let role: Role
    package let takes: [Form]
    package let refuses: [Form]
    /// The class's default value, given only where a demand compares it.
    package let usual: ArgumentValue?
    /// Whether the class only tests whether the value is true or false.
    package let isTruth: Bool
    /// The texts that change the network, of an argument that accepts any value; nil if there is no list.
    package let meaningful: [String]?

    /// - Parameters:
    ///   - takes: forms with which the class builds and runs.
    ///   - refuses: forms with which the class stops; tested only if no form of `takes` fits.
    package init(
      _ name: String, required: Bool = false, _ role: Role = .value, takes: [Form] = [],
      refuses: [Form] = [], usual: ArgumentValue? = nil, isTruth: Bool = false,
      meaningful: [String]? = nil
    ) {
      self.isTruth = isTruth
      self.meaningful = meaningful
      self.name = name
      isRequired = required
      self.role = role
      self.takes = takes
      self.refuses = refuses
      self.usual = usual
    }
  }

  /// A relation between arguments without which the class stops.
  package enum Demand: Sendable {
    /// A list has exactly as many elements as another argument says.
    case length(_ list: String, is: String)
    /// A list has at least as many elements as another argument says.
    case leastLength(_ list: String, is: String)
    /// A list has at most as many elements as another argument says, if a third argument is given.
    case lengthWhere(given: String, _ list: String, is: String)
    /// Every number of a list is smaller than another argument.
    case below(_ list: String, _ limit: String)
    /// At most one of two arguments is given.
    case exclusive(String, String)
    /// A string is one of these choices, unless another argument is one of these numbers.
    case oneOf(_ name: String, [String], unless: String, in: [Int])
    /// An argument is None if another argument is one of these numbers.
    case none(_ name: String, where: String, in: [Int])
  }

  /// Package and class as in messages (`mmdet's ResNet`).
  package let name: String
  package let arguments: [Argument]
  package let demands: [Demand]
  /// Whether values are checked too, not only the arguments' names.
  package let hasValues: Bool
  /// Arguments that only versions of mmdetection before 3.0 have.
  package let former: Set<String>

  package init(
    _ name: String, _ arguments: [Argument], demands: [Demand] = [], former: Set<String> = [],
    hasValues: Bool = true
  ) {
    self.name = name
    self.hasValues = hasValues
    self.arguments = arguments
    self.demands = demands
    self.former = former
  }

  package func argument(_ name: String) -> Argument? { arguments.first { $0.name == name } }
}

extension Constructor.Argument {
  /// An argument that the class only tests for truth; any Python value has a truth value.
  package static func truth(_ name: String) -> Self {
    .init(name, takes: [.anything], isTruth: true)
  }

  /// An argument that the class accepts; only the `meaningful` texts, if there is a list, change the network.
  package static func idle(_ name: String, meaningful: [String]? = nil) -> Self {
    .init(name, takes: [.anything], meaningful: meaningful)
  }

  /// An integer in a range; all other values stop the class, except True and False, which are integers in
  /// Python and "cannot be told", and integers above the range.
  package static func integer(
    _ name: String, _ range: ClosedRange<Int>, required: Bool = false, usual: Int? = nil,
    orNone: Bool = false
  ) -> Self {
    .init(
      name, required: required, takes: [.integer(range)] + (orNone ? [.none] : []),
      refuses: (orNone ? [] : [.none]) + Constructor.Form.noNumber + [
        .integer(Int.min...(range.lowerBound - 1)), .fraction,
      ], usual: usual.map { .integer($0) })
  }
}

extension Constructor.Form {
  /// Forms that are not usable as a number in Python.
  package static let noNumber: [Self] = [
    .text, .sequence(.anything), .dictionary,
  ]
}
