/// An expression of Python, as far as configurations use it.
struct Expression {
  indirect enum Kind {
    case constant(Node)
    case name(String)
    /// A formatted string, its texts and expressions in turn.
    case format([FormatPart])
    case list([Element])
    case tuple([Element])
    case set([Element])
    case dictionary([Pair])
    case comprehension(Comprehension)
    /// Attributes, subscripts and calls behind a value, from left to right.
    case trailers(Expression, [Trailer])
    case unary(UnaryOperator, Expression)
    /// Operators of one rank, from left to right.
    case chain(Expression, [(BinaryOperator, Expression)])
    case comparison(Expression, [(ComparisonOperator, Expression)])
    case all([Expression])
    case any([Expression])
    case conditional(condition: Expression, then: Expression, otherwise: Expression)
    case named(String, Expression)
    /// An expression that is skipped: a lambda, an `await`.
    case unknown
  }

  /// An element of a list, with a star or without.
  struct Element {
    var value: Expression
    var isStarred: Bool
  }

  /// An entry of a dictionary; without a key it is `**value`.
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
    /// Where the trailer ends; the value it gives is written from the first byte to here.
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

/// A statement of Python.
struct Statement {
  indirect enum Kind {
    case assign(targets: [Expression], value: Expression)
    case augmented(Expression, Expression.BinaryOperator, Expression)
    case delete([Expression])
    case expression(Expression)
    case importModules([(module: String, alias: String?)])
    /// Without names everything is imported.
    case importNames(level: Int, module: String, names: [(name: String, alias: String?)]?)
    case choice([(condition: Expression, body: [Statement])], otherwise: [Statement])
    case loop(target: Expression, values: Expression, body: [Statement], otherwise: [Statement])
    /// `with read_base():`
    case bases([Statement])
    case function(String, body: [Statement])
    /// A block that is not followed (`while`, `try`, `with`, `class`), and the names that it sets itself.
    case opaque(names: [String], body: [Statement])
    /// `break`, `return` and their like, which only blocks have.
    case jump
    case global([String])
    case nothing
  }

  var kind: Kind
  var range: Range<Int>
}
