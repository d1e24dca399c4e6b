import PthBackbones

/// A parameter that a module keeps in parts and computes from them in every forward pass: its name, its parts and
/// the computation.
package struct ParameterFold: Sendable, Hashable, CustomStringConvertible {
  /// How PyTorch computes the parameter from its parts.
  package enum Method: String, Sendable, Hashable, CaseIterable {
    /// `weight_orig · weight_mask`: `torch.nn.utils.prune`.
    case pruning
    /// `g · v / ‖v‖`: `torch.nn.utils.weight_norm`, as a hook or as a parametrization.
    case weightNorm = "weight norm"
    /// `weight / σ` with `σ = uᵀ W v`: `torch.nn.utils.spectral_norm`, as a hook or as a parametrization.
    case spectralNorm = "spectral norm"
  }

  package let method: Method
  /// The key of the parameter in a network that does not keep it in parts.
  package let name: String
  /// Keys of the parts; the part with the parameter's shape is the first.
  package let parts: [String]
  package let shape: [Int]

  /// The fold in reports: `pruning (weight_orig, weight_mask)`.
  package var description: String {
    let words = parts.map { part in part.split(separator: ".").last.map(String.init) ?? part }
    return "\(method.rawValue) (\(words.joined(separator: ", ")))"
  }

  /// All parameters of a state dict that are kept in parts.
  ///
  /// - Parameter keys: names and shapes in the order of the file.
  /// - Complexity: O(keys).
  static func all(in keys: [KeyShape]) -> [ParameterFold] {
    let first = keys.filter { hasPartName($0.key) }
    guard !first.isEmpty else { return [] }
    let shapes = Dictionary(
      keys.map { ($0.key, $0.shape) }, uniquingKeysWith: { first, _ in first })
    // A parametrization with further parts computes something else and is not folded.
    var parametrizations: [Substring: Int] = [:]
    for key in keys {
      if let path = parametrization(key.key) { parametrizations[path, default: 0] += 1 }
    }
    return first.compactMap { key in fold(of: key, shapes) }.filter { fold in
      let isWhole = parametrization(fold.parts[0]).map { parametrizations[$0] == fold.parts.count }
      return shapes[fold.name] == nil && isWhole ?? true
    }
  }

  /// The beginning up to `weight` of a key like `conv1.parametrizations.weight.0._u`; nil for other keys.
  private static func parametrization(_ key: String) -> Substring? {
    let components = key.keyComponents
    guard let index = components.lastIndex(of: "parametrizations"), index + 2 < components.count
    else { return nil }
    return key[..<components[index + 1].endIndex]
  }

  /// Whether a key ends like a fold's first part.
  private static func hasPartName(_ key: String) -> Bool {
    key.hasSuffix("_orig") || key.hasSuffix("_v") || key.hasSuffix(".original1")
      || key.hasSuffix(".original")
  }

  /// The fold whose first part is `key`; nil if the other parts are missing or have other shapes.
  private static func fold(of key: KeyShape, _ shapes: [String: [Int]]) -> ParameterFold? {
    let (name, shape) = (key.key, key.shape)
    func fold(_ method: Method, _ parameter: String, _ others: String...) -> ParameterFold {
      ParameterFold(method: method, name: parameter, parts: [name] + others, shape: shape)
    }
    /// Whether `u` and `v` have the shapes of singular vectors of the weight as a matrix.
    func areSingular(_ u: String, _ v: String) -> Bool {
      guard let u = shapes[u], let v = shapes[v], u.count == 1, v.count == 1, shape.count > 1
      else { return false }
      return u[0] == shape[0] && v[0] == shape.dropFirst().reduce(1, { $0 &* $1 })
    }
    if name.hasSuffix("_orig") {
      let parameter = String(name.dropLast("_orig".count))
      let (mask, u, v) = (parameter + "_mask", parameter + "_u", parameter + "_v")
      if shapes[mask] == shape { return fold(.pruning, parameter, mask) }
      return areSingular(u, v) ? fold(.spectralNorm, parameter, u, v) : nil
    }
    if name.hasSuffix("_v") {
      let parameter = String(name.dropLast("_v".count))
      let length = parameter + "_g"
      return isLength(shapes[length], of: shape) ? fold(.weightNorm, parameter, length) : nil
    }
    // `conv1.parametrizations.weight.original1`
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    guard words.count >= 3, words[words.count - 3] == "parametrizations" else { return nil }
    let parameter = (words.dropLast(3) + [words[words.count - 2]]).joined(separator: ".")
    let base = words.dropLast().joined(separator: ".")
    if words.last == "original1" {
      let length = base + ".original0"
      return isLength(shapes[length], of: shape) ? fold(.weightNorm, parameter, length) : nil
    }
    let (u, v) = (base + ".0._u", base + ".0._v")
    return areSingular(u, v) ? fold(.spectralNorm, parameter, u, v) : nil
  }

  /// Whether `length` is a possible shape of weight norm's `g`: norms of a weight's slices along one dimension, or
  /// one norm of the whole weight.
  private static func isLength(_ length: [Int]?, of shape: [Int]) -> Bool {
    guard let length else { return false }
    if length.isEmpty { return true }
    return length.count == shape.count && zip(length, shape).allSatisfy { $0 == 1 || $0 == $1 }
      && length.count { $0 != 1 } <= 1
  }
}
