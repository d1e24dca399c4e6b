#if OneDNN
import PthBackbones
import CPthOneDNN
import PthTensors

/// Turns fused nodes into steps for one input shape.
///
/// Values lie in dense nhwc, where 1×1 and strided convolutions are fastest and a slice of the
/// channels is a view. What a convolution cannot read as it lies (a slice, another layout) is
/// copied in front of it.
struct PlanBuilder {
  let graph: ModelGraph
  let nodes: [FusedNode]
  let shapes: [[Int]]
  let uses: ValueUses
  let concats: ConcatPlan
  /// The compiled convolution of each fused node that needs one.
  let convolutions: [Value: PlannedConvolution]

  var buffers: [Buffer] = []
  var steps: [PlanStep] = []
  /// Where the values that have been computed lie.
  private var views: [Value: BufferView] = [:]
  /// Copies of values that a convolution could not read as they lie.
  private var copies: [CopyKey: Int] = [:]
  /// The memory of concatenations.
  private var concatBuffers: [Value: Int] = [:]
  private var observations: [Plan.Observation] = []
  /// The steps that are batch norms.
  private var norms: [Int: Node] = [:]

  private struct CopyKey: Hashable {
    let value: Value
    let isBlocked: Bool
  }

  init(
    graph: ModelGraph, nodes: [FusedNode], shapes: [[Int]],
    convolutions: [Value: PlannedConvolution]
  ) {
    self.graph = graph
    self.nodes = nodes
    self.shapes = shapes
    self.convolutions = convolutions
    uses = ValueUses(nodes, shapes: shapes)
    concats = ConcatPlan(nodes, uses, shapes: shapes)
  }

  mutating func build(weights: StateDict) throws -> Plan {
    let input = wholeBuffer(of: .input)
    steps.append(.input(to: input))
    finish(.input, at: input)
    for (index, node) in nodes.enumerated() {
      let view = try emit(node, at: index, weights)
      finish(node.output, at: view)
      observations.append(
        Plan.Observation(
          stepCount: steps.count, node: node.nodes[node.nodes.count - 1],
          shape: shapes[node.output.id], view: view))
    }
    return Plan(
      buffers: buffers, steps: steps, observations: observations,
      outputShapes: graph.outputs.map { shapes[$0.value.id] }, norms: norms)
  }

  /// Notes where a value lies, and sends it where it has to go at once: to the caller, and into
  /// concatenations.
  private mutating func finish(_ value: Value, at view: BufferView) {
    views[value] = view
    for (index, output) in graph.outputs.enumerated() where output.value == value {
      steps.append(.output(from: view, index: index))
    }
    guard uses.origin(of: value).value == value else { return }
    for place in concats.places[value] ?? [] { write(value, into: place) }
  }

  private mutating func write(_ value: Value, into place: (concat: Value, channel: Int)) {
    let view = views[value]!
    let slot = self.slot(place, count: view.channels)
    if slot != view { steps.append(.add(view, nil, to: slot)) }
  }

  private mutating func slot(_ place: (concat: Value, channel: Int), count: Int) -> BufferView {
    let buffer: Int
    if let known = concatBuffers[place.concat] {
      buffer = known
    } else {
      let base = concats.bases[place.concat].flatMap { views[$0] }
      buffer =
        base.flatMap { isWhole($0) ? $0.buffer : nil } ?? wholeBuffer(of: place.concat).buffer
      concatBuffers[place.concat] = buffer
    }
    return BufferView(buffer: buffer, channel: place.channel, channels: count)
  }

  // MARK: Buffers

  private mutating func append(_ buffer: Buffer) -> Int {
    buffers.append(buffer)
    return buffers.count - 1
  }

  /// New memory for a value.
  private mutating func wholeBuffer(of value: Value, isBlocked: Bool = false) -> BufferView {
    let shape = shapes[value.id]
    let pixels = shape.dropFirst(2).reduce(1, *)
    let buffer = Buffer(
      images: shape[0], pixels: pixels, channels: shape[1], isBlocked: isBlocked)
    return BufferView(buffer: append(buffer), channel: 0, channels: shape[1])
  }

