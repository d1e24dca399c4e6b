/// Names of detectron's Caffe2 blobs: `res2_0_branch2a_w`, `res2_0_branch2a_bn_s`, `conv1_w`.
enum Caffe2Names {
  /// The components of a blob's canonical name; nil if the blob is no part of a residual network.
  static func components(_ blob: Substring) -> [Substring]? {
    guard starts.contains(where: blob.hasPrefix) else { return nil }
    let words = blob.split(separator: "_", omittingEmptySubsequences: false)
    switch words[0] {
    case "fc1000" where words.count == 2: return attributes[words[1]].map { ["fc", $0] }
    case "conv1": return member(words.dropFirst(), of: "conv1", norm: "1")
    case "res" where words.count > 2 && words[1] == "conv1":
      return member(words.dropFirst(2), of: "conv1", norm: "1")
    default: break
    }
    guard words.count > 3, let stage = stages[words[0]],
      words[1].allSatisfy({ $0.isASCII && $0.isNumber }), let branch = branches[words[2]],
      let member = member(words.dropFirst(3), of: branch.conv, norm: branch.norm)
    else { return nil }
    return [stage, words[1]] + member
  }

  /// The canonical components for the last words of a blob's name: `w` and `b` belong to the convolution, `bn_…`
  /// and `gn_…` to the norm.
  ///
  /// - Parameter norm: the norm's number, or its whole canonical name if it has no number.
  private static func member(
    _ words: ArraySlice<Substring>, of conv: Substring, norm: Substring
  ) -> [Substring]? {
    guard let first = words.first else { return nil }
    let isNorm = first == "bn" || first == "gn"
    let attribute = (isNorm ? words.dropFirst() : words).joined(separator: "_")
    guard let attribute = (isNorm ? normAttributes : attributes)[Substring(attribute)] else {
      return nil
    }
    guard isNorm else { return conv.split(separator: ".") + [attribute] }
    let isNumber = norm.allSatisfy(\.isNumber)
    return (isNumber ? first + norm : norm).split(separator: ".") + [attribute]
  }

  private static let starts = ["res", "conv1_", "fc1000_"]
  private static let stages: [Substring: Substring] = [
    "res2": "layer1", "res3": "layer2", "res4": "layer3", "res5": "layer4",
  ]
  private static let branches: [Substring: (conv: Substring, norm: Substring)] = [
    "branch1": ("downsample.0", "downsample.1"), "branch2a": ("conv1", "1"),
    "branch2b": ("conv2", "2"), "branch2c": ("conv3", "3"),
  ]
  private static let attributes: [Substring: Substring] = ["w": "weight", "b": "bias"]
  private static let normAttributes: [Substring: Substring] = [
    "s": "weight", "gamma": "weight", "b": "bias", "beta": "bias", "rm": "running_mean",
    "running_mean": "running_mean", "riv": "running_var", "running_var": "running_var",
  ]
}
