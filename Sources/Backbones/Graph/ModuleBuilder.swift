/// A module under construction: declares its children and records operations.
///
/// Declare modules in the order in which PyTorch's `__init__` registers them, and apply them in the order of
/// its `forward`. The methods for each operation are in the operation's file in `Graph/Operations`. The first
/// error (a name used twice, channels that do not fit) is kept, and
/// ``ModelGraph/build(_:inputChannels:_:)`` throws it at the end.
public struct ModuleBuilder {
  let recorder: GraphRecorder
  let index: Int

  /// The module's path as in `named_modules()`.
  package var path: String { recorder.modules[index].path }

  /// The stage that the module's parameters and operations belong to.
  package var stage: Stage { recorder.modules[index].stage }

  // MARK: Containers

  /// An `nn.Sequential` called `name`; its children are called `0`, `1`….
  ///
  /// - Parameter stage: the stage of all modules inside; by default the surrounding module's.
  public func sequential(_ name: String, stage: Stage? = nil) -> ModuleBuilder {
    child(name, .sequential, stage: stage)
  }

  /// An `nn.ModuleList` called `name`.
  public func moduleList(_ name: String) -> ModuleBuilder { child(name, .moduleList) }

  /// A residual block of class `type`; `lastNorm` is the name of its last norm before the addition.
  public func block(_ name: String, type: String, lastNorm: String) -> ModuleBuilder {
    child(name, .block(type, lastNorm: lastNorm))
  }

  // MARK: Results

  /// Returns `value` from the graph under `name`.
  public func output(_ name: String, _ value: Value) { recorder.output(name, value) }

  /// Marks a stage as frozen: training does not change its parameters and statistics.
  public func freeze(_ stage: Stage) { recorder.frozenStages.insert(stage) }
}

/// A declared module that can be applied to values: `conv1(x)`.
public struct Layer {
  let apply: (Value) -> Value

  package init(_ apply: @escaping (Value) -> Value) { self.apply = apply }

  /// Records the module's operation on `x`.
  public func callAsFunction(_ x: Value) -> Value { apply(x) }
}

extension ModuleBuilder {
  /// The builder of the child that was already declared as `name`, for declaring modules inside of it.
  func declared(_ name: String) -> ModuleBuilder {
    let path = joined(path, name)
    guard
      let child = recorder.modules[index].children.last(where: {
        recorder.modules[$0].path == path
      })
    else {
      recorder.fail(at: path, "there is no such module")
      return self
    }
    return ModuleBuilder(recorder: recorder, index: child)
  }

  func child(
    _ name: String, _ kind: ModuleKind, stage: Stage? = nil,
    parameters: [ParameterDeclaration] = [], fault: String? = nil, requiresGrad: Bool = true
  ) -> ModuleBuilder {
    if let fault { recorder.fail(at: joined(path, name), fault) }
    let child = recorder.register(
      name, kind, in: index, stage: stage ?? self.stage, parameters: parameters,
      requiresGrad: requiresGrad)
    return ModuleBuilder(recorder: recorder, index: child)
  }

  /// A module that owns the parameters of `operation` (except those in `roles`) and applies it to
  /// one value.
  package func layer(
    _ name: String, _ operation: some GraphOperation, without roles: Set<StateRole> = [],
    requiresGrad: Bool = true, stage: Stage? = nil
  ) -> Layer {
    let module = child(
      name, .layer(operation), stage: stage,
      parameters: operation.parameters.filter { !roles.contains($0.role) },
      fault: operation.fault, requiresGrad: requiresGrad)
    return Layer { x in module.apply(operation, to: [x]) }
  }

  /// Records an operation that reads this module's own parameters.
  func apply(_ operation: some GraphOperation, to inputs: [Value]) -> Value {
    recorder.record(
      operation, inputs, name: path, module: index, readsState: true, stage: stage)
  }

  /// Records an operation without parameters inside of this module.
  package func record(
    _ operation: some GraphOperation, _ inputs: [Value], name: String? = nil, stage: Stage? = nil
  ) -> Value {
    let name = joined(path, name ?? operation.nodeSuffix)
    if let fault = operation.fault { recorder.fail(at: name, fault) }
    return recorder.record(
      operation, inputs, name: name, module: index, readsState: false, stage: stage ?? self.stage)
  }
}

/// `path.name`, or `name` at the root.
func joined(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
