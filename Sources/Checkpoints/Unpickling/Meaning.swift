import PthPickle
import PthTensors

/// What a pickled value means to PyTorch.
enum Meaning {
  /// None, bool, int, float, string or bytes; the document has the value.
  case scalar
  case tensor(Tensor)
  /// A value made of several tensors: a sparse tensor, or a tensor subclass that wraps others.
  case components([(name: String, tensor: Tensor)])
  /// A numpy scalar, which is a value and not a weight.
  case numpyScalar(Tensor)
  case storage(TensorStorage, DType)
  /// A dict, `OrderedDict` or similar; `ObjectReader.entries` gives its entries.
  case mapping
  case sequence([PickleHandle])
  /// An `nn.Module`, eager or scripted; `attributes` is its `__dict__`.
  case module(className: GlobalName, attributes: PickleHandle)
  /// An instance of any other class, with the states that BUILD gave it.
  case object(className: GlobalName, states: [PickleHandle])
  case global(GlobalName)
  case dtype(DType)
  case device(String)
  case size([Int])
  /// A call without a known meaning.
  case opaque(String)
}

/// The result of a rebuild function.
enum Rebuilt {
  case done(Meaning)
  /// The same as another value: `_rebuild_parameter(tensor, …)` is its tensor.
  case same(as: PickleHandle)
  /// The result of another call: `_rebuild_from_type_v2(function, type, arguments, state)`.
  case call(PickleHandle, arguments: PickleHandle, state: PickleHandle?)
}

/// The arguments and states that a rebuild function gets.
struct RebuildCall {
  let arguments: [PickleHandle]
  /// The states that BUILD attached to the result.
  let states: [PickleHandle]

  func argument(_ index: Int) throws -> PickleHandle {
    guard index < arguments.count else {
      throw CheckpointError(
        .malformed("a rebuild call has \(arguments.count) arguments, needs \(index + 1)"))
    }
    return arguments[index]
  }
}

/// Finds the objects behind persistent ids; each container has its own implementation.
protocol PersistentObjects {
  func resolve(_ id: PickleHandle, in reader: ObjectReader) throws -> Meaning
}

/// For pickles without persistent ids.
struct NoPersistentObjects: PersistentObjects {
  func resolve(_ id: PickleHandle, in reader: ObjectReader) throws -> Meaning {
    .opaque("persistent id \(reader.keyText(id))")
  }
}
