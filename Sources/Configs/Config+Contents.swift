extension Config {
  /// Reads a configuration that is not written yet.
  ///
  /// - Parameters:
  ///   - path: The path at which it will be written: relative names in it are resolved from there.
  ///   - contents: Its bytes.
  package static func read(_ path: String, contents: [UInt8]) throws(ConfigError) -> Config {
    let reader = ConfigReader()
    let values = try reader.read(path, contents: contents)
    return Config(values: values, path: path, files: reader.files, origin: reader.origin)
  }

  /// The values of a configuration's bases, before the file itself changes them; empty for the lazy
  /// style.
  package static func inherited(by path: String) throws(ConfigError) -> ConfigDictionary {
    let reader = ConfigReader()
    _ = try reader.read(path)
    return try reader.inherited()
  }

  /// A file that a configuration names from the folder in which runs are started: there, or else from a
  /// folder above the configuration.
  package static func find(_ path: String, for config: String) -> String? {
    ConfigFile.isFile(path) ? path : PackageFinder.find(path, above: config)
  }

  /// Whether a name is that of a file: it is one, or it ends like one.
  package static func isPath(_ name: String) -> Bool {
    ConfigLanguage(rawValue: ConfigFile.ending(name)) != nil || ConfigFile.isFile(name)
  }

  /// A path from the root, without `.` and `..`.
  package static func absolute(_ path: String) -> String { ConfigFile.absolute(path) }
}
