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
  /// The file it came from; nil if it was drawn.
  package let path: String?
  package let seed: Int
  /// How to make the same in Python.
  package let python: [String]

  /// - Throws: `EngineError` for an input that the graph does not take, or too large a one;
  ///   `CheckpointError` or ``InputProblem`` if the file cannot be read or holds several tensors.
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

  /// An image or a tensor, and how Python gets the same from the file.
  private static func read(_ path: String) throws -> (Tensor, [String]) {
    // A stream can be read only once, and is taken for a tensor.
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

  /// The text as a Python string: a file's name must not end it.
  private static func pythonText(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(Format.printable(escaped))\""
  }

  /// The only tensor of a file, or the one that is called like an input.
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
