import PthPickle
import PthTensors

/// PyTorch's names in pickles.
enum TorchNames {
  /// The dtype of a storage class such as `torch.FloatStorage` or `torch.cuda.HalfStorage`.
  static func storageDType(_ global: GlobalName) -> DType? {
    guard global.module == "torch" || global.module.hasPrefix("torch.") else { return nil }
    return storageTypes[global.name]
  }

  private static let storageTypes: [String: DType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "ComplexHalfStorage": .complex32,
    "ComplexFloatStorage": .complex64, "ComplexDoubleStorage": .complex128,
    "CharStorage": .int8, "ShortStorage": .int16, "IntStorage": .int32, "LongStorage": .int64,
    "ByteStorage": .uint8, "UInt16Storage": .uint16, "UInt32Storage": .uint32,
    "UInt64Storage": .uint64, "BoolStorage": .bool,
    "QInt8Storage": .qint8, "QUInt8Storage": .quint8, "QInt32Storage": .qint32,
    "QUInt4x2Storage": .quint4x2, "QUInt2x4Storage": .quint2x4,
    // TorchScript's C++ pickler derives the names of newer types from the scalar type.
    "Float8_e4m3fnStorage": .float8_e4m3fn, "Float8_e4m3fnuzStorage": .float8_e4m3fnuz,
    "Float8_e5m2Storage": .float8_e5m2, "Float8_e5m2fnuzStorage": .float8_e5m2fnuz,
    "Float8_e8m0fnuStorage": .float8_e8m0fnu, "Float4_e2m1fn_x2Storage": .float4_e2m1fn_x2,
    "Bits8Storage": .bits8, "Bits16Storage": .bits16,
    "UntypedStorage": .uint8,
  ]

  /// The storage class under which `torch.save` writes a dtype; nil for newer dtypes, which are saved in untyped
  /// storages.
  static func storageClass(_ dtype: DType) -> GlobalName? {
    storageClasses[dtype].map { GlobalName(module: "torch", name: $0) }
  }

  private static let storageClasses: [DType: String] = Dictionary(
    uniqueKeysWithValues: [
      "Double", "Float", "Half", "BFloat16", "ComplexFloat", "ComplexDouble", "Char", "Short",
      "Int", "Long", "Byte", "Bool", "QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4",
    ].compactMap { name in storageTypes[name + "Storage"].map { ($0, name + "Storage") } })

  /// The dtype that a global such as `torch.float32` names.
  static func dtype(_ global: GlobalName) -> DType? {
    global.module == "torch" ? DType(rawValue: global.name) : nil
  }

  /// Whether a class is one of the old tensor types, `torch.FloatTensor` or `torch.cuda.…`.
  static func isTensorClass(_ global: GlobalName) -> Bool {
    (global.module == "torch" || global.module == "torch.cuda" || global.module == "torch.sparse")
      && global.name.hasSuffix("Tensor")
  }

  /// Dictionary classes: their entries come by SETITEMS or in their argument.
  static let mappings: Set<String> = [
    "collections.OrderedDict", "collections.defaultdict", "collections.Counter",
    "builtins.dict", "__builtin__.dict",
  ]

  /// Container classes whose members are their only argument.
  static let sequences: Set<String> = [
    "builtins.set", "builtins.frozenset", "builtins.list", "builtins.tuple", "collections.deque",
    "__builtin__.set", "__builtin__.frozenset", "__builtin__.list", "__builtin__.tuple",
  ]
}
