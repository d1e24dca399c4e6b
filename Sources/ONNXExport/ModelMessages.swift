import CPthONNXSchema
import CPthProtobufC

/// The serialised messages of an ONNX model, without the weights' values.
struct ModelMessages {
  /// A `ModelProto` without its graph.
  let model: [UInt8]
  /// A `GraphProto` without its initialisers.
  let graph: [UInt8]

  init(_ graph: ONNXGraph, producerVersion: String) {
    let arena = MessageArena()
    let set = OperatorSet(for: graph.dtype)
    let opset = arena.message(onnx__operator_set_id_proto__init) {
      $0.domain = arena.string("")
      ($0.has_version, $0.version) = (1, Int64(set.opset))
    }
    model = arena.packed(
      arena.message(onnx__model_proto__init) {
        ($0.has_ir_version, $0.ir_version) = (1, Int64(set.irVersion))
        $0.producer_name = arena.string("pthconv")
        $0.producer_version = arena.string(producerVersion)
        $0.doc_string = arena.string(graph.description)
        ($0.n_opset_import, $0.opset_import) = (1, arena.array([opset]))
      })
    let dataType = Int32(graph.dtype.onnxType!.rawValue)
    let nodes = graph.nodes.map(arena.message)
    let inputs = [arena.message(graph.input, dataType: dataType)]
    let outputs = graph.outputs.map { arena.message($0, dataType: dataType) }
    self.graph = arena.packed(
      arena.message(onnx__graph_proto__init) {
        $0.name = arena.string(graph.name)
        ($0.n_node, $0.node) = (nodes.count, arena.array(nodes))
        ($0.n_input, $0.input) = (inputs.count, arena.array(inputs))
        ($0.n_output, $0.output) = (outputs.count, arena.array(outputs))
      })
  }

  /// A `TensorProto` without its values.
  ///
  /// - Parameter external: The separate file with the values, and their offset in bytes.
  static func tensor(
    _ initializer: ONNXInitializer, external: (location: String, offset: Int)? = nil
  ) -> [UInt8] {
    let arena = MessageArena()
    return arena.packed(
      arena.message(onnx__tensor_proto__init) {
        ($0.n_dims, $0.dims) = (
          initializer.shape.count, arena.array(initializer.shape.map(Int64.init))
        )
        ($0.has_data_type, $0.data_type) = (1, Int32(initializer.dtype.onnxType!.rawValue))
        $0.name = arena.string(initializer.name)
        guard let external else { return }
        let entries = [
          ("location", external.location), ("offset", "\(external.offset)"),
          ("length", "\(initializer.byteCount)"),
        ].map { key, value in
          arena.message(onnx__string_string_entry_proto__init) {
            ($0.key, $0.value) = (arena.string(key), arena.string(value))
          }
        }
        ($0.n_external_data, $0.external_data) = (entries.count, arena.array(entries))
        ($0.has_data_location, $0.data_location) = (
          1, ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
        )
      })
  }
}

extension MessageArena {
  fileprivate func message(_ node: ONNXNode) -> UnsafeMutablePointer<Onnx__NodeProto>? {
    let inputs = node.inputs.map { Optional(string($0)) }
    let attributes = node.attributes.map(message)
    return message(onnx__node_proto__init) {
      $0.name = string(node.name)
      $0.op_type = string(node.type)
      ($0.n_input, $0.input) = (inputs.count, array(inputs))
      ($0.n_output, $0.output) = (1, array([string(node.output)]))
      ($0.n_attribute, $0.attribute) = (attributes.count, array(attributes))
    }
  }

  private func message(
    _ attribute: ONNXNode.Attribute
  ) -> UnsafeMutablePointer<Onnx__AttributeProto>? {
    message(onnx__attribute_proto__init) {
      $0.name = string(attribute.name)
      $0.has_type = 1
      switch attribute.value {
      case .int(let value):
        $0.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT
        ($0.has_i, $0.i) = (1, Int64(value))
      case .ints(let values):
        $0.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS
        ($0.n_ints, $0.ints) = (values.count, array(values.map(Int64.init)))
      case .float(let value):
        $0.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT
        ($0.has_f, $0.f) = (1, Float(value))
      case .string(let value):
        $0.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING
        ($0.has_s, $0.s) = (1, bytes(value))
      }
    }
  }

  fileprivate func message(
    _ port: ONNXGraph.Port, dataType: Int32
  ) -> UnsafeMutablePointer<Onnx__ValueInfoProto>? {
    let dimensions = port.shape.map { dimension in
      message(onnx__tensor_shape_proto__dimension__init) {
        switch dimension {
        case .fixed(let length):
          $0.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
          $0.dim_value = Int64(length)
        case .named(let name):
          $0.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
          $0.dim_param = string(name)
        }
      }
    }
    let tensor = message(onnx__type_proto__tensor__init) {
      ($0.has_elem_type, $0.elem_type) = (1, dataType)
      $0.shape = message(onnx__tensor_shape_proto__init) {
        ($0.n_dim, $0.dim) = (dimensions.count, array(dimensions.map(Optional.some)))
      }
    }
    return message(onnx__value_info_proto__init) {
      $0.name = string(port.name)
      $0.type = message(onnx__type_proto__init) {
        $0.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
        $0.tensor_type = tensor
      }
    }
  }
}
