import Bytes
import Checkpoints

/// The model's file: the packed messages with the weights spliced in between.
///
/// Protobuf lets the fields of a message come in any order, so the initialisers follow the rest of
/// the graph, the graph the rest of the model, and each tensor's values its other fields.
struct ModelLayout {
  /// Everything before the first initialiser.
  private let beginning: [UInt8]
  private let tensors: [Tensor]
  let byteCount: Int

  private struct Tensor {
    /// What comes before the values: the frames and the tensor's other fields.
    let head: [UInt8]
    /// The values, unless they are elsewhere.
    let values: ONNXInitializer?

    var byteCount: Int { head.count + (values?.byteCount ?? 0) }
  }

  /// - Parameter external: Where the weights are, if not in the model.
  init(
    _ messages: ModelMessages, _ initializers: [ONNXInitializer], external: ExternalData? = nil
  ) {
    tensors = initializers.enumerated().map { index, initializer in
      let fields = ModelMessages.tensor(
        initializer, external: external.map { ($0.location, $0.offsets[index]) })
      guard external == nil else {
        return Tensor(
          head: WireFormat.prefix(.graphInitializer, length: fields.count) + fields, values: nil)
      }
      let contents =
        fields + WireFormat.prefix(.tensorRawData, length: initializer.byteCount)
      let length = contents.count + initializer.byteCount
      return Tensor(
        head: WireFormat.prefix(.graphInitializer, length: length) + contents, values: initializer)
    }
    let graphLength = messages.graph.count + tensors.reduce(0) { $0 + $1.byteCount }
    let frame = WireFormat.prefix(.modelGraph, length: graphLength)
    beginning = messages.model + frame + messages.graph
    byteCount = messages.model.count + frame.count + graphLength
  }

  func write(to file: AtomicFile, progress: (Int) -> Void) throws {
    var pending = beginning
    for tensor in tensors {
      pending += tensor.head
      guard let values = tensor.values else { continue }
      try file.append(Bytes(pending))
      pending.removeAll(keepingCapacity: true)
      try values.write(to: file)
      progress(values.byteCount)
    }
    try file.append(Bytes(pending))
  }
}

/// The file beside the model that holds the weights.
struct ExternalData {
  let path: String
  /// Its name as the model refers to it, from the model's own folder.
  let location: String
  /// Where each initialiser begins.
  let offsets: [Int]
  private let initializers: [ONNXInitializer]

  /// Pages, as the format advises, so that a runtime can map each tensor.
  private static let alignment = 4096

  init(_ initializers: [ONNXInitializer], modelPath: String) {
    self.initializers = initializers
    path = modelPath + ".data"
    location = path.split(separator: "/").last.map(String.init) ?? path
    var end = 0
    var offsets: [Int] = []
    for initializer in initializers {
      offsets.append((end + Self.alignment - 1) / Self.alignment * Self.alignment)
      end = offsets.last! + initializer.byteCount
    }
    self.offsets = offsets
  }

  func write(to file: AtomicFile, progress: (Int) -> Void) throws {
    var end = 0
    for (initializer, offset) in zip(initializers, offsets) {
      try file.append(Bytes(repeatElement(0, count: offset - end)))
      try initializer.write(to: file)
      end = offset + initializer.byteCount
      progress(initializer.byteCount)
    }
  }
}
