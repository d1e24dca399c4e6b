import ArgumentParser
import PthConvKit

/// A value of `--dtype`: PyTorch's name of the dtype or a usual short form.
struct OutputDType: ExpressibleByArgument {
  let dtype: DType

  private static let names: [String: DType] = [
    "float32": .float32, "fp32": .float32, "float": .float32,
    "float16": .float16, "fp16": .float16, "half": .float16,
    "bfloat16": .bfloat16, "bf16": .bfloat16,
  ]

  static let allValueStrings = ["float32", "float16", "bfloat16"]

  init?(argument: String) {
    guard let dtype = Self.names[argument.lowercased()] else { return nil }
    self.dtype = dtype
  }

  var defaultValueDescription: String { dtype.rawValue }
}
