/// An operator applied to named tensors: the contents of a `NodeProto`.
struct ONNXNode {
  let type: String
  let name: String
  /// The names of the inputs; an empty name omits an optional input.
  let inputs: [String]
  let output: String
  let attributes: [Attribute]

  struct Attribute {
    let name: String
    let value: Value

    enum Value {
      case int(Int)
      case ints([Int])
      case float(Double)
      case string(String)
    }
  }
}

extension ONNXNode.Attribute {
  static func int(_ name: String, _ value: Int) -> Self { Self(name: name, value: .int(value)) }

  static func ints(_ name: String, _ values: [Int]) -> Self {
    Self(name: name, value: .ints(values))
  }

  static func float(_ name: String, _ value: Double) -> Self {
    Self(name: name, value: .float(value))
  }

  static func string(_ name: String, _ value: String) -> Self {
    Self(name: name, value: .string(value))
  }
  static func flag(_ name: String, _ value: Bool) -> Self { .int(name, value ? 1 : 0) }
}
