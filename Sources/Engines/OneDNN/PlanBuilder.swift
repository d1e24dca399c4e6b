#if OneDNN
import PthBackbones
import CPthOneDNN
import PthTensors

/// Makes the steps that compute fused nodes for one input shape.
///
/// Values are in dense nhwc, in which 1×1 and strided convolutions are fastest and a slice of channels is a
/// view. A value that a convolution cannot read directly (a slice, another layout) is copied first.
struct PlanBuilder {
  let graph: ModelGraph
  let weights: StateDict
  let nodes: [FusedNode]
  let shapes: [[Int]]
  let uses: ValueUses
  let concats: ConcatPlan
  /// The compiled convolution of each fused node that needs one.
  let convolutions: [Value: PlannedConvolution]

  var buffers: [Buffer] = []
  var steps: [any PlanStep] = []
  /// The views that hold the values computed so far.
  private(set) var views: [Value: BufferView] = [:]
  /// The buffers with copies of values that a convolution could not read directly.
  private var copies: [CopyKey: Int] = [:]
  /// The buffers of concatenations, by their output.
  private var concatBuffers: [Value: Int] = [:]
  private var observations: [Plan.Observation] = []
  /// The batch norms that are separate steps, by index of the step.
  var norms: [Int: Node] = [:]

  private struct CopyKey: Hashable {
    let value: Value
    let isBlocked: Bool
  }

  init(
    graph: ModelGraph, weights: StateDict, nodes: [FusedNode], shapes: [[Int]],
    convolutions: [Value: PlannedConvolution]
  ) {
    self.graph = graph
    self.weights = weights
    self.nodes = nodes
    self.shapes = shapes
    self.convolutions = convolutions
    uses = ValueUses(nodes, shapes: shapes)
    concats = ConcatPlan(nodes, uses, shapes: shapes)
  }

  mutating func build() throws -> Plan {
    let input = wholeBuffer(of: .input)
    steps.append(InputStep(out: input))
    finish(.input, at: input)
    for (index, node) in nodes.enumerated() {
      let view = try node.operation.emit(node, at: index, in: &self)
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

  /// Stores the view of a value, and copies the value to the graph's outputs and into concatenations.
  private mutating func finish(_ value: Value, at view: BufferView) {
    views[value] = view
    for (index, output) in graph.outputs.enumerated() where output.value == value {
      steps.append(OutputStep(x: view, index: index))
    }
    guard uses.origin(of: value).value == value else { return }
    for place in concats.places[value] ?? [] { write(value, into: place) }
  }

  mutating func write(_ value: Value, into place: (concat: Value, channel: Int)) {
    let view = views[value]!
    let slot = self.slot(place, count: view.channels)
    if slot != view { steps.append(AddStep(view, nil, to: slot)) }
  }

  mutating func slot(_ place: (concat: Value, channel: Int), count: Int) -> BufferView {
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

  mutating func append(_ buffer: Buffer) -> Int {
    buffers.append(buffer)
    return buffers.count - 1
  }

  /// A new buffer for a value.
  mutating func wholeBuffer(of value: Value, isBlocked: Bool = false) -> BufferView {
    let shape = shapes[value.id]
    let pixels = shape.dropFirst(2).reduce(1, *)
    let buffer = Buffer(
      images: shape[0], pixels: pixels, channels: shape[1], isBlocked: isBlocked)
    return BufferView(buffer: append(buffer), channel: 0, channels: shape[1])
  }

  /// The view into which an operation other than a convolution writes its result: a slot of the concatenation if
  /// there is exactly one, else a new buffer.
  mutating func resultBuffer(of value: Value, isBlocked: Bool = false) -> BufferView {
    let places = concats.places[value] ?? []
    if !isBlocked, places.count == 1, concats.bases[places[0].concat] == nil,
      !concats.bases.values.contains(value)
    {
      return slot(places[0], count: shapes[value.id][1])
    }
    return wholeBuffer(of: value, isBlocked: isBlocked)
  }

  /// Whether a view is all of a dense nhwc buffer.
  func isWhole(_ view: BufferView) -> Bool {
    view.channels == buffers[view.buffer].channels && !buffers[view.buffer].isBlocked
  }

  /// A dense buffer that holds the value in the wanted layout: the value's own or a copy.
  mutating func dense(_ value: Value, isBlocked: Bool = false) -> Int {
    let view = views[value]!
    let buffer = buffers[view.buffer]
    if view.channels == buffer.channels, buffer.isBlocked == isBlocked { return view.buffer }
    let key = CopyKey(value: value, isBlocked: isBlocked)
    if let copy = copies[key] { return copy }
    let copy = wholeBuffer(of: value, isBlocked: isBlocked)
    steps.append(AddStep(view, nil, to: copy))
    copies[key] = copy.buffer
    return copy.buffer
  }

  /// A view of the value in nhwc, with any stride between pixels.
  mutating func plain(_ value: Value) -> BufferView {
    let view = views[value]!
    guard buffers[view.buffer].isBlocked else { return view }
    return BufferView(buffer: dense(value), channel: 0, channels: view.channels)
  }

  // MARK: Requests of operations

  /// Whether a value has exactly one reader and that reads the blocked layout (a Winograd convolution).
  func isWantedBlocked(_ value: Value) -> Bool {
    let readers = uses.reads(of: value)
    guard readers.count == 1, let convolution = convolutions[nodes[readers[0].step].output] else {
      return false
    }
    return convolution.isWinograd
  }

  /// The elements, in float32, of a parameter that a node reads.
  func floats(_ role: StateRole, of node: Node) throws -> [Float] {
    try graph.values(role, of: node, weights).map(Float.init)
  }

  func window(
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
