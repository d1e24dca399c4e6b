import PthBytes
import PthConfigs
import PthPreflight

/// Says what a training run with a configuration would do, before it is started: which weights
/// arrive, whether neck, image preparation and learning rate fit them. Nothing in the configuration
/// is executed.
///
/// ```swift
/// let report = try preflight("cascade_rcnn_res2net50.py", PreflightOptions(gpus: 4))
/// for finding in report.findings { print(finding.severity, finding.what) }
/// ```
///
/// - Parameters:
///   - path: A configuration of mmdetection and its relatives.
///   - options: What is known of the run beside its configuration.
/// - Throws: `ConfigError` if the configuration cannot be read; `FileError` if the checkpoint of the
///   options cannot.
public func preflight(
  _ path: String, _ options: PreflightOptions = PreflightOptions()
) throws -> PreflightReport {
  let config = try Config.read(path)
  // A file that the options name has to be there.
  if let file = options.checkpoint { _ = try MappedFile(path: file) }
  // A base that is a whole configuration itself tells what was changed; one that cannot be read
  // alone (a part that needs names of others) tells nothing.
  let bases = options.gpus == nil ? [] : config.files.filter { $0 != path }
  let whole = bases.prefix(16).compactMap { try? Config.read($0) }.filter(\.isWhole)
  return PthPreflight.preflight(config, options: options, bases: whole)
}

extension Config {
  /// Whether a run could be started with it: parts that others build on have no model or no optimizer.
  fileprivate var isWhole: Bool {
    self["model"]?["type"] != nil && (self["optim_wrapper"] != nil || self["optimizer"] != nil)
  }
}
