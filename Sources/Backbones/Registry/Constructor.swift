/// What the constructor of a class takes, as data: the arguments, which values it is known to build and run
/// with, and with which it is known to stop.
///
/// A value of neither kind "cannot be told": what is not known is not said to be right.
package struct Constructor: Sendable {
  /// A form that a Python value may have.
  package indirect enum Form: Sendable {
    case none
    case boolean
    case integer(ClosedRange<Int>)
    /// A number that is not whole.
    case fraction
    /// Any text.
    case text
    case choice([String])
    /// A list or a tuple whose elements all have the form; an empty one has it, too.
    case sequence(Form)
    /// A list, and no tuple, of such elements.
    case list(Form)
    case tuple
    /// A list or a tuple with an element of the form.
    case containing(Form)
    case emptySequence
    case dictionary
    case anything
  }

  /// What a dictionary in a value's place is for.
  package enum Role: Sendable {
    case value
    /// A norm; `isOptional` if None leaves it out.
    case norm(isOptional: Bool)
    case convolution
    /// A deformable convolution.
    case deformable
    case activation
    /// What `interpolate` is given.
    case upsampling
    /// mmengine's way to begin.
    case initialiser
  }

  package struct Argument: Sendable {
    package let name: String
    package let isRequired: Bool
    package let role: Role
    package let takes: [Form]
    package let refuses: [Form]
    /// Where the class has one that a demand needs.
    package let usual: ArgumentValue?
    /// Whether only truth matters.
    package let isTruth: Bool
    /// The texts that change anything, of an argument that is taken whatever it is; nil if there is no
    /// such list.
    package let meaningful: [String]?

    /// - Parameters:
    ///   - takes: forms with which the class is built and run.
    ///   - refuses: forms with which it stops; looked at where none of `takes` fits.
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
    /// A list is as long as another argument says.
    case length(_ list: String, is: String)
    /// A list is at least as long as that.
    case leastLength(_ list: String, is: String)
    /// A list is as long as another argument says, where a third one is given.
    case lengthWhere(given: String, _ list: String, is: String)
    /// Every number of a list is below another argument.
    case below(_ list: String, _ limit: String)
    /// Two arguments of which one at most is given.
    case exclusive(String, String)
    /// A text is one of these, unless another argument is one of those numbers.
    case oneOf(_ name: String, [String], unless: String, in: [Int])
    /// Nothing but None is given where another argument is one of those numbers.
    case none(_ name: String, where: String, in: [Int])
  }

  /// The package and the name as sentences have them.
  package let name: String
  package let arguments: [Argument]
  package let demands: [Demand]
  /// Whether values are looked at, and not names alone.
  package let hasValues: Bool
  /// Arguments that versions before 3.0 took.
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
  /// Only whether it is true or false matters, and everything in Python is.
  package static func truth(_ name: String) -> Self {
    .init(name, takes: [.anything], isTruth: true)
  }

  /// Any value is taken, and none but the `meaningful` texts, if there is a list, changes anything.
  package static func idle(_ name: String, meaningful: [String]? = nil) -> Self {
    .init(name, takes: [.anything], meaningful: meaningful)
  }

  /// A whole number; anything else stops, but for True and False, which Python counts with.
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
  /// Everything that Python cannot count with.
  package static let noNumber: [Self] = [
    .text, .sequence(.anything), .dictionary,
  ]
}
