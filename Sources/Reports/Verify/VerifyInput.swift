import OrderedCollections
import PthBackbones
import PthBytes
import PthCheckpoints
import PthEngines
import PthImages
import PthInitializers
import PthPickle
import PthTensors

/// The input on which the backbone is run.
package struct VerifyInput {
  package let tensor: Tensor
  /// The file of the input; nil for a random input.
  package let path: String?
  package let seed: Int
  /// Lines of Python that make the same input `x`; empty for a tensor from a file.
  package let python: [String]

  /// - Parameters:
  ///   - path: A file with an image or a tensor; nil for random values `[1, channels, height, width]`.
  ///   - seed: The seed of random values.
  ///   - size: The size of random values.
  /// - Throws: For random values `EngineError` if the graph does not take their shape or memory does not suffice.
  ///   For a file ``InputProblem`` in these cases and if it holds several tensors; `CheckpointError` if it cannot be
  ///   read.
  package init(path: String?, seed: Int, size: Size2D, for graph: ModelGraph) throws {
    self.path = path
    self.seed = seed
    guard let path else {
      let shape = [1, graph.inputChannels, size.height, size.width]
      try MemoryCheck.check(graph, input: shape)
      tensor = try Self.randn(shape, seed: seed)
      python = [
        "import torch", "torch.manual_seed(\(seed))",
        "x = torch.randn(\(shape.map(String.init).joined(separator: ", ")))",
      ]
      return
    }
    do {
      (tensor, python) = try Self.read(path)
    } catch let error as ImageError {
      throw InputProblem("\(path): \(error)")
    }
    do {
      try MemoryCheck.check(graph, input: tensor.shape)
    } catch {
      throw InputProblem("\(path): \(error)")
    }
  }

  /// The tensor of an image or of a checkpoint, and lines of Python that make it from an image.
  private static func read(_ path: String) throws -> (Tensor, [String]) {
    // Standard input can be read only once, so it must hold a tensor: there is no second read to look for an image.
    guard path != "-", let bytes = try? MappedFile(path: path).bytes, ImageInput.isImage(bytes)
    else { return (try readTensor(path), []) }
    return (
      try ImageInput.tensor(bytes),
      [
        "from PIL import Image", "import torchvision.transforms.functional as F",
        "x = F.to_tensor(Image.open(\(Self.pythonText(path))).convert(\"RGB\"))",
        "x = F.normalize(x, \(ImageInput.mean), \(ImageInput.std))[None]",
      ]
    )
  }

  /// The text as a Python string literal, with quotes in it escaped.
  private static func pythonText(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(Format.printable(escaped))\""
  }

  /// The tensor named `input`, `x` or `images`, or the only tensor of the file.
  private static func readTensor(_ path: String) throws -> Tensor {
    let found = try Checkpoint.open(path).stateDict
    let named = ["input", "x", "images"].first { found[$0] != nil }
    if let named, let tensor = found[named] { return tensor }
    guard found.keys.count == 1, let tensor = found.tensors.values.first else {
      throw InputProblem(
        "\(path): holds \(found.keys.count) tensors; save the input alone or call it 'input'")
    }
    return tensor
  }

  /// `torch.manual_seed(seed); torch.randn(shape)`.
  private static func randn(_ shape: [Int], seed: Int) throws -> Tensor {
    let buffer = OwnedBuffer(count: shape.reduce(4, *))
    var generator = Generator(seed: seed)
    try generator.fillNormal(buffer.memory.bindMemory(to: Float.self))
    return try Tensor(
      storage: TensorStorage(key: "input", bytes: Bytes(buffer)), dtype: .float32, shape: shape)
  }
}
