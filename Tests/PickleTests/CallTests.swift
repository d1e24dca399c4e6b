import PthBytes
import Testing

@testable import PthPickle

/// Calls by what is called with what: pickles of allow-listed names alone that run code.
@Suite struct CallTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let verdict: AuditVerdict
    let bytes: [UInt8]

    init(_ what: String, _ verdict: AuditVerdict, _ parts: [UInt8]...) {
      testDescription = what
      self.verdict = verdict
      var bytes: [UInt8] = [0x80, 2]
      for part in parts { bytes += part }
      self.bytes = bytes + [UInt8(ascii: ".")]
    }
  }

  // MARK: Pieces of pickles

  private static func ops(_ text: String) -> [UInt8] { Array(text.utf8) }
  private static func name(_ module: String, _ name: String) -> [UInt8] {
    ops("c\(module)\n\(name)\n")
  }
  private static func text(_ value: String) -> [UInt8] {
    var writer = PickleWriter()
    writer.text(value)
    return writer.bytes
  }
  private static func tuple(_ parts: [UInt8]...) -> [UInt8] {
    ops("(") + parts.joined() + ops("t")
  }
  private static func call(_ function: [UInt8], _ parts: [UInt8]...) -> [UInt8] {
    function + ops("(") + parts.joined() + ops("tR")
  }
  private static func new(_ type: [UInt8]) -> [UInt8] { type + ops(")") + [0x81] }
  private static func dict(_ parts: [UInt8]...) -> [UInt8] {
    ops("}(") + parts.joined() + ops("u")
  }
  /// An object with a state.
  private static func made(_ type: [UInt8], _ parts: [UInt8]...) -> [UInt8] {
    new(type) + ops("}(") + parts.joined() + ops("ub")
  }
  private static let none = ops("N")
  private static let one = ops("K\u{1}")
  private static let linear = name("torch.nn.modules.linear", "Linear")
  private static let tupleType = name("builtins", "tuple")
  private static let ordered = name("collections", "OrderedDict")
  private static let device = name("torch", "device")
  private static let relu = name("torch.nn.functional", "relu")
  private static let dtype = name("numpy", "dtype")
  private static let namespace = name("argparse", "Namespace")
  private static func storage(_ type: [UInt8]) -> [UInt8] {
    tuple(text("storage"), type, text("0"), text("cpu"), one) + ops("Q")
  }
  private static func numpyType(
    _ text: String, _ size: Int8, alignment: UInt8 = 1, flags: UInt8, fields: [UInt8] = ops("N")
  ) -> [UInt8] {
    let names = fields == ops("N") ? ops("N") : tuple(Self.text("a"))
    let alignment = size < 0 ? ops("J") + [255, 255, 255, 255] : ops("K") + [alignment]
    let size = ops("J") + withUnsafeBytes(of: Int32(size).littleEndian) { Array($0) }
    return call(dtype, Self.text(text), [0x89], [0x88])
      + tuple(
        ops("K\u{3}"), Self.text("fiu".contains(text.prefix(1)) ? "<" : "|"), none, names, fields,
        size, alignment, [0x4b, flags])
      + ops("b")
  }
  private static func array(_ type: [UInt8], _ data: [UInt8]) -> [UInt8] {
    call(
      name("numpy.core.multiarray", "_reconstruct"), name("numpy", "ndarray"),
      tuple(ops("K\u{0}")), text("b")) + tuple(one, tuple(one), type, [0x89], data) + ops("b")
  }
  private static let eightBytes = ops("U\u{8}abcdefgh")

  // MARK: Cases

  static let arguments: [Case] = [
    Case(
      "items appended to a call are not its arguments", .dangerous, tupleType,
      call(name("copyreg", "_reconstructor"), tupleType, tupleType, tuple(one)),
      ops("(NeR")),
    Case("arguments that are a list", .dangerous, device, ops("]"), text("cpu"), ops("aR")),
    Case(
      "a class alias through a function", .dangerous,
      call(name("torch.jit._pickle", "build_intlist"), linear),
      tuple(none, dict(text("forward"), relu)), ops("b")),
    Case("dict of an object", .unknown, call(name("builtins", "dict"), made(linear))),
    Case("str of an object", .unknown, call(name("builtins", "str"), made(linear))),
    Case(
      "tuple of a function's result", .unknown,
      call(tupleType, call(name("torch.jit._pickle", "build_intlist"), made(linear)))),
    Case("a layer with arguments", .unknown, call(linear, one)),
    Case(
      "a layer of layers", .unknown,
      call(name("torch.nn.modules.transformer", "TransformerEncoder"), made(linear), one)),
    Case("a device of an object", .unknown, call(device, made(linear))),
    Case(
      "an OrderedDict of pairs", .safe,
      call(ordered, ops("]("), ops("]("), text("a"), made(linear), ops("e"), ops("e"))),
    Case(
      "an OrderedDict of computed pairs", .unknown,
      call(ordered, ops("]("), made(linear), ops("e"))),
    Case(
      "a tensor of an object", .unknown,
      call(name("torch._utils", "_rebuild_tensor"), made(linear), one, tuple(), tuple())),
    Case(
      "a defaultdict of lists", .safe,
      call(name("collections", "defaultdict"), name("builtins", "list"))),
    Case("a defaultdict of layers", .unknown, call(name("collections", "defaultdict"), linear)),
    Case("the type of None", .safe, call(name("builtins", "type"), none)),
    Case(
      "a type that is made", .dangerous,
      call(name("builtins", "type"), text("A"), tuple(), dict(text("__len__"), relu))),
    Case("keywords", .unknown, device, ops(")}"), text("type"), text("cpu"), ops("s"), [0x92]),
    Case("a partial of a name", .unknown, call(name("functools", "partial"), name("a.b", "C"))),
    Case(
      "a partial that is called", .dangerous,
      call(call(name("functools", "partial"), name("a.b", "C")))),
    Case(
      "a partial of what calls", .dangerous,
      call(name("functools", "partial"), name("torch._tensor", "_rebuild_from_type_v2"))),
    Case(
      "a method of an object", .unknown,
      call(name("builtins", "getattr"), made(linear), text("forward"))),
    Case(
      "a method of an object, called", .dangerous,
      call(call(name("builtins", "getattr"), made(linear), text("forward")))),
    Case(
      "a method of a class", .unknown, name("torch.optim.lr_scheduler", "CyclicLR._scale")),
    Case(
      "a method of a class, called", .dangerous,
      call(name("torch.nn.modules.linear", "Linear.forward"), made(linear), one)),
    Case(
      "a method of a class, looked up and called", .dangerous,
      call(call(name("builtins", "getattr"), linear, text("forward")), made(linear), one)),
    Case(
      "a time zone", .safe,
      call(
        call(name("builtins", "getattr"), name("zoneinfo", "ZoneInfo"), text("_unpickle")),
        text("UTC"), one)),
    Case(
      "another method of a time zone", .dangerous,
      call(
        call(name("builtins", "getattr"), name("zoneinfo", "ZoneInfo"), text("from_file")),
        text("x"))),
    Case(
      "_rebuild_from_type_v2 with arguments that are computed", .dangerous,
      call(
        name("torch._tensor", "_rebuild_from_type_v2"), device, name("torch", "Tensor"),
        call(tupleType, tuple(text("cpu"))), none)),
    Case(
      "_rebuild_from_type_v2 of a constructor of layers", .unknown,
      call(
        name("torch._tensor", "_rebuild_from_type_v2"), linear, name("torch", "Tensor"),
        tuple(one, one), none)),
    Case(
      "__newobj__ of what calls", .dangerous,
      call(name("copyreg", "__newobj__"), name("builtins", "getattr"), made(linear))),
  ]

  static let constructions: [Case] = [
    Case(
      "a generator", .safe, call(name("torch._C", "Generator"), call(device, text("cpu"))),
      tuple(one, none, none), ops("b")),
    Case(
      "a generator without its constructor", .unknown, new(name("torch._C", "Generator")),
      tuple(one, none, none), ops("b")),
    Case(
      "the same through _reconstructor", .unknown,
      call(
        name("copyreg", "_reconstructor"), name("torch._C", "Generator"),
        name("builtins", "object"), none)),
    Case(
      "a generator with attributes", .unknown,
      call(name("torch._C", "Generator"), call(device, text("cpu"))), dict(text("a"), one),
      ops("b")),
    Case(
      "a bit generator without its constructor", .unknown,
      new(name("numpy.random._mt19937", "MT19937"))),
  ]

  static let states: [Case] = [
    Case("a plain state", .safe, made(linear, text("training"), [0x88])),
    Case(
      "a layer in a layer", .safe,
      made(linear, text("_modules"), dict(text("0"), made(linear, text("a"), one)))),
    Case("an activation", .safe, made(linear, text("activation"), relu)),
    Case("a method replaced", .unknown, made(linear, text("forward"), relu)),
    Case(
      "a function among the children", .unknown,
      made(linear, text("_modules"), dict(text("0"), relu))),
    Case(
      "hooks", .unknown,
      made(linear, text("_forward_pre_hooks"), dict(one, made(linear, text("a"), one)))),
    Case("no hooks", .safe, made(linear, text("_forward_pre_hooks"), call(ordered))),
    Case("__setstate__ planted", .dangerous, made(linear, text("__setstate__"), relu)),
    Case(
      "__deepcopy__ planted", .dangerous,
      made(namespace, text("__deepcopy__"), made(linear, text("a"), one))),
    Case("a dunder of no use", .unknown, made(namespace, text("__doc__"), text("a"))),
    Case("two states", .unknown, made(linear, text("a"), one), dict(text("b"), one), ops("b")),
    Case(
      "slots of a layer", .unknown, new(linear),
      tuple(none, dict(text("a"), one)), ops("b")),
    Case("a class in a Namespace", .safe, made(namespace, text("layer"), linear)),
    Case(
      "a Namespace with a class in a layer", .unknown,
      made(linear, text("a"), made(namespace, text("layer"), linear))),
    Case(
      "one state for a Namespace and a layer", .unknown,
      ops("}("), text("a"), relu, ops("uq\u{1}0"), new(namespace), ops("h\u{1}b0"),
      new(linear), ops("h\u{1}b")),
    Case(
      "attributes of an OrderedDict", .safe,
      call(ordered), dict(text("_metadata"), call(ordered)), ops("b")),
    Case(
      "a method of an OrderedDict", .unknown,
      call(ordered), dict(text("items"), relu), ops("b")),
    Case("items of what is no dict", .dangerous, new(linear), ops("(NNu")),
    Case(
      "items of a tensor", .dangerous,
      call(
        name("torch._utils", "_rebuild_tensor_v2"), storage(name("torch", "FloatStorage")),
        ops("K\u{0}"), tuple(one), tuple(one), [0x89], call(ordered)), ops("(NNu")),
    Case("items of a list by index", .dangerous, ops("](Ne"), ops("K\u{0}K\u{1}s")),
    Case("items appended to a dict's kin", .dangerous, call(ordered), ops("(Ne")),
    Case("items of an imported object", .dangerous, name("a.b", "registry"), ops("K\u{0}Ns")),
    Case("items appended to an imported object", .dangerous, name("a.b", "path"), ops("(Ne")),
    Case(
      "a state for a class with its source", .dangerous,
      tuple(text("module"), linear, none, none), ops("Q"), dict(text("a"), one), ops("b")),
  ]

  static let storages: [Case] = [
    Case("a storage", .safe, storage(name("torch", "FloatStorage"))),
    Case("an untyped one", .safe, storage(name("torch.storage", "UntypedStorage"))),
    Case("a storage of another class", .dangerous, storage(linear)),
    Case("a storage of a class that is not known", .dangerous, storage(name("a.b", "CStorage"))),
    Case(
      "the class behind a decoy", .dangerous,
      tuple(text("storage"), one, name("torch", "FloatStorage"), text("cpu"), one), ops("Q")),
    Case("a computed id", .dangerous, call(tupleType, tuple(text("storage"))), ops("Q")),
    Case(
      "a class with its source", .safe,
      tuple(text("module"), linear, text("a.py"), text("…")), ops("Q)"), [0x81]),
    Case(
      "a decoy before the class", .unknown,
      tuple(text("x"), name("collections", "OrderedDict"), linear), ops("Q")),
  ]

  static let arrays: [Case] = [
    Case("numbers", .safe, array(numpyType("f8", -1, flags: 0), eightBytes)),
    Case("text", .safe, array(numpyType("S8", 8, flags: 0), eightBytes)),
    Case("objects", .safe, array(numpyType("O8", -1, flags: 63), ops("](Ne"))),
    Case("fewer objects than items", .dangerous, array(numpyType("O8", -1, flags: 63), ops("]"))),
    Case(
      "numbers that are read as objects are", .dangerous,
      array(numpyType("f8", -1, flags: 32), eightBytes)),
    Case(
      "an alignment that numpy never writes", .dangerous,
      array(numpyType("S8", 8, alignment: 0, flags: 0), eightBytes)),
    Case("addresses", .dangerous, array(numpyType("O8", -1, flags: 63), eightBytes)),
    Case(
      "objects without their flags", .dangerous,
      array(numpyType("O8", -1, flags: 0), eightBytes)),
    Case(
      "numbers with the flags of objects", .dangerous,
      array(numpyType("f8", -1, flags: 63), eightBytes)),
    Case(
      "another size than its name's", .dangerous,
      array(numpyType("f8", 64, flags: 0), eightBytes)),
    Case(
      "bytes with the flags of objects", .dangerous,
      array(numpyType("V8", 8, flags: 5), eightBytes)),
    Case(
      "a structure", .safe,
      array(
        numpyType(
          "V8", 8, flags: 0,
          fields: dict(text("a"), tuple(numpyType("f8", -1, flags: 0), ops("K\u{0}")))),
        eightBytes)),
    Case(
      "a field outside of the item", .dangerous,
      array(
        numpyType(
          "V8", 8, flags: 0, fields: dict(text("a"), tuple(numpyType("f8", -1, flags: 0), one))),
        eightBytes)),
    Case("a list of types", .unknown, array(call(dtype, text("i4,O")), eightBytes)),
    Case("a dtype that is computed", .unknown, array(call(device, text("cpu")), eightBytes)),
    Case("a dtype of an object", .unknown, call(dtype, made(linear))),
    Case(
      "a scalar", .safe,
      call(name("numpy.core.multiarray", "scalar"), numpyType("f8", -1, flags: 0), eightBytes)),
    Case(
      "a scalar of objects", .dangerous,
      call(name("numpy.core.multiarray", "scalar"), numpyType("O8", -1, flags: 63), eightBytes)),
    Case(
      "a generator", .safe,
      call(
        name("numpy.random._pickle", "__randomstate_ctor"),
        call(name("numpy.random._pickle", "__bit_generator_ctor"), text("MT19937")))),
    Case(
      "a generator that calls", .dangerous,
      call(name("numpy.random._pickle", "__randomstate_ctor"), text("MT19937"), linear)),
  ]

  @Test(arguments: arguments + constructions + states + storages + arrays)
  func judges(_ item: Case) throws {
    let document = try PickleDocument(parsing: Bytes(item.bytes))
    let audit = PickleAudit(document)
    let reasons = audit.globals.compactMap(\.reason) + audit.findings.map(\.text)
    #expect(audit.verdict == item.verdict, "\(reasons)")
  }

  /// `weights_only` of PyTorch since 2.10 sets items of dicts alone, and gives states to few.
  @Test func foretellsWeightsOnly() throws {
    for bytes in [
      Self.ops("](NeK\u{0}K\u{1}s."), Self.name("torch", "Tensor") + Self.ops("(Ne."),
      Self.name("torch", "Tensor") + Self.ops("}b."),
    ] {
      let document = try PickleDocument(parsing: Bytes(bytes))
      #expect(WeightsOnlyCheck.obstacle(in: document) != nil)
    }
  }
}