  /// Where an operation of our own puts its result: into the concatenation, if that is all it is
  /// for.
  private mutating func resultBuffer(of value: Value, isBlocked: Bool = false) -> BufferView {
    let places = concats.places[value] ?? []
    if !isBlocked, places.count == 1, concats.bases[places[0].concat] == nil,
      !concats.bases.values.contains(value)
    {
      return slot(places[0], count: shapes[value.id][1])
    }
    return wholeBuffer(of: value, isBlocked: isBlocked)
  }

  /// Whether a view is all of a dense nhwc buffer.
  private func isWhole(_ view: BufferView) -> Bool {
    view.channels == buffers[view.buffer].channels && !buffers[view.buffer].isBlocked
  }

  /// A dense buffer with the value of `view`.
  private mutating func dense(_ value: Value, isBlocked: Bool = false) -> Int {
    let view = views[value]!
    let buffer = buffers[view.buffer]
    if view.channels == buffer.channels, buffer.isBlocked == isBlocked { return view.buffer }
    let key = CopyKey(value: value, isBlocked: isBlocked)
    if let copy = copies[key] { return copy }
    let copy = wholeBuffer(of: value, isBlocked: isBlocked)
    steps.append(.add(view, nil, to: copy))
    copies[key] = copy.buffer
    return copy.buffer
  }

  /// The value as nhwc, with any distance between its pixels.
  private mutating func plain(_ value: Value) -> BufferView {
    let view = views[value]!
    guard buffers[view.buffer].isBlocked else { return view }
    return BufferView(buffer: dense(value), channel: 0, channels: view.channels)
  }

  // MARK: Operations

  private mutating func emit(
    _ node: FusedNode, at index: Int, _ weights: StateDict
  ) throws -> BufferView {
    let inputs = node.first.inputs
    switch node.first.operation {
    case .sliceChannels(let start, let count):
      return plain(inputs[0]).slice(start: start, count: count)
    case .concatChannels: return concat(node)
    case .conv2d, .linear: return convolve(node, at: index, from: inputs[0])
    case .deformConv2d(let layer): return deform(node, layer)
    case .add:
      return add(node, inputs[0], inputs[1])
    case .relu:
      let x = views[inputs[0]]!
      let out = resultBuffer(of: node.output)
      steps.append(.add(x, nil, to: out, rectifies: true))
      return out
    case .batchNorm2d(let layer):
      let scale = try ChannelScale(layer, of: node.first, in: graph, weights)
      let x = plain(inputs[0])
      let out = resultBuffer(of: node.output)
      norms[steps.count] = node.first
      steps.append(
        .scale(
          x, scale: scale.floatScale, shift: scale.floatShift, to: out, rectifies: node.rectifies)
      )
      return out
    case .groupNorm(let layer):
      let x = plain(inputs[0])
      let out = resultBuffer(of: node.output)
      let step = PlanStep.GroupNormStep(
        layer: layer,
        weight: try graph.values(.normWeight, of: node.first, weights).map(Float.init),
        bias: try graph.values(.normBias, of: node.first, weights).map(Float.init),
        coefficients: append(Buffer(byteCount: 8 * shapes[0][0] * layer.channels)))
      steps.append(.groupNorm(x, step, to: out, rectifies: node.rectifies))
      return out
    case .sigmoid:
      let x = plain(inputs[0])
      let out = resultBuffer(of: node.output)
      steps.append(.sigmoid(x, to: out))
      return out
    case .maxPool2d(let pool):
      let x = plain(inputs[0])
      let out = resultBuffer(of: node.output)
      steps.append(.maxPool(x, window(node, pool.kernel, pool.stride, pool.padding), to: out))
      return out
    case .avgPool2d(let pool):
      let x = plain(inputs[0])
      let out = resultBuffer(of: node.output)
      steps.append(
        .avgPool(
          x, window(node, pool.kernel, pool.stride, pool.padding),
          countsPadding: pool.countIncludePad, to: out))
      return out
    case .globalAvgPool:
      let x = plain(inputs[0])
      let out = wholeBuffer(of: node.output)
      steps.append(.mean(x, to: out.buffer))
      return out
    }
  }

  private mutating func concat(_ node: FusedNode) -> BufferView {
    var channel = 0
    for input in node.first.inputs {
      let place = (concat: node.output, channel: channel)
      if uses.origin(of: input).value != input { write(input, into: place) }
      channel += shapes[input.id][1]
    }
    return slot((node.output, 0), count: channel)
  }

