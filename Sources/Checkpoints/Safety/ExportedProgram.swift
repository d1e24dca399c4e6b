import PthBytes
import PthPickle

/// The JSON of torch.export: the operators that a program runs, expressions of sizes, which `torch.export.load`
/// evaluates as Python, and guards, which the loaded module compiles.
enum ExportedProgram {
  /// Functions in the expressions that torch prints.
  private static let functions: Set<String> = [
    "Max", "Min", "Mod", "PythonMod", "FloorDiv", "CleanDiv", "CeilDiv", "IntTrueDiv",
    "FloatTrueDiv", "ToFloat", "TruncToInt", "CeilToInt", "FloorToInt", "RoundToInt",
    "RoundDecimal",
    "Eq", "Ne", "Lt", "Le", "Gt", "Ge", "And", "Or", "Not", "Where", "Identity", "ModularIndexing",
    "PowByNatural", "FloatPow", "OpaqueUnaryFn_sqrt", "True", "False", "oo", "inf",
    // Names in sympy's own printed form of an expression.
    "Symbol", "Integer", "Float", "Rational", "Add", "Mul", "Pow", "Equality", "Unequality",
    "StrictLessThan", "LessThan", "StrictGreaterThan", "GreaterThan", "positive", "nonnegative",
    "integer", "real", "nonzero", "precision",
  ]

  static func findings(_ bytes: Bytes) -> [(verdict: AuditVerdict, text: String)] {
    var found: [String] = []
    func add(_ text: String) {
      if found.count < 20, !found.contains(text) { found.append(text) }
    }
    let isWhole = JSONStrings.forEach(in: bytes) { key, value in
      switch key {
      case "expr_str", "as_expr":
        if !isPlainExpression(value) {
          add("has the expression '\(value.prefix(60))', which torch.export.load evaluates")
        }
      case "guards_code":
        if !isPlainGuard(value) {
          add("has the guard '\(value.prefix(60))', which the loaded program runs")
        }
      case "target":
        if !isKnownTarget(value) { add("calls '\(value.prefix(60))', which is not known here") }
      case "in_spec", "out_spec":
        if let obstacle = TreeSpecification.obstacle(in: value) { add(obstacle.text) }
      default: break
      }
    }
    if !isWhole { add("is a program in JSON that cannot be parsed to its end") }
    return found.map { (.unknown, $0) }
  }

  /// Whether the text has only numbers, sizes such as `s0` and `u12`, arithmetic, and `Symbol('s0', integer=True)`.
  static func isPlainExpression(_ text: String) -> Bool {
    isPlain(text, signs: " +-*/()<>=,&|~!%", isKnown: isKnown, isQuotable: isSize)
  }

