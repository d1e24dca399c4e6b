import PthBackbones
import PthBytes
import PthConfigs
import PthPreflight
import PthReports

/// Reports what a training run with a configuration would do, before it is started: which weights arrive, and whether
/// neck, image preparation and learning rate fit them. Nothing in the configuration is executed.
///
/// ```swift
/// let report = try preflight("cascade_rcnn_res2net50.py", PreflightOptions(gpus: 4))
/// for finding in report.findings { print(finding.severity, finding.what) }
/// ```
///
/// - Parameters:
///   - path: A configuration of mmdetection, a related package or detectron2, or the name of a torchvision or timm
///     network.
///   - options: Facts about the run that its configuration does not contain.
/// - Throws: `ConfigError` if the configuration cannot be read; `InputProblem` if neither a file nor a network has
///   this name, or if there are too few images; `FileError` if the checkpoint in `options` cannot be read.
public func preflight(
  _ path: String, _ options: PreflightOptions = PreflightOptions()
) throws -> PreflightReport {
  // A given checkpoint must exist.
  if let file = options.checkpoint { _ = try MappedFile(path: file) }
  if !Config.isPath(path) {
    guard options.gpus == nil, options.imagesPerGPU == nil else {
      throw InputProblem(
        "\(path): a network's name has no learning rate; the number of GPUs goes with a configuration"
      )
    }
    do {
      return try PthPreflight.preflight(name: path, options: options)
    } catch let error as BackboneError {
      throw InputProblem(
        "'\(path)' is neither a configuration (a file that ends in .py, .yaml, .yml or .json) nor the "
          + "name of a network: \(error)")
    }
  }
  let config = try Config.read(path)
  // Complete configurations among the bases show what this file changed. A base that is incomplete, and so cannot be
  // read alone, shows nothing.
  let isAsked = options.gpus != nil || config.origin == .detectron2
  let bases = isAsked ? config.files.filter { $0 != path } : []
  let whole = bases.prefix(16).compactMap { try? Config.read($0) }.filter(\.isWhole)
  return try PthPreflight.preflight(config, options: options, bases: whole)
}

extension Config {
  /// Whether a run could be started with the configuration. Partial bases have no model or no optimizer.
  fileprivate var isWhole: Bool {
    origin == .detectron2
      || self["model"]?["type"] != nil && (self["optim_wrapper"] != nil || self["optimizer"] != nil)
  }
}
