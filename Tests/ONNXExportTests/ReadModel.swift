import CPthONNXSchema
import CPthProtobufC
import Foundation
import Testing

/// An ONNX file, read back whole by protobuf-c.
struct ReadModel {
  struct Node: Equatable {
    let type: String
    let name: String
    let inputs: [String]
    let outputs: [String]
    /// Attributes as `strides=[2, 2]`, `group=1`, `epsilon=0.5`, in order.
    let attributes: [String]
  }

  struct Initializer {
    let name: String
    let dims: [Int]
    let dataType: Int
    let rawData: Data?
    /// `location`, `offset` and `length` of values in another file.
    let external: [String: String]
  }

  /// `input[batch,3,height,width]:1`, with the element type at the end.
  typealias Port = String

  private(set) var irVersion = 0
  private(set) var opset = 0
  private(set) var producer = ""
  private(set) var graphName = ""
  private(set) var nodes: [Node] = []
  private(set) var initializers: [Initializer] = []
  private(set) var inputs: [Port] = []
  private(set) var outputs: [Port] = []

  init(_ file: URL) throws {
    let data = try Data(contentsOf: file)
    let unpacked = data.withUnsafeBytes {
      onnx__model_proto__unpack(
        nil, $0.count, $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    let message = try #require(unpacked, "protobuf-c cannot read \(file.lastPathComponent)")
    defer { onnx__model_proto__free_unpacked(message, nil) }
    let model = message.pointee
    irVersion = Int(model.ir_version)
    producer = text(model.producer_name) + " " + text(model.producer_version)
    let sets = list(model.opset_import, model.n_opset_import)
    opset = Int(try #require(sets.first).version)
    #expect(sets.count == 1 && text(sets[0].domain).isEmpty)
    let graph = try #require(model.graph).pointee
    graphName = text(graph.name)
    nodes = list(graph.node, graph.n_node).map(Node.init)
    initializers = list(graph.initializer, graph.n_initializer).map(Initializer.init)
    inputs = try list(graph.input, graph.n_input).map(port)
    outputs = try list(graph.output, graph.n_output).map(port)
  }

  func node(_ name: String) throws -> Node { try #require(nodes.first { $0.name == name }) }

  func initializer(_ name: String) throws -> Initializer {
    try #require(initializers.first { $0.name == name })
  }
}

extension ReadModel.Node {
  fileprivate init(_ node: Onnx__NodeProto) {
    self.init(
      type: text(node.op_type), name: text(node.name),
      inputs: (0..<node.n_input).map { text(node.input[$0]) },
      outputs: (0..<node.n_output).map { text(node.output[$0]) },
      attributes: list(node.attribute, node.n_attribute).map { attribute in
        let name = text(attribute.name)
        switch attribute.type {
        case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT where attribute.has_i != 0:
          return "\(name)=\(attribute.i)"
        case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
          return "\(name)=\((0..<attribute.n_ints).map { attribute.ints[$0] })"
        case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT where attribute.has_f != 0:
          return "\(name)=\(attribute.f)"
        case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING where attribute.has_s != 0:
          let bytes = UnsafeBufferPointer(start: attribute.s.data, count: attribute.s.len)
          return "\(name)=\(String(decoding: bytes, as: UTF8.self))"
        default:
          return "\(name) has no value of its type"
        }
      })
  }
}

extension ReadModel.Initializer {
  fileprivate init(_ tensor: Onnx__TensorProto) {
    self.init(
      name: text(tensor.name), dims: (0..<tensor.n_dims).map { Int(tensor.dims[$0]) },
      dataType: Int(tensor.data_type),
      rawData: tensor.has_raw_data == 0
        ? nil : tensor.raw_data.data.map { Data(bytes: $0, count: tensor.raw_data.len) } ?? Data(),
      external: tensor.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
        ? Dictionary(
          uniqueKeysWithValues: list(tensor.external_data, tensor.n_external_data).map {
            (text($0.key), text($0.value))
          }) : [:])
  }
}

private func text(_ string: UnsafeMutablePointer<CChar>?) -> String {
  string.map { String(cString: $0) } ?? "absent"
}

private func list<Message>(
  _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int
) -> [Message] {
  (0..<count).compactMap { messages?[$0]?.pointee }
}

private func port(_ value: Onnx__ValueInfoProto) throws -> ReadModel.Port {
  let tensor = try #require(value.type?.pointee.tensor_type).pointee
  let shape = try #require(tensor.shape).pointee
  let dimensions = list(shape.dim, shape.n_dim).map { dimension in
    dimension.value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
      ? "\(dimension.dim_value)" : text(dimension.dim_param)
  }
  return "\(text(value.name))[\(dimensions.joined(separator: ","))]:\(tensor.elem_type)"
}
