/// A module under construction: declares its children and records operations.
///
/// Declare modules in the order in which PyTorch's `__init__` registers them, apply them in the
/// order of its `forward`. Mistakes (a name used twice, channels that do not fit) are kept and
/// thrown by ``ModelGraph/build(_:inputChannels:_:)`` at the end.
package struct ModuleBuilder {
  let recorder: GraphRecorder
  let index: Int

  /// Where the module is in the tree of modules, as in `named_modules()`.
  package var path: String { recorder.modules[index].path }

  /// The stage that its parameters and operations count to.
  package var stage: Stage { recorder.modules[index].stage }

  // MARK: Containers

  /// An `nn.Sequential` called `name`; its children are called `0`, `1`….
  ///
  /// - Parameter stage: the stage of all inside; by default that of the surrounding module.
  package func sequential(_ name: String, stage: Stage? = nil) -> ModuleBuilder {
    child(name, .sequential, stage: stage)
  }

  /// An `nn.ModuleList` called `name`.
  package func moduleList(_ name: String) -> ModuleBuilder { child(name, .moduleList) }

  /// A residual block of class `type`; `lastNorm` is the name of its last norm before the addition.
  package func block(_ name: String, type: String, lastNorm: String) -> ModuleBuilder {
    child(name, .block(type, lastNorm: lastNorm))
  }

  // MARK: Layers

  /// An `nn.Conv2d` with zero padding; no bias unless asked for.
  package func conv2d(
    _ name: String, in inChannels: Int, out outChannels: Int, kernel: Size2D, stride: Size2D = 1,
    padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, bias: Bool = false
  ) -> Layer {
    let conv = Conv2d(
      inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation, groups: groups, hasBias: bias)
    return layer(name, .conv2d(conv), .conv2d(conv), state: conv.state, fault: conv.fault)
  }

  /// An `nn.BatchNorm2d` with running statistics.
  ///
  /// - Parameters:
  ///   - requiresGrad: whether training changes weight and bias.
  ///   - countsBatches: whether there is `num_batches_tracked`, which a `FrozenBatchNorm2d` lacks.
  package func batchNorm2d(
    _ name: String, channels: Int, eps: Double = 1e-5, requiresGrad: Bool = true,
    countsBatches: Bool = true, stage: Stage? = nil
  ) -> Layer {
    let norm = BatchNorm2d(channels: channels, eps: eps)
    return layer(
      name, .batchNorm2d(norm), .batchNorm2d(norm),
      state: norm.state.filter { countsBatches || $0.0 != .numBatchesTracked },
      fault: (1...Limit.channels).contains(channels) ? nil : "the channels must be positive",
      requiresGrad: requiresGrad,
      stage: stage)
  }

  /// An `nn.GroupNorm`.
  package func groupNorm(
    _ name: String, groups: Int, channels: Int, eps: Double = 1e-5, requiresGrad: Bool = true
  ) -> Layer {
    let norm = GroupNorm(groups: groups, channels: channels, eps: eps)
    return layer(
      name, .groupNorm(norm), .groupNorm(norm), state: norm.state, fault: norm.fault,
      requiresGrad: requiresGrad)
  }

  /// An `nn.Linear`.
  package func linear(
    _ name: String, in inFeatures: Int, out outFeatures: Int, bias: Bool = true,
    stage: Stage? = nil
  ) -> Layer {
    let linear = Linear(inFeatures: inFeatures, outFeatures: outFeatures, hasBias: bias)
    return layer(
      name, .linear(linear), .linear(linear), state: linear.state,
      fault: [inFeatures, outFeatures].allSatisfy((1...Limit.channels).contains)
        ? nil : "the features must be positive", stage: stage
    )
  }

  /// mmcv's `DCN` (or, modulated, `DCNv2`): a convolution called `conv_offset` inside of the module
  /// predicts where to sample. In a modulated one the last third of its channels, through a
  /// sigmoid, is the mask.
  ///
  /// - Parameter offsetBeside: what that convolution is called if it stands beside the module and
  ///   before it, as in detectron2.
  package func deformConv2d(
    _ name: String, in inChannels: Int, out outChannels: Int, kernel: Size2D, stride: Size2D = 1,
    padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, deformGroups: Int = 1,
    modulated: Bool, offsetBeside: String? = nil
  ) -> Layer {
    let deform = DeformConv2d(
      convolution: Conv2d(
        inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride,
        padding: padding, dilation: dilation, groups: groups), deformGroups: deformGroups,
      isModulated: modulated)
    let fault = deform.fault
    let offset = deform.offsetConvolution
    func predictor(_ name: String, in scope: ModuleBuilder) -> Layer {
      scope.layer(
        name, .offsetConv2d(offset), .conv2d(offset), state: offset.state, fault: offset.fault)
    }
    let beside = fault == nil ? offsetBeside.map { predictor($0, in: self) } : nil
    let scope = child(
      name, .deformConv2d(deform), state: deform.convolution.state, fault: fault)
    guard fault == nil else { return Layer { $0 } }
    let predict = beside ?? predictor("conv_offset", in: scope)
    return Layer { x in
      let prediction = predict(x)
      guard modulated else { return scope.apply(.deformConv2d(deform), to: [x, prediction]) }
      let offsets = scope.slice(prediction, start: 0, count: deform.offsetChannels)
      let mask = scope.sigmoid(
        scope.slice(prediction, start: deform.offsetChannels, count: deform.maskChannels))
      return scope.apply(.deformConv2d(deform), to: [x, offsets, mask])
    }
  }

  // MARK: Operations

  package func relu(_ x: Value) -> Value { record(.relu, [x]) }

  package func sigmoid(_ x: Value) -> Value { record(.sigmoid, [x]) }

  /// Elementwise sum.
  package func add(_ x: Value, _ y: Value) -> Value { record(.add, [x, y]) }

  /// `nn.MaxPool2d`; `name` is what the module would be called.
  package func maxPool2d(
    _ x: Value, kernel: Size2D, stride: Size2D, padding: Size2D = 0, ceilMode: Bool = false,
    name: String? = nil
  ) -> Value {
    let pool = MaxPool2d(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
    return record(.maxPool2d(pool), [x], name: name, fault: pool.fault)
  }

  /// `nn.AvgPool2d`; `name` is what the module would be called.
  package func avgPool2d(
    _ x: Value, kernel: Size2D, stride: Size2D, padding: Size2D = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, name: String? = nil
  ) -> Value {
    let pool = AvgPool2d(
      kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
      countIncludePad: countIncludePad)
    return record(.avgPool2d(pool), [x], name: name, fault: pool.fault)
  }

  /// Channels `start ..< start + count`.
  package func slice(_ x: Value, start: Int, count: Int) -> Value {
    record(.sliceChannels(start: start, count: count), [x])
  }

  /// `torch.cat` along the channels.
  package func concat(_ values: [Value]) -> Value { record(.concatChannels, values) }

  /// The mean over height and width: `[batch, channels]`.
  package func globalAvgPool(_ x: Value, stage: Stage? = nil) -> Value {
    record(.globalAvgPool, [x], stage: stage)
  }

  // MARK: Results

  /// Returns `value` from the graph under `name`.
  package func output(_ name: String, _ value: Value) { recorder.output(name, value) }

  /// Marks a stage as frozen: training leaves its parameters and statistics alone.
  package func freeze(_ stage: Stage) { recorder.frozenStages.insert(stage) }
}

/// A declared module, waiting to be applied: `conv1(x)`.
package struct Layer {
  let apply: (Value) -> Value

  package init(_ apply: @escaping (Value) -> Value) { self.apply = apply }

  /// Records the module's operation on `x`.
  package func callAsFunction(_ x: Value) -> Value { apply(x) }
}

extension ModuleBuilder {
  /// The child that was declared as `name`, to declare modules inside of it.
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
    _ name: String, _ kind: ModuleKind, stage: Stage? = nil, state: [(StateRole, [Int])] = [],
    fault: String? = nil, requiresGrad: Bool = true
  ) -> ModuleBuilder {
    if let fault { recorder.fail(at: joined(path, name), fault) }
    let child = recorder.register(
      name, kind, in: index, stage: stage ?? self.stage, state: state, requiresGrad: requiresGrad)
    return ModuleBuilder(recorder: recorder, index: child)
  }

  func layer(
    _ name: String, _ kind: ModuleKind, _ operation: Operation, state: [(StateRole, [Int])],
    fault: String?, requiresGrad: Bool = true, stage: Stage? = nil
  ) -> Layer {
    let module = child(
      name, kind, stage: stage, state: state, fault: fault, requiresGrad: requiresGrad)
    return Layer { x in module.apply(operation, to: [x]) }
  }

  /// An operation with this module's own parameters.
  func apply(_ operation: Operation, to inputs: [Value]) -> Value {
    recorder.record(
      operation, inputs, name: path, module: index, readsState: true, stage: stage)
  }

  /// An operation without parameters inside of this module.
  func record(
    _ operation: Operation, _ inputs: [Value], name: String? = nil, fault: String? = nil,
    stage: Stage? = nil
  ) -> Value {
    let name = joined(path, name ?? operation.nodeSuffix)
    if let fault { recorder.fail(at: name, fault) }
    return recorder.record(
      operation, inputs, name: name, module: index, readsState: false, stage: stage ?? self.stage)
  }
}

/// `path.name`, or `name` at the root.
func joined(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
