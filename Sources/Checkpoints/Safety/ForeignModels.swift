import PthBytes
import PthPickle

/// Models for other programs that have no reader here: their references to files and code outside.
enum ForeignModel {
  /// - Returns: an empty list if the bytes are no such model.
  static func findings(_ bytes: Bytes) -> [(verdict: AuditVerdict, text: String)] {
    bytes.starts(with: Array("GGUF".utf8)) ? GGUFModel.findings(bytes) : ONNXModel.findings(bytes)
  }
}

/// GGUF: Python bindings of llama.cpp run the chat template with Jinja.
enum GGUFModel {
  private static let key = Array("tokenizer.chat_template".utf8)

  static func findings(_ bytes: Bytes) -> [(verdict: AuditVerdict, text: String)] {
    // After the key: the value's type (8 for a string), the string's length, the string.
    guard let start = bytes.firstPosition(of: key).map({ $0 + key.count }),
      let type: UInt32 = try? bytes.integer(at: start), type == 8,
      let length: UInt64 = try? bytes.integer(at: start + 4), let count = Int(exactly: length),
      let template = try? bytes.slice(at: start + 12, count: min(count, 1 << 20)).text,
      template.contains("__")
    else { return [] }
    return [
      (.unknown, "has a template for chats that uses names of Python's own, which Jinja may run")
    ]
  }
}

/// ONNX: external weights, whose paths readers have followed out of the folder, and operators of custom libraries.
struct ONNXModel {
  private static let maximumDepth = 16
  private static let domains: Set<String> = [
    "", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft",
    "com.microsoft.nchwc", "com.microsoft.experimental", "org.pytorch.aten",
    "pkg.onnxscript.torch_lib",
    "pkg.onnxscript.torch_lib.common", "pkg.torch.onnx",
  ]
  /// The field numbers of a ModelProto.
  private static let fields: Set<Int> = [1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]

  private var found: [(verdict: AuditVerdict, text: String)] = []
  /// The domains of functions that the model itself defines.
  private var functions: Set<String> = []

  static func findings(_ bytes: Bytes) -> [(verdict: AuditVerdict, text: String)] {
    // The first field is the IR version, a small number.
    guard bytes.count > 8, bytes[0] == 8, bytes[1] < 64 else { return [] }
    var graphs: [Bytes] = []
    var functions: [Bytes] = []
    var trainings: [Bytes] = []
    let isModel = ProtobufFields.forEach(in: bytes) { field, value in
      if case .bytes(let message) = value {
        if field == 7 { graphs.append(message) }
        if field == 20 { trainings.append(message) }
        if field == 25 { functions.append(message) }
      }
      return fields.contains(field)
    }
    guard isModel, !graphs.isEmpty else { return [] }
    // The graphs of a training: initialization and algorithm.
    for training in trainings {
      forEachMessage(in: training) { if [1, 2].contains($0) { graphs.append($1) } }
    }
    var model = ONNXModel()
    for function in functions {
      model.functions.formUnion(text(of: 10, in: function))
    }
    for graph in graphs { model.look(intoGraph: graph, nodes: 1, depth: 0) }
    for function in functions { model.look(intoGraph: function, nodes: 7, depth: 0) }
    return model.found
  }

  private mutating func add(_ verdict: AuditVerdict, _ text: String) {
    if found.count < 20, !found.contains(where: { $0.text == text }) {
      found.append((verdict, text))
    }
  }

  /// Examines a graph or a function; `nodes` is the field number of the nodes, 1 in a graph and 7 in a function.
  private mutating func look(intoGraph graph: Bytes, nodes: Int, depth: Int) {
    guard depth < Self.maximumDepth else {
      return add(.unknown, "nests graphs too deeply to be judged")
    }
    Self.forEachMessage(in: graph) { field, message in
      switch (nodes, field) {
      case (nodes, nodes): look(intoNode: message, depth: depth)
      case (1, 5): look(intoTensor: message)
      case (1, 15): look(intoSparseTensor: message)
      // The default values of a function's attributes.
      case (7, 11): look(intoAttribute: message, depth: depth)
      default: break
      }
    }
  }

  private mutating func look(intoNode node: Bytes, depth: Int) {
    for domain in Self.text(of: 7, in: node)
    where !Self.domains.contains(domain) && !functions.contains(domain) {
      add(
        .unknown, "uses operators of '\(domain.prefix(60))', which somebody's library has to bring")
    }
    Self.forEachMessage(in: node) { field, attribute in
      if field == 5 { look(intoAttribute: attribute, depth: depth) }
    }
  }

  private mutating func look(intoAttribute attribute: Bytes, depth: Int) {
    Self.forEachMessage(in: attribute) { field, message in
      switch field {
      case 5, 10: look(intoTensor: message)
      case 6, 11: look(intoGraph: message, nodes: 1, depth: depth + 1)
      case 22, 23: look(intoSparseTensor: message)
      default: break
      }
    }
  }

  /// Examines a sparse tensor: its values and its indices.
  private mutating func look(intoSparseTensor sparse: Bytes) {
    Self.forEachMessage(in: sparse) { field, message in
      if [1, 2].contains(field) { look(intoTensor: message) }
    }
  }

  private mutating func look(intoTensor tensor: Bytes) {
    Self.forEachMessage(in: tensor) { field, entry in
      // Of a field that occurs several times, readers take the last.
      guard field == 13, Self.text(of: 1, in: entry).contains("location") else { return }
      for path in Self.text(of: 2, in: entry) {
        if let problem = EntryName.problem(path) {
          add(.dangerous, "takes weights from '\(path.prefix(60))', which \(problem)")
        }
      }
    }
  }

  private static func forEachMessage(in bytes: Bytes, _ body: (Int, Bytes) -> Void) {
    _ = ProtobufFields.forEach(in: bytes) { field, value in
      if case .bytes(let message) = value { body(field, message) }
      return true
    }
  }

  private static func text(of number: Int, in message: Bytes) -> [String] {
    var texts: [String] = []
    forEachMessage(in: message) { if $0 == number, texts.count < 4 { texts.append($1.text) } }
    return texts
  }
}
