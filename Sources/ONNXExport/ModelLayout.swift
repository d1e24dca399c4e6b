import PthCheckpoints

/// The model's file: the packed messages with the weights spliced in between.
///
/// Protobuf lets the fields of a message come in any order, so the initialisers follow the rest of
/// the graph, the graph the rest of the model, and each tensor's values its other fields.
struct ModelLayout {
  let file: FileLayout
  var byteCount: Int { file.byteCount }

  /// - Parameter external: Where the weights are, if not in the model.
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

/// The file beside the model that holds the weights.
struct ExternalData {
  let path: String
  /// Its name as the model refers to it, from the model's own folder.
  let location: String
  /// Where each initialiser begins.
  let offsets: [Int]
  let file: FileLayout

  /// Pages, as the format advises, so that a runtime can map each tensor.
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
