extension Config {
  /// Reads a configuration with all of its bases by the rules of mmengine's `Config.fromfile`, without executing it.
  ///
  /// A configuration of detectron2 is read by the rules of `merge_from_file`; detectron2's defaults are not added.
  /// Environment variables in the configuration (`{{$NAME:default}}`) are taken from this process.
  ///
  /// - Parameter path: The file, in Python, YAML or JSON.
  /// - Throws: ``ConfigError`` if mmengine could not read the file either, if a base cannot be found, or if the file
  ///   exceeds ``ConfigLimits``.
  package static func read(_ path: String) throws(ConfigError) -> Config {
    let reader = ConfigReader()
    let values = try reader.read(path)
    return Config(values: values, path: path, files: reader.files, origin: reader.origin)
  }
}
