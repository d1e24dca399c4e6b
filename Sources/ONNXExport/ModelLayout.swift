import PthCheckpoints

/// The layout of the model's file: the serialised messages with the weights between them.
///
/// Protobuf allows the fields of a message in any order. Therefore the graph is the model's last field, the
/// initialisers are the graph's last fields, and the values are each tensor's last field.
struct ModelLayout {
  let file: FileLayout
  var byteCount: Int { file.byteCount }

  /// - Parameter external: The file with the weights; nil if they are in the model.
  init(
    _ messages: ModelMessages, _ initializers: [ONNXInitializer], external: ExternalData? = nil
  ) {
    let tensors = initializers.enumerated().map { index, initializer in
      let fields = ModelMessages.tensor(
        initializer, external: external.map { ($0.location, $0.offsets[index]) })
      guard external == nil else {
        return FileLayout.Record(
          head: WireFormat.prefix(.graphInitializer, length: fields.count) + fields)
      }
      let contents =
        fields + WireFormat.prefix(.tensorRawData, length: initializer.byteCount)
      let length = contents.count + initializer.byteCount
      return FileLayout.Record(
        head: WireFormat.prefix(.graphInitializer, length: length) + contents,
        data: [initializer.data])
    }
    let graphLength = messages.graph.count + tensors.reduce(0) { $0 + $1.byteCount }
    let frame = WireFormat.prefix(.modelGraph, length: graphLength)
    let beginning = FileLayout.Record(head: messages.model + frame + messages.graph)
    file = FileLayout(records: [beginning] + tensors)
  }
}

/// The separate file with the weights, in the model's folder.
struct ExternalData {
  let path: String
  /// The file's name in the model, relative to the model's folder.
  let location: String
  /// The offset of each initialiser in bytes.
  let offsets: [Int]
  let file: FileLayout

  /// Alignment to pages, as ONNX recommends, so that a runtime can map each tensor.
  private static let alignment = 4096

  init(_ initializers: [ONNXInitializer], modelPath: String) {
    path = modelPath + ".data"
    location = path.split(separator: "/").last.map(String.init) ?? path
    var end = 0
    var offsets: [Int] = []
    var records: [FileLayout.Record] = []
    for initializer in initializers {
      let offset = (end + Self.alignment - 1) / Self.alignment * Self.alignment
      records.append(
        .init(head: [UInt8](repeating: 0, count: offset - end), data: [initializer.data]))
      offsets.append(offset)
      end = offset + initializer.byteCount
    }
    self.offsets = offsets
    file = FileLayout(records: records)
  }
}
