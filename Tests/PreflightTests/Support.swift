import Foundation
import PthConfigs
import PthConvKit
import PthPreflight
import PthReports
import PthTensors
import TestSupport

@testable import PthBackbones

/// A folder with a configuration, checkpoints, and caches that nobody else has.
struct Scene {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "torch/hub/checkpoints"), withIntermediateDirectories: true)
  }

  var path: String { folder.url.path }

  /// Where PyTorch would have put a file.
  func cached(_ name: String) -> String { path + "/torch/hub/checkpoints/" + name }

  /// Writes a configuration.
  @discardableResult
  func write(_ text: String, as name: String = "config.py") throws -> String {
    try folder.write(name, Data(text.utf8)).path
  }

  /// What is found in a configuration.
  func preflight(
    _ text: String, gpus: Int? = nil, imagesPerGPU: Int? = nil, checkpoint: String? = nil,
    images: [String]? = nil, as name: String = "config.py"
  ) throws -> PreflightReport {
    let path = try write(text, as: name)
    var options = PreflightOptions(
      checkpoint: checkpoint, gpus: gpus, imagesPerGPU: imagesPerGPU, images: images)
    options.caches = HubCaches([
      "HOME": self.path, "TORCH_HOME": self.path + "/torch", "MMENGINE_HOME": self.path + "/mm",
    ])
    return try PthConvKit.preflight(path, options)
  }
}

/// Checkpoints of true shapes: every parameter of a network, drawn at random.
enum Weights {
  static func save(
    _ backbone: String, _ arguments: BackboneArguments = [:], flavor: Flavor = .mmdet,
    to path: String, prefix: String = "",
    without: String? = nil, with extra: [String: [Int]] = [:]
  ) throws {
    let graph = try BackboneRegistry.standard.makeGraph(
      backbone, arguments: arguments, flavor: flavor)
    var state = StateDict()
    for entry in graph.state where without.map({ !entry.name.hasPrefix($0) }) ?? true {
      state[prefix + entry.name] = try tensor(entry.shape, entry.dtype)
    }
    for (name, shape) in extra.sorted(by: { $0.key < $1.key }) {
      state[name] = try tensor(shape, .float32)
    }
    try state.write(to: path)
  }

  private static func tensor(_ shape: [Int], _ dtype: DType) throws -> Tensor {
    let count = shape.reduce(1, *)
    return dtype == .float32
      ? try Tensor([Float](repeating: 0.5, count: count), shape: shape)
      : try Tensor([Int64](repeating: 0, count: count), shape: shape)
  }
}

extension PreflightReport {
  /// The findings of a kind.
  func all(_ kind: PreflightFinding.Kind) -> [PreflightFinding] {
    findings.filter { $0.kind == kind }
  }

  /// The only finding of a kind.
  func only(_ kind: PreflightFinding.Kind) -> PreflightFinding? {
    let found = all(kind)
    return found.count == 1 ? found[0] : nil
  }

  var errors: [PreflightFinding] { findings.filter { $0.severity == .error } }
}

/// A network by its name.
enum PthPreflightName {
  static func report(_ name: String, _ checkpoint: String?) throws -> PreflightReport {
    try PthConvKit.preflight(name, PreflightOptions(checkpoint: checkpoint))
  }
}
