import Glibc
import PthBackbones
import PthKeyMapping
import PthTensors

/// The last layer of a file's own network: it computes class scores from pooled features.
struct Classifier {
  /// The name of its module in the file.
  let name: String
  let features: Int
  let classes: Int
  private let weight: [Double]
  private let bias: [Double]

  /// Why a file's classifier cannot be used.
  struct Absent: Error {
    let reason: String
  }

  /// The names that published implementations give the classifier. A number after the name is an index in an
  /// `nn.Sequential`.
  private static let names: Set<Substring> = [
    "fc", "_fc", "classifier", "head", "last_linear", "linear", "logits", "pred",
  ]
  /// The modules beside the backbone that may contain the classifier.
  private static let containers: Set<Substring> = ["head", "cls_head", "classifier"]

  /// The classifier that belongs to the network under a prefix.
  ///
  /// - Throws: ``Absent`` if there is none, more than one, or one with unusable shapes; the error of reading
  ///   the tensors.
  init(in stateDict: StateDict, besidePrefix prefix: String) throws {
    let found = stateDict.tensors.filter { key, tensor in
      key.hasSuffix(".weight") && Self.isClassifier(key.dropLast(7), besidePrefix: prefix)
        && (tensor.shape.count == 2 || tensor.shape.count == 4 && tensor.shape[2...] == [1, 1])
    }
    guard let (key, tensor) = found.first else {
      throw Absent(reason: "the file has no classifier")
    }
    guard found.count == 1 else {
      throw Absent(reason: "\(key) and \(found[1].key) both may be the classifier")
    }
    name = String(key.dropLast(7))
    (classes, features) = (tensor.shape[0], tensor.shape[1])
    guard classes > 1, features > 0 else {
      throw Absent(reason: "\(key) of shape \(Format.shape(tensor.shape)) is no classifier")
    }
    weight = try tensor.doubles()
    guard let own = stateDict["\(name).bias"] else {
      bias = [Double](repeating: 0, count: classes)
      return
    }
    guard own.shape == [classes] else {
      throw Absent(reason: "\(name).bias has the shape \(Format.shape(own.shape)), not \(classes)")
    }
    bias = try own.doubles()
  }

  private static func isClassifier(_ module: Substring, besidePrefix prefix: String) -> Bool {
    var words = module.split(separator: ".", omittingEmptySubsequences: false)[...]
    if words.count > 1, let last = words.last, last.allSatisfy(\.isNumber) { words.removeLast() }
    guard let last = words.popLast(), names.contains(last) else { return false }
    if let last = words.last, containers.contains(last) { words.removeLast() }
    // The module that contains the classifier must also contain the backbone.
    return prefix.hasPrefix(words.map { $0 + "." }.joined())
  }

  /// The probabilities of the classes: the softmax of the scores.
  ///
  /// - Parameter pooled: ``features`` values.
  func probabilities(_ pooled: ArraySlice<Double>) -> [Double] {
    let pooled = Array(pooled)
    var scores = bias
    weight.withUnsafeBufferPointer { weight in
      for index in scores.indices {
        var sum = 0.0
        for feature in 0..<features { sum += weight[index * features + feature] * pooled[feature] }
        scores[index] += sum
      }
    }
    return Self.softmax(scores)
  }

  private static func softmax(_ scores: [Double]) -> [Double] {
    let largest = scores.max() ?? 0
    let powers = scores.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