  /// Whether the text is arithmetic with the sizes of arguments, such as `L['x'].size()[0] > 3`.
  static func isPlainGuard(_ text: String) -> Bool {
    isPlain(text, signs: " +-*/()<>=,&|~!%[].", isKnown: isKnownInGuard) { word in
      word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
  }

  /// Whether a text consists of known words, the given signs, and quoted words.
  private static func isPlain(
    _ text: String, signs: String, isKnown: (String) -> Bool, isQuotable: (String) -> Bool
  ) -> Bool {
    guard isSmall(text) else { return false }
    var word = ""
    var isQuoted = false
    for character in text + " " {
      guard character.isASCII else { return false }
      let isNumber = !word.isEmpty && word.allSatisfy(\.isNumber)
      if character.isLetter || character.isNumber || character == "_"
        || character == "." && isNumber
      {
        word.append(character)
        continue
      }
      guard isQuoted ? isQuotable(word) : isKnown(word) else { return false }
      word = ""
      if character == "'" {
        isQuoted.toggle()
      } else if isQuoted || !signs.contains(character) {
        return false
      }
    }
    return !isQuoted
  }

  /// Whether the text cannot make a number that takes Python forever to compute.
  ///
  /// Allowed are no shift, no factorial (`n!` in sympy), and one power: a `**` with an exponent of one digit, or a
  /// `Pow` call in a text without numbers of more than three digits.
  private static func isSmall(_ text: String) -> Bool {
    if text.contains("<<") || text.contains(">>") { return false }
    let marks = text.split(separator: "!", omittingEmptySubsequences: false).dropFirst()
    guard marks.allSatisfy({ $0.hasPrefix("=") }) else { return false }
    let calls = text.split(separator: "Pow", omittingEmptySubsequences: false).count - 1
    let exponents = text.split(separator: "**", omittingEmptySubsequences: false).dropFirst()
    guard calls + exponents.count <= 1 else { return false }
    if calls > 0 { return text.split { !$0.isNumber }.allSatisfy { $0.count <= 3 } }
    return exponents.allSatisfy { exponent in
      let digits = exponent.drop { $0 == " " }
      return digits.first?.isNumber == true && digits.dropFirst().first?.isNumber != true
    }
  }

  private static func isSize(_ word: String) -> Bool {
    guard let first = word.first, "suzf".contains(first) else { return false }
    return word.count > 1 && word.dropFirst().allSatisfy(\.isNumber)
  }

  private static func isKnown(_ word: String) -> Bool {
    guard let first = word.first, !first.isNumber else {
      return word.allSatisfy { $0.isNumber || "eL.".contains($0) }
    }
    return functions.contains(word) || isSize(word)
  }

  /// `L` holds the arguments; guards read their sizes.
  private static func isKnownInGuard(_ word: String) -> Bool {
    ["L", "size", "stride", "storage_offset", "item", "and", "or", "not", "None"].contains(word)
      || isKnown(word) && word != "Symbol"
  }

  /// Whether a target is an operator, or a Python function, that only computes.
  ///
  /// `torch.export.load` looks a target up, attribute by attribute, if it begins with one of four words, and keeps
  /// every other target as text.
  private static func isKnownTarget(_ target: String) -> Bool {
    let parts = target.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard ["torch", "math", "_operator", "#"].contains(where: target.hasPrefix) else { return true }
    switch (parts[0], parts.count) {
    case ("torch", 2): return parts[1].hasPrefix("sym_")
    case ("torch", 4) where parts[1] == "ops" && parts[2] == "higher_order":
      return !parts[3].hasPrefix("_")
    case ("torch", 4...5) where parts[1] == "ops":
      return !parts[parts.count - 1].hasPrefix("__") && TorchOperators.allows(parts[2], parts[3])
    case ("math", 2), ("_operator", 2):
      return !parts[1].hasPrefix("_")
        && !["attrgetter", "itemgetter", "methodcaller", "call"].contains(parts[1])
    default: return false
    }
  }
}

/// JSON of models for other readers: Keras models, whose layers may be code or name modules to import, and
/// TorchScript's first format.
enum ModelConfiguration {
  static func findings(_ bytes: Bytes) -> [(verdict: AuditVerdict, text: String)] {
    var found: [String] = []
    func add(_ text: String) {
      if found.count < 20, !found.contains(text) { found.append(text) }
    }
    _ = JSONStrings.forEach(in: bytes) { key in
      if ["torchscriptArena", "torchscript_arena"].contains(key) {
        add("is a TorchScript model of the first format, whose code was not looked into")
      }
      if key == "__loader__" {
        add("is a skops model, which makes objects of the classes that it names")
      }
    } _: { key, value in
      switch key {
      case "class_name" where value == "Lambda" || value == "__lambda__":
        add("has a Lambda layer of Keras, which is Python code")
      case "class_name" where value == "function":
        add("names a function of Python, which Keras imports")
      case "module" where !isKeras(value):
        add("names the module '\(value.prefix(60))', which Keras imports")
      default: break
      }
    }
    return found.map { (.unknown, $0) }
  }

  /// Keras packages whose classes are parts of models; classes of other packages may download or read files.
  private static let packages: Set<String> = [
    "layers", "models", "initializers", "optimizers", "losses", "metrics", "regularizers",
    "constraints", "dtype_policies", "activations",
  ]

  private static func isKeras(_ module: String) -> Bool {
    let parts = module.split(separator: ".").map(String.init)
    if module == "builtins" || parts.isEmpty { return true }
    let package = parts.dropFirst().first { $0 != "src" }
    return parts[0] == "keras" && package.map(packages.contains) != false
  }
}
