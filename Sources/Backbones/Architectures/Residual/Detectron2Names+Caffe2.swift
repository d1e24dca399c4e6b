extension Detectron2Names {
  /// detectron2's name for a blob of Caffe2 (`res2_0_branch2a_bn_s`); nil if the blob is no part of a
  /// backbone.
  @Sendable static func renamedFromCaffe2(_ key: String) -> String? {
    let parts = key.split(separator: "_").map(String.init)
    if parts.first == "conv1" { return joined(["stem", "conv1"], parts.dropFirst()) }
    if parts.starts(with: ["res", "conv1"]) {
      return joined(["stem", "conv1"], parts.dropFirst(2))
    }
    guard parts.count > 3, stages.contains(parts[0]), Int(parts[1]) != nil,
      let branch = branches[parts[2]]
    else { return nil }
    return joined([parts[0], parts[1], branch], parts.dropFirst(3))
  }

  private static let stages: Set<String> = ["res2", "res3", "res4", "res5"]

  private static let branches = [
    "branch1": "shortcut", "branch2a": "conv1", "branch2b": "conv2", "branch2c": "conv3",
  ]

  private static let ends = [
    "w": "weight", "b": "bias", "bn_s": "norm.weight", "bn_gamma": "norm.weight",
    "gn_s": "norm.weight", "bn_b": "norm.bias", "bn_bias": "norm.bias", "bn_beta": "norm.bias",
    "gn_b": "norm.bias", "gn_bias": "norm.bias", "bn_rm": "norm.running_mean",
    "bn_running_mean": "norm.running_mean", "bn_riv": "norm.running_var",
    "bn_running_var": "norm.running_var",
  ]

  private static func joined(_ module: [String], _ end: ArraySlice<String>) -> String? {
    ends[end.joined(separator: "_")].map { (module + [$0]).joined(separator: ".") }
  }
}
