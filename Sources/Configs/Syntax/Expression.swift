/// A Python expression, as far as configurations use the syntax.
struct Expression {
  indirect enum Kind {
    case constant(Node)
    case name(String)
    /// An f-string: its texts and expressions in order.
    case format([FormatPart])
    case list([Element])
    case tuple([Element])
    case set([Element])
    case dictionary([Pair])
    case comprehension(Comprehension)
    /// Attributes, subscripts and calls after a value, from left to right.
    case trailers(Expression, [Trailer])
    case unary(UnaryOperator, Expression)
    /// Binary operators of one precedence, from left to right.
    case chain(Expression, [(BinaryOperator, Expression)])
    case comparison(Expression, [(ComparisonOperator, Expression)])
    case all([Expression])
    case any([Expression])
    case conditional(condition: Expression, then: Expression, otherwise: Expression)
    case named(String, Expression)
    case lambda(Function, body: Expression)
    /// An expression whose value is not known (`yield`, `await`, bytes), with the expressions in it.
    case unknown([Expression])
  }

  /// What is before the body of a function or `lambda`.
  struct Function {
    var parameters: [String] = []
    /// The expressions that Python evaluates where the function is defined: default values and decorators.
    var values: [Expression] = []
    /// The annotations, which Python evaluates in some files and not in others.
    var unused: [Expression] = []
    var isDecorated = false
    var body: [Statement] = []
  }

  /// An element of a list, tuple or set, with or without a star.
  struct Element {
    var value: Expression
    var isStarred: Bool
  }

  /// An entry of a dictionary; `**value` has no key.
  struct Pair {
    var key: Expression?
    var value: Expression
    var range: Range<Int>
  }

  struct Comprehension {
    enum Result {
      case list, set, generator
      case dictionary(key: Expression)
    }

    struct Clause {
      var target: Expression
      var values: Expression
      var conditions: [Expression]
    }

    var result: Result
    var element: Expression
    var clauses: [Clause]
  }

  struct Argument {
    enum Style {
      case positional, star, doubleStar
      case keyword(String)
    }

    var style: Style
    var value: Expression
    var range: Range<Int>
  }

  struct Trailer {
    enum Kind {
      case attribute(String)
      case subscript_(Expression)
      case slice(Expression?, Expression?, Expression?)
      case call([Argument])
    }

    var kind: Kind
    /// The end of the trailer; the expression up to this trailer ends here.
    var end: Int
  }

  enum FormatPart {
    case text(String)
    case value(Expression, conversion: Character?, specification: String)
  }

  enum UnaryOperator { case plus, minus, invert, not }

  enum BinaryOperator {
    case add, subtract, multiply, divide, floorDivide, modulo, power, matrix
    case or, and, exclusiveOr, leftShift, rightShift
  }

  enum ComparisonOperator {
    case equal, notEqual, less, lessEqual, greater, greaterEqual, isSame, isNotSame, isIn, isNotIn
  }

  var kind: Kind
  var range: Range<Int>
}

/// A Python statement.
struct Statement {
  indirect enum Kind {
    case assign(targets: [Expression], value: Expression)
    case augmented(Expression, Expression.BinaryOperator, Expression)
    case delete([Expression])
    case expression(Expression)
    case importModules([(module: String, alias: String?)])
    /// `from module import names`; nil for `import *`.
    case importNames(level: Int, module: String, names: [(name: String, alias: String?)]?)
    case choice([(condition: Expression, body: [Statement])], otherwise: [Statement])
    case loop(target: Expression, values: Expression, body: [Statement], otherwise: [Statement])
    /// `with read_base():`
    case bases([Statement])
    case function(String, Expression.Function)
    /// A class, with its bases, keywords and decorators.
    case type(String, header: [Expression], body: [Statement])
    /// A block that is not evaluated (`while`, `try`, `with`), with the names and the expressions in its headers.
    case opaque(names: [String], header: [Expression], body: [Statement])
    /// `break`, `continue`, `return` or `raise`, which end a block early, with the expressions behind it.
    case jump([Expression])
    case assertion(Expression)
    case global([String])
    case nothing
  }

  var kind: Kind
  var range: Range<Int>
}
