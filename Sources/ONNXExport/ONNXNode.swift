/// An operator applied to named tensors; what a `NodeProto` says.
struct ONNXNode {
  let type: String
  let name: String
  /// An empty name is an optional input that is left out.
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