  /// The layout in which the only reader of a value wants it.
  private func isWantedBlocked(_ value: Value) -> Bool {
    let readers = uses.reads(of: value)
    guard readers.count == 1, let convolution = convolutions[nodes[readers[0].step].output] else {
      return false
    }
    return convolution.isWinograd
  }

  private mutating func add(_ node: FusedNode, _ x: Value, _ y: Value) -> BufferView {
    var (a, b) = (views[x]!, views[y]!)
    let out = resultBuffer(of: node.output, isBlocked: isWantedBlocked(node.output))
    // What has just been copied into a concatenation need not be read once more.
    if case .add(let copied, nil, nil, let place, false)? = steps.last,
      !place.overlaps(a), !place.overlaps(b), copied == a || copied == b
    {
      if copied == b { (a, b) = (b, a) }
      steps.removeLast()
      steps.append(.add(a, b, copy: place, to: out, rectifies: node.rectifies))
    } else {
      steps.append(.add(a, b, to: out, rectifies: node.rectifies))
    }
    return out
  }

  private mutating func convolve(
    _ node: FusedNode, at index: Int, from value: Value
  ) -> BufferView {
    let convolution = convolutions[node.output]!
    let source = dense(value, isBlocked: convolution.isWinograd)
    let out = destination(of: node, at: index, source: source, convolution)
    append(convolution, from: source, to: out.buffer)
    return out
  }

  private mutating func append(_ convolution: PlannedConvolution, from source: Int, to out: Int) {
    let scratch = append(Buffer(byteCount: max(convolution.compiled.scratchByteCount, 64)))
    steps.append(
      .convolve(
        convolution.compiled, weights: convolution.weights, from: source, to: out,
        scratch: scratch))
  }

  /// The memory of a convolution's result: that of the addend, if nothing else needs it.
  private mutating func destination(
    of node: FusedNode, at index: Int, source: Int, _ convolution: PlannedConvolution
  ) -> BufferView {
    guard let addend = node.addend, let view = views[addend] else {
      return wholeBuffer(of: node.output, isBlocked: convolution.isWinograd)
    }
    let origin = uses.origin(of: addend).value
    if isWhole(view), view.buffer != source,
      uses.reads(of: origin).allSatisfy({ $0.step <= index })
    {
      return view
    }
    let out = wholeBuffer(of: node.output)
    steps.append(.add(view, nil, to: out))
    return out
  }

  private mutating func deform(_ node: FusedNode, _ layer: DeformConv2d) -> BufferView {
    let inputs = node.first.inputs
    let x = plain(inputs[0])
    let offsets = plain(inputs[1])
    let mask = layer.isModulated ? plain(inputs[2]) : nil
    let shape = shapes[node.output.id]
    let kernel = layer.convolution.kernel
    let columns = append(
      Buffer(
        images: shape[0], pixels: shape[2] * shape[3],
        channels: layer.convolution.inChannels * kernel.height * kernel.width))
    var window = self.window(node, kernel, layer.convolution.stride, layer.convolution.padding)
    window.dilation = (
      Int64(layer.convolution.dilation.height), Int64(layer.convolution.dilation.width)
    )
    steps.append(.sample(x, offsets: offsets, mask: mask, layer, window, to: columns))
    let out = wholeBuffer(of: node.output)
    append(convolutions[node.output]!, from: columns, to: out.buffer)
    return out
  }

  private func window(
    _ node: FusedNode, _ kernel: Size2D, _ stride: Size2D, _ padding: Size2D
  ) -> onednn_window {
    let x = shapes[node.first.inputs[0].id]
    let out = shapes[node.output.id]
    func pair(_ size: Size2D) -> (Int64, Int64) { (Int64(size.height), Int64(size.width)) }
    return onednn_window(
      images: Int64(x[0]), channels: Int64(x[1]), in_size: (Int64(x[2]), Int64(x[3])),
      out_size: (Int64(out[2]), Int64(out[3])), kernel: pair(kernel), stride: pair(stride),
      padding: pair(padding), dilation: (1, 1))
  }
}
#endif
